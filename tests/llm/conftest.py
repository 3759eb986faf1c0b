"""A real model on loopback: SmolLM2-135M-Instruct behind llama.cpp's server, both from requirements-llm.lock.

Everything in this folder has the marker `llm`; where the packages are not installed it is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import service.generative
from eval.benchmarks.llama_server import served, small_model
from service.model_selection import open_language_model
from service.opening import open_services
from service.settings import ServiceSettings
from service.support import SupportScorer
from service.wiring import Services
from tests.llm.watched_model import RawStatements, ShortSpoken, watching

ANSWER_TOKENS = 120
EVIDENCE_TOKENS = 450
REPORT = pytest.StashKey[RawStatements]()
SETTINGS = {
    "DATELINE_LLM_EVIDENCE_TOKENS": str(EVIDENCE_TOKENS),
    "DATELINE_LLM_FIRST_PIECE_TIMEOUT_S": "200",
    "DATELINE_LLM_GAP_TIMEOUT_S": "60",
    "DATELINE_LLM_TOTAL_TIMEOUT_S": "250",
    "DATELINE_LLM_ATTEMPTS": "1",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--llm-report", metavar="FILE", help="write what became of the model's statements as JSON"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.llm)


@pytest.fixture(scope="session")
def model_address() -> Iterator[str]:
    """Where llama.cpp's server listens, without /v1."""
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: `make test-llm`")
    with served(
        small_model(), threads=1
    ) as address:  # two that wait for each other are slower on a busy machine
        yield address


@pytest.fixture(scope="session")
def raw_statements(pytestconfig: pytest.Config) -> RawStatements:
    """The count of what the model wrote."""
    pytestconfig.stash[REPORT] = RawStatements()
    return pytestconfig.stash[REPORT]


@pytest.fixture(scope="session")
def llm_services(
    model_address: str,
    sample_services: Services,
    raw_statements: RawStatements,
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
) -> Iterator[Services]:
    """Services over the samples as the settings of the environment make them, but for the length of the answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", f"{model_address}/v1")
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        settings = ServiceSettings.load(data_dir=tmp_path_factory.mktemp("llm-index"))
        model = open_language_model(settings)
        assert model is not None
        scorer = SupportScorer(sample_services._embedder.embed)
        patch.setattr(service.generative, "Resolver", watching(raw_statements, scorer))
        with open_services(settings, role="tests", create=True) as opened:
            opened.ingest([samples])
            short = ShortSpoken(model, ANSWER_TOKENS)
            yield Services(settings, opened._store, opened._embedder, None, model=short)
        model.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the model wrote, and what of it was shown."""
    raw = config.stash.get(REPORT, None)
    if raw is None or not raw.written:
        return
    supported = raw.verdicts["supported"]
    terminalreporter.section("statements of the model alone, and what Dateline shows")
    terminalreporter.line(
        f"{raw.written:5} statements as the model wrote them, held against the sentences they cite"
    )
    for verdict, count in raw.verdicts.most_common():
        terminalreporter.line(f"{count:5} {count / raw.written:6.1%}  {verdict}")
    terminalreporter.line(f"{1 - supported / raw.written:.1%} unsupported as written (n = {raw.written})")
    terminalreporter.line(
        f"{raw.shown} shown ({raw.repaired} with a citation Dateline found), of which none fails the same check"
        if not terminalreporter.stats.get("failed")
        else f"{raw.shown} shown, {raw.repaired} with a citation Dateline found; see the failures"
    )
    if file := config.getoption("--llm-report", default=None):
        report = {
            "written": raw.written,
            "verdicts": dict(raw.verdicts),
            "unsupported_share": 1 - supported / raw.written,
            "shown": raw.shown,
            "repaired": raw.repaired,
        }
        Path(file).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")

"""What many tests share: the samples, and one index over them for the whole session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.llm import LanguageModel
from service.opening import open_services
from service.settings import ServiceSettings
from service.wiring import Services

SAMPLES = Path(__file__).parent.parent / "samples" / "articles"


@pytest.fixture(scope="session", autouse=True)
def no_model_of_the_developer() -> Iterator[None]:
    """A key in the environment must not switch a model on, let alone be spent."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample articles."""
    return SAMPLES


@pytest.fixture(scope="session")
def sample_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The real thing over the samples: real Chroma, real weights. Tests must not change it."""
    settings = ServiceSettings(
        data_dir=tmp_path_factory.mktemp("index"),
        kept_answers=0,  # what one test asked is worked out again for the next
    )
    with open_services(settings, role="tests", create=True) as services:
        report = services.ingest([SAMPLES])
        assert not report.failed
        yield services


@pytest.fixture
def services_with(sample_services: Services) -> Callable[[LanguageModel], Services]:
    """Services over the samples' index that answer with a model. They need not be closed: the index is shared."""

    def make(model: LanguageModel) -> Services:
        return Services(
            sample_services.settings, sample_services._store, sample_services._embedder, None, model=model
        )

    return make

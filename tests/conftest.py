"""What many tests share: the samples, and one index over them for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.settings import ServiceSettings
from service.wiring import Services, open_services

SAMPLES = Path(__file__).parent.parent / "samples" / "articles"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample articles."""
    return SAMPLES


@pytest.fixture(scope="session")
def sample_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The real thing over the samples: real Chroma, real weights. Tests must not change it."""
    settings = ServiceSettings(data_dir=tmp_path_factory.mktemp("index"))
    with open_services(settings, role="tests", create=True) as services:
        report = services.ingest([SAMPLES])
        assert not report.failed
        yield services

"""The real application over an index that tests may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from service.api.access.policy import Access
from service.api.app import create_app
from service.feedback_log import FeedbackLog
from service.opening import open_services
from service.settings import ServiceSettings
from service.wiring import Services


@pytest.fixture(scope="session")
def changing_services(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Iterator[Services]:
    """The samples in an index of their own, which takes uploads of at most 1 MB."""
    settings = ServiceSettings(
        data_dir=tmp_path_factory.mktemp("changing"),
        max_file_mb=1.0,
        api_limits="none",
        address_limits="none",  # a test that is refused for asking too much has asked nothing
        session_limits="none",
        visitor_limits="none",
    )
    with open_services(settings, role="tests", create=True) as services:
        services.ingest([samples])
        yield services


@pytest.fixture(scope="session")
def real_app(changing_services: Services, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application over them, with feedback kept."""
    access = Access.of(changing_services.settings)
    return create_app(
        changing_services, access=access, feedback=FeedbackLog(tmp_path_factory.mktemp("feedback"))
    )

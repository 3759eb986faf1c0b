"""The application over in-memory services, and a client on the same machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.api.app import create_app
from tests.service.api.fakes import FakeServices


@pytest.fixture
def services() -> FakeServices:
    """Services with one article."""
    return FakeServices()


@pytest.fixture
def client(services: FakeServices) -> Iterator[TestClient]:
    """A client on this machine."""
    app = create_app(services)
    with TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 50000)) as opened:
        yield opened

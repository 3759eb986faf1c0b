"""The application on a real server, for what test clients cannot show: browsers, and readers who leave."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from service.api.admission import Admission
from service.api.app import create_app
from service.api.ports import Services
from service.telemetry import Metrics


@contextmanager
def served(
    services: Services,
    *,
    admission: Admission | None = None,
    metrics: Metrics | None = None,
    protocol: type[asyncio.Protocol] | None = None,
) -> Iterator[str]:
    """The application on a free port of this machine; `protocol` reads the connections in place of uvicorn's own."""
    app = create_app(services, admission=admission, metrics=metrics)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", ws="none", http=protocol or "auto"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()

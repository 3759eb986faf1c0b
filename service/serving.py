"""Starting the HTTP server over an index that this process owns, and stopping it without losing anything."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn

from ingest.errors import SettingsError
from ingest.onnx_embedding import cores
from service.handover import forget_token, open_here, write_token
from service.logging_setup import configure_logging
from service.readiness import shared_state
from service.remote import is_loopback
from service.shared_feedback import open_feedback
from service.shared_store import open_shared_store
from service.telemetry import Metrics
from service.tracing import Tracing

if TYPE_CHECKING:
    from service.api.admission import Admission
    from service.feedback import FeedbackKeeper
    from service.settings import ServiceSettings
    from service.shared_store import SharedStore
    from service.slack.http_events import HttpEvents
    from service.wiring import Services

SHUTDOWN_TIMEOUT_S = 5
KEEP_ALIVE_S = 30
"""How long a connection may rest between two requests: longer than clients and proxies keep theirs, as a rule, since
one that is closed the moment it is used again costs a request."""
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
"""What reaches a server that listens on every address."""


def run_server(
    settings: ServiceSettings,
    *,
    host: str,
    port: int,
    allow_anonymous: bool,
    on_ready: Callable[[str], None],
    tell: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` gets the address once requests are taken.

    The address is taken before the index is opened, so that a port in use costs no time. Requests under way have
    `SHUTDOWN_TIMEOUT_S` seconds to finish.

    Raises:
        SettingsError: the address is not free, or not of this machine only and `allow_anonymous` is off.
        DatelineError: the index cannot be opened.
    """
    if not is_loopback(host) and not allow_anonymous and settings.api_keys is None:
        raise SettingsError(
            f"{host or 'every address'} can be reached from other machines, and there are no API keys: anybody "
            "there could read and change the archive. Make a key with `dateline keys new` and set DATELINE_API_KEYS, "
            "listen on 127.0.0.1, or pass --allow-anonymous if that is what you want"
        )
    from service.api.access.policy import Access

    store = open_shared_store(settings.shared_store_url, settings.data_dir)
    access = Access.of(settings, store)
    feedback = open_feedback(store, settings.data_dir) if settings.feedback else None
    listener = bound(host, port)
    with (
        listener,
        closing(store),
        closing(feedback) if feedback else nullcontext(),
        _terminated_like_interrupted(),
    ):
        url = url_of(host, listener.getsockname()[1])
        metrics = Metrics()
        configure_logging(settings.log_format, settings.log_level)
        tracing = Tracing.from_environment(os.environ)
        services = open_here(settings, role="serve", create=True, tell=tell, metrics=metrics)
        services.tracing = tracing
        services.shared_store = store
        shared_state(store)  # tells in the log when it is gone, before a request finds out
        if feedback is not None:
            feedback.hand_over()
        metrics.watch(services.ready, services.model_queue)
        try:
            token = write_token(settings.data_dir) if settings.chroma_url is None else None
            from service.api.app import create_app
            from service.api.connections import connection_class

            hosts = _hosts(host, settings.public_url)
            app = create_app(
                services,
                ingest_token=token,
                hosts=hosts,
                metrics=metrics,
                access=access,
                suggestions=services.suggestions,
                feedback=feedback,
                slack=_slack(services, settings, store, feedback),
                admission=admission_of(settings, metrics, with_model="llm" in services.engines()),
            )
            config = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # `service.api.access.addresses` decides whom to believe
                lifespan="auto",
                timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
                http=connection_class(),
                limit_concurrency=settings.max_connections,
                timeout_keep_alive=KEEP_ALIVE_S,
            )

            def ready() -> None:
                if services.ownership is not None:
                    services.ownership.announce(url)
                on_ready(url)
                services.warm_up()

            server = AnnouncingServer(config, ready)
            try:
                server.run(sockets=[listener])
            except KeyboardInterrupt:  # uvicorn raises the signal that stopped it once more when it is done
                if not server.started:
                    raise
        finally:
            if settings.chroma_url is None:
                forget_token(settings.data_dir)
            services.close()
            if tracing is not None:
                tracing.close()


def admission_of(settings: ServiceSettings, metrics: Metrics, *, with_model: bool) -> Admission:
    """The lines before what takes long.

    As many questions at once as keep the cores busy; where a model writes, also those that only wait for it. A summary
    keeps a core busy for seconds, so summaries have half the cores at most.
    """
    from service.api.admission import Admission, Allowance

    usable = cores()
    questions = settings.questions_at_once or usable + (
        settings.llm_concurrency + settings.llm_waiting if with_model else 0
    )
    return Admission.of(
        Allowance(questions, settings.questions_waiting, settings.line_wait_s),
        Allowance(
            settings.summaries_at_once or max(1, usable // 2),
            settings.summaries_waiting,
            settings.line_wait_s,
        ),
        metrics,
    )


def _slack(
    services: Services, settings: ServiceSettings, store: SharedStore, feedback: FeedbackKeeper | None
) -> HttpEvents | None:
    if settings.slack_signing_secret is None and not settings.installed_by_workspaces:
        return None
    from service.slack.opening import open_http_events

    return open_http_events(services, settings, store=store, feedback=feedback)


def _hosts(host: str, public_url: str) -> frozenset[str] | None:
    """The names a server of this machine only goes by; None for one that others are meant to reach."""
    if not is_loopback(host):
        return None
    public = urlsplit(public_url).hostname
    return frozenset({"localhost", "127.0.0.1", "::1", host} | ({public} if public else set()))


class AnnouncingServer(uvicorn.Server):
    """A server that says when it takes requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not listening yet.

    Raises:
        SettingsError: it is not free, not allowed, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        said = error.strerror or str(error)
        raise SettingsError(
            f"cannot listen on {host}:{port}: {said}; choose another port with --port (0 takes a free one)"
        ) from error
    return listener


def url_of(host: str, port: int) -> str:
    """Where this machine reaches a server that listens on `host`."""
    reachable = ANY_ADDRESS.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Make SIGTERM end the work the way Ctrl-C does, so that the index is closed whichever comes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        with suppress(TypeError):  # a handler that was not installed from Python
            signal.signal(signal.SIGTERM, before)

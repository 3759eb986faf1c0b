"""Counts every HTTP request by its route's template, its method and its status. Plain ASGI, so that streams flow."""

from __future__ import annotations

import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.telemetry import METHODS, OTHER_METHOD, Metrics

_log = logging.getLogger("dateline.requests")

QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: logged only when they fail, or at the level of debugging."""
HTTP_ERROR = 400
UNMATCHED = "unmatched"
"""The route of requests that belong to none: what they asked for could be anything."""


class RequestMeter:
    """Feeds `metrics`. Outermost, so that it counts what other middleware refuses, and failures as 500.

    A stream counts until its end, or until its reader left.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = perf_counter()
        status = 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.metrics.http_request_in_progress(1)
        try:
            await self.app(scope, receive, send_noting_status)
        finally:
            self.metrics.http_request_in_progress(-1)
            spent_s, route, method = perf_counter() - begun, route_of(scope), scope["method"]
            self.metrics.observe_http_request(route, method, status, spent_s)
            _log_request(scope, route, method, status, spent_s)


def _log_request(scope: Scope, route: str, method: str, status: int, spent_s: float) -> None:
    """One line a request: its route's template, never the path or query, which may hold anything."""
    level = logging.DEBUG if route in QUIET_ROUTES and status < HTTP_ERROR else logging.INFO
    if not _log.isEnabledFor(level):
        return
    method, spent_ms = method if method in METHODS else OTHER_METHOD, round(spent_s * 1000, 1)
    fields = {"route": route, "method": method, "status": status, "ms": spent_ms}
    fields["request_id"] = scope.get("state", {}).get("request_id")
    _log.log(level, "%s %s %d in %.1f ms", method, route, status, spent_ms, extra=fields)


def route_of(scope: Scope) -> str:
    """The template of the route that took a request (`/v1/articles/{article_id:path}`), the prefix of the mounted
    files that did (`/static`), or `unmatched`."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    mounted = scope.get("root_path") if "endpoint" in scope else None
    return mounted if isinstance(mounted, str) and mounted else UNMATCHED

"""Counts every HTTP request by its route's template, its method and its status. Plain ASGI, so that streams flow."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.telemetry import Metrics

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

        try:
            await self.app(scope, receive, send_noting_status)
        finally:
            self.metrics.observe_http_request(
                route_of(scope), scope["method"], status, perf_counter() - begun
            )


def route_of(scope: Scope) -> str:
    """The template of the route that took a request (`/v1/articles/{article_id:path}`), the prefix of the mounted
    files that did (`/static`), or `unmatched`."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    mounted = scope.get("root_path") if "endpoint" in scope else None
    return mounted if isinstance(mounted, str) and mounted else UNMATCHED

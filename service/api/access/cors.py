"""CORS for the widget's routes, and for no other: allowed origins are told that they may read the reply.

Cookies are not used and never allowed. The headers are added outside of everything that may fail, so that a page can
also read why it was refused.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.access.origins import AllowedOrigins, is_own
from service.api.access.requirements import WIDGET_ROUTES, path_of

REQUEST_HEADERS = "Authorization, Content-Type, X-Request-ID"
EXPOSED_HEADERS = "Retry-After, X-Request-ID"
PREFLIGHT_LIFETIME_S = 600


class WidgetCors:
    """Adds the headers to what is sent to a page of an allowed origin, and `Vary: Origin` to every reply of these
    routes, so that no cache shows one page's reply to another."""

    def __init__(self, app: ASGIApp, origins: AllowedOrigins) -> None:
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or path_of(scope) not in WIDGET_ROUTES:
            await self.app(scope, receive, send)
            return
        origin = foreign_origin(scope)
        allowed = origin is not None and admits(self.origins, scope, origin)

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if allowed and origin is not None:
                    headers["Access-Control-Allow-Origin"] = origin
                    headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            await send(message)

        await self.app(scope, receive, send_with_origin)


def foreign_origin(scope: Scope) -> str | None:
    """The origin of the page that sent this, where it is another than the server's own."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return None if origin is None or is_own(origin, headers.get("host", "")) else origin


def preflight_method(scope: Scope) -> str | None:
    """The method that a preflight request asks about; None for every other request."""
    if scope["method"] != "OPTIONS":
        return None
    return Headers(scope=scope).get("access-control-request-method")


def admits(origins: AllowedOrigins, scope: Scope, origin: str) -> bool:
    """Whether a foreign page may send this request, or ask whether it may: an allowed origin on a widget's route."""
    method = preflight_method(scope) or scope["method"]
    return method in WIDGET_ROUTES.get(path_of(scope), frozenset()) and origins.allows(origin)


def preflight_response(scope: Scope) -> Response:
    """The reply to an admitted preflight; the origin is added outside."""
    methods = ", ".join(sorted(WIDGET_ROUTES[path_of(scope)]))
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_LIFETIME_S),
        },
    )

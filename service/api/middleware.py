"""What happens to every request before it reaches a route: it gets an id, a guard, and a limit on its body.

Plain ASGI, because a wrapper that buffers would break event streams.
"""

from __future__ import annotations

import re
import uuid

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.access.cors import admits, foreign_origin
from service.api.access.origins import AllowedOrigins
from service.api.access.refusals import origin_not_allowed
from service.api.access.requirements import WIDGET_ROUTES, path_of
from service.api.problems import Problem, problem, problem_of, problem_response
from service.request_context import REQUEST_ID, TRACEPARENT

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

JSON_LIMIT_BYTES = 1_000_000
MULTIPART_OVERHEAD_BYTES = 64_000
"""What boundaries and part headers may add to an upload."""


class RequestGuard:
    """Gives each request an id (the caller's own, where it is a sane one), and answers 500 for what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)
        traced = Headers(scope=scope).get("traceparent", "")
        TRACEPARENT.set(traced if _TRACEPARENT.fullmatch(traced) else None)
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            document = problem_of(Request(scope), error)  # logs the traceback
            if started:
                raise  # the server must cut the connection: the response cannot be taken back
            await problem_response(document)(scope, receive, send_with_id)


class OwnSite:
    """Refuses what another site's page sends, and names that are not this server's.

    A browser lets any page send forms to a server on its user's machine, and a page whose name is made to point there
    (DNS rebinding) read the answers. `hosts` are the names this server goes by, without port; None means any, for a
    server that is meant for other machines. `origins` may embed the widget: their pages may send what it sends, and
    the gate behind asks them for a token.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str] | None, origins: AllowedOrigins | None = None
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.origins = origins or AllowedOrigins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if (
            len(headers.getlist("host")) > 1
        ):  # RFC 9112, 3.2: which of them a proxy believes is anybody's guess
            document = problem(Request(scope), 400, "several-hosts", "a request has one Host header")
        elif self.hosts is not None and _without_port(host) not in self.hosts:
            document = problem(
                Request(scope), 421, "misdirected-request", f"this server does not go by {host!r}"
            )
        elif (
            scope["method"] not in ("GET", "HEAD")
            and (origin := foreign_origin(scope)) is not None
            and not admits(self.origins, scope, origin)
        ):
            document = _foreign(Request(scope))
        else:
            await self.app(scope, receive, send)
            return
        await problem_response(document)(scope, receive, send)


def _without_port(host: str) -> str:
    return host.rpartition(":")[0].strip("[]") if ":" in host and not host.endswith("]") else host.strip("[]")


def _foreign(request: Request) -> Problem:
    if path_of(request.scope) in WIDGET_ROUTES:
        refusal = origin_not_allowed()
        return problem(request, refusal.status, refusal.slug, refusal.detail)
    return problem(request, 403, "foreign-origin", "pages of other sites may not send this")


class BodyLimit:
    """Refuses a body that is too large: by its declared length at once, else when the bytes exceed the limit.

    Uploads (`multipart/form-data`) may hold `upload_bytes`, everything else `JSON_LIMIT_BYTES`.
    """

    def __init__(self, app: ASGIApp, upload_bytes: int) -> None:
        self.app = app
        self.upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = headers.get("content-type", "").lower().startswith("multipart/form-data")
        limit = self.upload_bytes + MULTIPART_OVERHEAD_BYTES if upload else JSON_LIMIT_BYTES
        shown = self.upload_bytes if upload else JSON_LIMIT_BYTES
        received = 0

        def refuse() -> HTTPException:
            return HTTPException(413, f"the body is larger than {shown / 1_000_000:g} MB")

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise refuse()
            return message

        async def refused() -> Message:
            raise refuse()

        declared = headers.get("content-length", "")
        too_large = (
            declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > limit)
        )
        await self.app(scope, refused if too_large else counted, send)

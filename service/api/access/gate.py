"""The gate: every request passes it before it reaches a route, and it alone decides whether it does.

Three kinds of credential are known. An API key opens what its scopes name. A widget's token opens the widget's routes,
to the page that it was given to. The command line on this machine shows the secret that the server wrote beside its
index. Without keys configured, whoever reaches the server may use it, except pages of other sites: those need a token
always.
"""

from __future__ import annotations

import logging
import secrets
from typing import NoReturn

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.access.cors import foreign_origin, preflight_method, preflight_response
from service.api.access.limits import Rules
from service.api.access.local import TOKEN_HEADER, is_local
from service.api.access.origins import is_own
from service.api.access.policy import Access
from service.api.access.refusals import (
    Refusal,
    Renderer,
    origin_not_allowed,
    refusal_response,
    too_many,
    unauthorized,
)
from service.api.access.requirements import (
    COUNTED_AS_QUESTIONS,
    COUNTED_PATHS,
    SESSION_PATH,
    for_widgets,
    is_api,
    is_page,
    path_of,
    scope_for,
)
from service.api.access.tokens import TokenRefused, Visitor, is_widget_token
from service.key_ring import KeyRefused, KeyRing

_TOKEN_WORDS = {
    "token-invalid": "this is no token of this server: begin a session with POST /v1/widget/session",
    "token-expired": "the token's time is over: begin a session with POST /v1/widget/session",
}
_KEY_WORDS = {
    "key-invalid": "this is no API key of this server",
    "key-expired": "the API key's last day is over",
}

COUNTING_THREADS = 16

_log = logging.getLogger("dateline.access")


class AccessGate:
    """Lets requests in, or refuses them. `owner_token` is the secret beside the index, where there is one."""

    def __init__(self, app: ASGIApp, access: Access, owner_token: str | None, render: Renderer) -> None:
        self.app = app
        self.access = access
        self.owner_token = owner_token
        self.render = render
        self._told_of_proxy = False
        self._counting = CapacityLimiter(COUNTING_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["scheme"] = self.access.proxies.scheme(scope)
        if preflight_method(scope) is not None and foreign_origin(scope) is not None:
            await preflight_response(scope)(scope, receive, send)  # an admitted one: others came no further
            return
        request = Request(scope)
        try:
            await self._let_in(request, scope["method"], path_of(scope))
        except Refusal as refusal:
            _log.info("refused %s %s: %s", scope["method"], path_of(scope)[:200], refusal.slug)
            await refusal_response(request, refusal, self.render)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _let_in(self, request: Request, method: str, path: str) -> None:
        """Return for a request that may pass. Counting with other replicas may take a moment: that is done in a
        thread, of which there are enough whatever else is under way.

        Raises:
            Refusal: for every other.
        """
        needed = scope_for(method, path, public_pages=self.access.public_pages)
        if needed is None and not (is_api(path) or is_page(path) or path in COUNTED_PATHS):
            return  # health, static files, the widget's script
        if self.access.limits.shared:
            await to_thread.run_sync(self._admit, request, method, path, needed, limiter=self._counting)
        else:
            self._admit(request, method, path, needed)

    def _admit(self, request: Request, method: str, path: str, needed: str | None) -> None:
        origin = foreign_origin(request.scope)
        if origin is not None and for_widgets(method, path) and not self.access.origins.allows(origin):
            raise origin_not_allowed()
        if path == SESSION_PATH:
            self._admit_session(request)
            return
        credential = _bearer(request)
        if credential is not None and is_widget_token(credential):
            self._admit_visitor(request, method, path, credential)
        elif origin is not None and for_widgets(method, path):
            raise unauthorized(
                "token-invalid", _TOKEN_WORDS["token-invalid"], presented=credential is not None
            )
        elif self.access.keys is None or needed is None:
            if not is_local(request):
                self._count_address(request)
        elif not self._is_owner(request):
            self._admit_key(request, credential, needed, self.access.keys)

    def _admit_session(self, request: Request) -> None:
        if request.headers.get("origin") is None:
            raise origin_not_allowed()
        self._count_address(request)
        self._count(self.access.limits.sessions, self._address(request), "this address")

    def _admit_visitor(self, request: Request, method: str, path: str, token: str) -> None:
        try:
            visitor = self.access.tokens.read(token)
        except TokenRefused as refused:
            self._count_address(request)
            raise unauthorized(refused.reason, _TOKEN_WORDS[refused.reason], presented=True) from None
        if not self._comes_from(request, visitor):
            self._count_address(request)
            raise origin_not_allowed()
        self._count_address(request)
        if not for_widgets(method, path) and not is_page(path):
            raise Refusal(403, "scope-missing", "the widget's token does not open this")
        if path in COUNTED_AS_QUESTIONS:
            self._count(self.access.limits.visitor, f"{path}/{visitor.visitor}", "this visitor")

    def _admit_key(self, request: Request, credential: str | None, needed: str, keys: KeyRing) -> None:
        if credential is None:
            self._refuse_unknown(request, "key-required", "send an API key: Authorization: Bearer KEY", False)
        try:
            key = keys.find(credential)
        except KeyRefused as refused:
            self._refuse_unknown(request, refused.reason, _KEY_WORDS[refused.reason], True)
        self._count(self.access.limits.api, key.name, "this API key")
        if needed not in key.scopes:
            raise Refusal(
                403,
                "scope-missing",
                f"this API key does not have the scope {needed}",
                {
                    "WWW-Authenticate": f'Bearer realm="dateline", error="insufficient_scope", scope="{needed}"'
                },
            )

    def _refuse_unknown(self, request: Request, slug: str, words: str, presented: bool) -> NoReturn:
        self._count_address(request)
        raise unauthorized(slug, words, presented=presented)

    def _is_owner(self, request: Request) -> bool:
        given = request.headers.get(TOKEN_HEADER)
        if self.owner_token is None or given is None or not is_local(request):
            return False
        return secrets.compare_digest(given.encode(), self.owner_token.encode())

    def _address(self, request: Request) -> str:
        proxied = "x-forwarded-for" in request.headers and not self.access.proxies.believes(request.scope)
        if proxied and not self._told_of_proxy:
            self._told_of_proxy = True
            _log.warning(
                "requests come through a proxy that DATELINE_TRUSTED_PROXIES does not name: for limits, all its "
                "clients are one"
            )
        return self.access.proxies.client(request.scope)

    def _count_address(self, request: Request) -> None:
        self._count(self.access.limits.address, self._address(request), "this address")

    def _comes_from(self, request: Request, visitor: Visitor) -> bool:
        """Whether the page that a token was given to sent this. The server's own pages name no origin when they
        read."""
        origin = request.headers.get("origin")
        if origin is not None:
            return secrets.compare_digest(origin.encode(), visitor.origin.encode())
        host = request.headers.get("host", "")
        return is_own(visitor.origin, host) or visitor.origin == self.access.origins.public

    @staticmethod
    def _count(rules: Rules, who: str, whose: str) -> None:
        wait_s = rules.take(who)
        if wait_s is not None:
            raise too_many(wait_s, whose)


def _bearer(request: Request) -> str | None:
    """What was sent as `Authorization: Bearer`; of several such headers none is believed."""
    sent = request.headers.getlist("authorization")
    if len(sent) != 1:
        return "" if sent else None
    scheme, _, credential = sent[0].partition(" ")
    return credential.strip() if scheme.casefold() == "bearer" else None

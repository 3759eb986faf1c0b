"""Tokens of the widget: short-lived, signed, bound to the page's origin and to one visitor.

    dlw1.PAYLOAD.SIGNATURE    base64url without padding; PAYLOAD is JSON {"o": origin, "v": visitor, "e": expiry}
                              (seconds since 1970), SIGNATURE is HMAC-SHA256 over everything before its dot

There is one algorithm, so a token cannot name another. The signature is compared in the one form that this module
writes, in constant time, before anything inside is read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

PREFIX = "dlw1."
LIFETIME_S = 600
RENEWABLE_S = 86_400
"""For so long after its end a token still says who the visitor is, so that a new one counts against the same limits."""
MAX_CHARACTERS = 1_000
LEAST_KEY_BYTES = 32
_SHAPE = re.compile(r"dlw1\.[A-Za-z0-9_-]{1,900}\.[A-Za-z0-9_-]{43}")
_VISITOR = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a token was given to: a page of `origin`, read by `visitor` (random; it identifies no person)."""

    origin: str
    visitor: str


class TokenRefused(Exception):
    """A token that opens nothing; `reason` is the slug of the problem document."""

    def __init__(self, reason: Literal["token-invalid", "token-expired"]) -> None:
        super().__init__(reason)
        self.reason = reason


class WidgetTokens:
    """Gives tokens out and reads them back. `key` is the secret of this server, or of all its replicas."""

    def __init__(self, key: bytes, now: Callable[[], float] = time.time) -> None:
        if len(key) < LEAST_KEY_BYTES:
            raise ValueError(f"a signing key has at least {LEAST_KEY_BYTES} bytes")
        self._key = key
        self._now = now

    def issue(self, origin: str, visitor: str | None = None) -> str:
        """A token for a page of `origin`; for a new visitor, unless one is named."""
        payload = {
            "o": origin,
            "v": visitor or secrets.token_urlsafe(12),
            "e": int(self._now()) + LIFETIME_S,
        }
        body = PREFIX + _encoded(json.dumps(payload, separators=(",", ":")).encode())
        return f"{body}.{self._signature(body)}"

    def read(self, token: str) -> Visitor:
        """Whom it was given to.

        Raises:
            TokenRefused: it is not one of ours, or its time is over.
        """
        visitor, expiry = self._claims(token)
        if self._now() >= expiry:
            raise TokenRefused("token-expired")
        return visitor

    def visitor_to_renew(self, token: str, origin: str) -> str | None:
        """The visitor of a token of ours for this origin that is valid or ended at most `RENEWABLE_S` ago."""
        try:
            visitor, expiry = self._claims(token)
        except TokenRefused:
            return None
        known = visitor.origin == origin and self._now() < expiry + RENEWABLE_S
        return visitor.visitor if known else None

    def _claims(self, token: str) -> tuple[Visitor, int]:
        if len(token) > MAX_CHARACTERS or not _SHAPE.fullmatch(token):
            raise TokenRefused("token-invalid")
        body, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode("ascii"), self._signature(body).encode("ascii")):
            raise TokenRefused("token-invalid")
        try:
            payload = json.loads(_decoded(body.removeprefix(PREFIX)))
            origin, visitor, expiry = payload["o"], payload["v"], payload["e"]
        except (ValueError, KeyError, TypeError):  # signed by us, in a form of another version
            raise TokenRefused("token-invalid") from None
        if not (isinstance(origin, str) and isinstance(visitor, str) and type(expiry) is int):
            raise TokenRefused("token-invalid")
        if not _VISITOR.fullmatch(visitor):
            raise TokenRefused("token-invalid")
        return Visitor(origin, visitor), expiry

    def _signature(self, body: str) -> str:
        return _encoded(hmac.new(self._key, body.encode("ascii"), hashlib.sha256).digest())


def is_widget_token(credential: str) -> bool:
    """Whether this means to be a token of the widget rather than an API key."""
    return credential.startswith(PREFIX)


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

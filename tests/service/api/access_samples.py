"""Access as tests need it: one allowed site, keys, limits that can be reached, a clock that can be set."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi.testclient import TestClient

from service.api.access.addresses import TrustedProxies
from service.api.access.counters import Counters
from service.api.access.limits import AccessLimits
from service.api.access.origins import AllowedOrigins
from service.api.access.policy import Access
from service.api.access.tokens import WidgetTokens
from service.api.app import create_app
from service.api_keys import Scope, new_key
from service.key_ring import KeyRing
from service.shared_store import SharedStore
from tests.service.api.fakes import FakeServices

NEWS = "https://news.example"
SIGNING_KEY = b"k" * 32
NO_LIMITS = {"api": "none", "visitor": "none", "address": "none", "sessions": "none"}
ASK = {"question": "When will the ferry sail?"}


@dataclass
class Clock:
    """Seconds since 1970, as far as a test moves them."""

    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Site:
    """One server: its clock, the secrets of its keys by name, and what is open to whom."""

    allowed: str = NEWS
    limits: dict[str, str] = field(default_factory=dict)
    keys: dict[str, tuple[Scope, ...]] = field(default_factory=dict)
    proxies: str = ""
    public_url: str = ""
    public_pages: bool = True
    clock: Clock = field(default_factory=Clock)
    services: FakeServices = field(default_factory=FakeServices)
    secrets: dict[str, str] = field(default_factory=dict)
    store: SharedStore | None = None

    def access(self) -> Access:
        """What it lets whom do."""
        entries = []
        for name, scopes in self.keys.items():
            self.secrets[name], key = new_key(name, scopes)
            entries.append(key.entry())
        return Access(
            origins=AllowedOrigins.parsed(self.allowed, self.public_url),
            tokens=WidgetTokens(SIGNING_KEY, self.clock),
            keys=KeyRing.parsed("\n".join(entries)) if entries else None,
            limits=limits_with(self.limits, store=self.store),
            proxies=TrustedProxies.parsed(self.proxies),
            public_pages=self.public_pages,
        )

    def client(
        self,
        peer: str = "192.0.2.7",
        base: str = "http://dateline.example",
        *,
        hosts: frozenset[str] | None = None,
        owner_token: str | None = None,
    ) -> TestClient:
        """A caller from `peer`."""
        app = create_app(self.services, access=self.access(), hosts=hosts, ingest_token=owner_token)
        return TestClient(app, base_url=base, client=(peer, 50000))


def limits_with(
    rules: dict[str, str],
    *,
    storage: Counters | None = None,
    store: SharedStore | None = None,
    now: Callable[[], float] = time.time,
) -> AccessLimits:
    """Limits of which only these are set."""
    every = NO_LIMITS | rules
    return AccessLimits.parsed(
        api=every["api"],
        visitor=every["visitor"],
        address=every["address"],
        sessions=every["sessions"],
        storage=storage,
        store=store,
        now=now,
    )


def from_page(origin: str, token: str | None = None) -> dict[str, str]:
    """The headers of a page of `origin`."""
    return {"Origin": origin} | ({"Authorization": f"Bearer {token}"} if token is not None else {})


def token_of(client: TestClient, origin: str = NEWS, last: str | None = None) -> str:
    """A session's token."""
    reply = client.post("/v1/widget/session", json={}, headers=from_page(origin, last))
    assert reply.status_code == 200, reply.text
    return str(reply.json()["token"])


def slug_of(reply: object) -> str:
    """The kind of problem."""
    document = reply.json()  # type: ignore[attr-defined]
    return str(document["type"]).removeprefix("urn:dateline:problem:")

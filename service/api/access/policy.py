"""Everything that decides about access, composed from the settings once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from service.api.access.addresses import TrustedProxies
from service.api.access.limits import AccessLimits
from service.api.access.origins import AllowedOrigins
from service.api.access.signing_key import KEY_BYTES, signing_key
from service.api.access.tokens import WidgetTokens
from service.key_ring import KeyRing
from service.shared_store import SharedStore

API_LIMITS = "600/minute"
VISITOR_LIMITS = "20/minute;200/day"
ADDRESS_LIMITS = "300/minute"
SESSION_LIMITS = "60/minute;2000/day"


class AccessSettings(Protocol):
    """The settings that decide about access."""

    @property
    def data_dir(self) -> Path:
        """Folder of the index, where the signing key is kept."""

    @property
    def public_url(self) -> str:
        """Where others reach the server."""

    @property
    def api_keys(self) -> SecretStr | None:
        """Entries, or `file:` and a path."""

    @property
    def allowed_origins(self) -> str:
        """Origins separated by commas."""

    @property
    def widget_signing_key(self) -> SecretStr | None:
        """The secret of several replicas."""

    @property
    def trusted_proxies(self) -> str:
        """Addresses and networks separated by commas."""

    @property
    def public_pages(self) -> bool:
        """Whether source pages are open although there are keys."""

    @property
    def api_limits(self) -> str:
        """Requests of one key."""

    @property
    def visitor_limits(self) -> str:
        """Questions of one visitor."""

    @property
    def address_limits(self) -> str:
        """Requests of one address."""

    @property
    def session_limits(self) -> str:
        """Sessions that one address begins."""


def default_limits() -> AccessLimits:
    """The limits where the settings name no others."""
    return AccessLimits.parsed(
        api=API_LIMITS, visitor=VISITOR_LIMITS, address=ADDRESS_LIMITS, sessions=SESSION_LIMITS
    )


@dataclass(frozen=True)
class Access:
    """Who may do what. Without arguments: no keys, no foreign origins, and a signing key that ends with the process.

    `keys` are None where there are none configured; then every program that reaches the server may use it.
    """

    origins: AllowedOrigins = field(default_factory=AllowedOrigins)
    tokens: WidgetTokens = field(default_factory=lambda: WidgetTokens(secrets.token_bytes(KEY_BYTES)))
    keys: KeyRing | None = None
    limits: AccessLimits = field(default_factory=default_limits)
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    public_pages: bool = True

    @classmethod
    def of(cls, settings: AccessSettings, store: SharedStore | None = None) -> Access:
        """What the settings say; `store` counts requests where replicas share one. Makes the signing key in the data
        folder where there is none.

        Raises:
            SettingsError: one of them cannot be understood, or the signing key neither read nor made.
        """
        written = settings.api_keys.get_secret_value() if settings.api_keys is not None else ""
        return cls(
            origins=AllowedOrigins.parsed(settings.allowed_origins, settings.public_url),
            keys=KeyRing.parsed(written) if written.strip() else None,
            limits=AccessLimits.parsed(
                api=settings.api_limits,
                visitor=settings.visitor_limits,
                address=settings.address_limits,
                sessions=settings.session_limits,
                store=store,
            ),
            proxies=TrustedProxies.parsed(settings.trusted_proxies),
            public_pages=settings.public_pages,
            tokens=WidgetTokens(signing_key(settings.widget_signing_key, settings.data_dir)),
        )

"""Which web pages may use the widget's routes: a list of origins that the operator writes down, and nobody else.

An origin is compared as browsers write it (RFC 6454, section 6.2: lower case, no default port, no path), character by
character. Anything else that a header may hold is some other origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ingest.errors import SettingsError

SETTING = "DATELINE_ALLOWED_ORIGINS"
DEFAULT_PORTS = {"http": 80, "https": 443}
ANY_SUBDOMAIN = "*."
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\]")


class AllowedOrigins:
    """The origins whose pages may embed the widget. Empty: none but the server's own pages."""

    def __init__(
        self, exact: Iterable[str] = (), parents: Iterable[str] = (), public: str | None = None
    ) -> None:
        """`exact` are origins; `parents` are origins whose subdomains are allowed, and not they themselves; `public`
        is the server's own, where it is known."""
        self.public = public
        self._exact = frozenset(exact) | ({public} if public else set())
        self._below = tuple(_subdomains_of(parent) for parent in parents)

    @classmethod
    def parsed(cls, written: str, public_url: str = "") -> AllowedOrigins:
        """The origins of the setting: separated by commas, `https://*.example.com` for all subdomains.

        The origin of `public_url`, where the server's own pages live behind a proxy, is one of them.

        Raises:
            SettingsError: an entry is no origin; the message says what is wrong with it and how to write it.
        """
        exact: set[str] = set()
        parents: set[str] = set()
        for entry in (part.strip() for part in written.split(",")):
            if entry:
                wildcard, origin = _entry(entry)
                (parents if wildcard else exact).add(origin)
        return cls(exact, parents, _public_origin(public_url))

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin, as its browser wrote it, may use the widget's routes."""
        return origin in self._exact or any(below.fullmatch(origin) for below in self._below)


def _public_origin(public_url: str) -> str | None:
    parts = urlsplit(public_url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return None
    return _origin(parts.scheme, parts.hostname, parts.port)


def is_own(origin: str, host: str) -> bool:
    """Whether `origin` is that of the server which the request's `Host` header names. The scheme may differ: behind a
    proxy that ends TLS the server sees http."""
    name = origin.partition("://")[2]
    return name != "" and name.casefold() == host.casefold()


def _entry(entry: str) -> tuple[bool, str]:
    """Whether it stands for subdomains, and the origin (of which)."""
    if entry == "*":
        raise _malformed(entry, "it would let every site in; name the sites")
    parts = urlsplit(entry)
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        raise _malformed(entry, "it begins with neither https:// nor http://")
    if parts.path or parts.query or parts.fragment or entry.endswith(("?", "#")):
        raise _malformed(entry, "an origin has no path: it ends with the name or the port")
    if "@" in parts.netloc:
        raise _malformed(entry, "an origin has no user name")
    try:
        port = parts.port
    except ValueError:
        raise _malformed(entry, "its port is not a number up to 65535") from None
    if parts.netloc.endswith(":"):
        raise _malformed(entry, "its port is missing")
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    wildcard = host.startswith(ANY_SUBDOMAIN)
    host = host.removeprefix(ANY_SUBDOMAIN).casefold()
    if "*" in host:
        raise _malformed(entry, "* can only stand for whole subdomains, at the beginning")
    if not host.isascii():
        raise _malformed(entry, "write the name as browsers do, in its xn-- form")
    if not _HOST.fullmatch(host):
        raise _malformed(entry, "it has no proper host name")
    if wildcard and ("." not in host or host.startswith("[")):
        raise _malformed(entry, f"*.{host} is wider than one site")
    return wildcard, _origin(parts.scheme, host, port)


def _origin(scheme: str, host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{scheme}://{host}" if port in (None, DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def _subdomains_of(parent: str) -> re.Pattern[str]:
    scheme, _, rest = parent.partition("://")
    return re.compile(rf"{scheme}://(?:{_LABEL}\.)+{re.escape(rest)}")


def _malformed(entry: str, why: str) -> SettingsError:
    return SettingsError(
        f"{SETTING}: {entry!r} is no origin: {why}. Write https://news.example, http://localhost:3000 or "
        "https://*.example.com, with commas between several"
    )

"""Where a request comes from: the peer's address, or what a proxy of the operator's says of it.

`X-Forwarded-For` is believed only as far as it was written by proxies that the operator names: from its right end,
each address is one that the proxy to its right saw.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from ingest.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

IPV6_SITE_BITS = 64
"""One subscriber has a whole /64 of addresses to choose from, so limits count it as one."""
MAX_HOPS = 20


class TrustedProxies:
    """The proxies whose word is taken. None by default."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    @classmethod
    def parsed(cls, written: str) -> TrustedProxies:
        """The setting: addresses and networks (`10.0.0.0/8`) separated by commas.

        Raises:
            SettingsError: one of them is neither.
        """
        networks = []
        for entry in (part.strip() for part in written.split(",")):
            if not entry:
                continue
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError as error:
                raise SettingsError(
                    f"DATELINE_TRUSTED_PROXIES: {entry!r} is no address or network ({error}); write 10.0.0.5 or "
                    "10.0.0.0/8, with commas between several"
                ) from error
        return cls(networks)

    def trusts(self, address: Address | None) -> bool:
        """Whether this is one of them."""
        return address is not None and any(address in network for network in self._networks)

    def believes(self, scope: Scope) -> bool:
        """Whether the peer of this request is one of them."""
        return self.trusts(_peer(scope))

    def client(self, scope: Scope) -> str:
        """The client's address as limits count it; `unknown` where the server has none (a Unix socket)."""
        client = _peer(scope)
        if self.trusts(client):
            forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
            for written in reversed(forwarded.split(",")[-MAX_HOPS:]):
                said = _address(written.strip())
                if said is None:
                    break
                client = said
                if not self.trusts(said):
                    break
        return _counted(client)

    def scheme(self, scope: Scope) -> str:
        """`https` where a trusted proxy says that the client came with it, else the server's own."""
        said = Headers(scope=scope).get("x-forwarded-proto", "").strip().casefold()
        known = said in ("http", "https") and self.believes(scope)
        return said if known else str(scope.get("scheme", "http"))


def _peer(scope: Scope) -> Address | None:
    return _address(scope["client"][0]) if scope.get("client") else None


def _address(written: str) -> Address | None:
    try:
        found = ipaddress.ip_address(written.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _counted(address: Address | None) -> str:
    if address is None:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, IPV6_SITE_BITS), strict=False))
    return str(address)

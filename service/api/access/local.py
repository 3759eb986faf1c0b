"""Whether a request was made by a program on this machine, for what only its owner may do."""

from __future__ import annotations

import ipaddress

from fastapi import Request

TOKEN_HEADER = "X-Dateline-Token"
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_BROWSER_HEADERS = ("origin", "sec-fetch-site")


def is_local(request: Request) -> bool:
    """Whether a program on this machine sent this request to this server itself.

    A proxy on this machine would make strangers look local, and a page in a local browser could post here or
    reach here under a name of its own (DNS rebinding): both are refused.
    """
    headers = request.headers
    if request.client is None or any(name in headers for name in (*_PROXY_HEADERS, *_BROWSER_HEADERS)):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback

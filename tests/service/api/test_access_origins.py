"""Which origins are allowed: exactly those written down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SettingsError
from service.api.access.origins import AllowedOrigins, is_own

WRITTEN = (
    "https://news.example, https://*.paper.example ,http://localhost:3000,https://xn--bcher-kva.example:8443"
)


@pytest.mark.parametrize(
    "origin",
    [
        "https://news.example",
        "https://www.paper.example",
        "https://a.b-c.paper.example",
        "http://localhost:3000",
        "https://xn--bcher-kva.example:8443",
    ],
)
def test_what_is_written_down_is_allowed(origin: str) -> None:
    assert AllowedOrigins.parsed(WRITTEN).allows(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "http://news.example",
        "https://news.example:443",
        "https://news.example:8443",
        "https://NEWS.example",
        "https://news.example/",
        "https://news.example.",
        "https://news.example.evil.com",
        "https://evilnews.example",
        "https://news.example@evil.com",
        "https://news.example\\@evil.com",
        "https://news.example\n",
        "https://news.example\x00",
        "https://paper.example",
        "https://.paper.example",
        "https://a..paper.example",
        "https://www.paper.example:8443",
        "https://www.paper.example.evil.com",
        "https://evilpaper.example",
        "https://evil.com#.paper.example",
        "https://evil.com/.paper.example",
        "https://evil.com:1.paper.example",
        "http://www.paper.example",
        "http://localhost",
        "http://localhost:30000",
        "null",
        "",
        "file://",
        "https://",
    ],
)
def test_nothing_like_it_is(origin: str) -> None:
    assert not AllowedOrigins.parsed(WRITTEN).allows(origin)


@given(st.text(max_size=60))
def test_no_other_text_is_an_allowed_origin(text: str) -> None:
    assert not AllowedOrigins.parsed("https://news.example").allows(
        text + "https://news.example"[: len(text)]
    )


def test_none_are_by_default_but_the_public_address() -> None:
    assert not AllowedOrigins.parsed("").allows("https://news.example")
    public = AllowedOrigins.parsed("", "https://Ask.news.example/dateline")
    assert public.allows("https://ask.news.example")
    assert not public.allows("https://news.example")


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("*", "every site"),
        ("null", "https://"),
        ("news.example", "https://"),
        ("ftp://news.example", "https://"),
        ("https://news.example/", "no path"),
        ("https://news.example/page", "no path"),
        ("https://news.example?x=1", "no path"),
        ("https://user@news.example", "user name"),
        ("https://news.example:port", "port"),
        ("https://news.example:", "port"),
        ("https://news.example:99999", "port"),
        ("https://*", "beginning"),
        ("https://*.example", "wider"),
        ("https://www.*.example", "beginning"),
        ("https://news*.example", "beginning"),
        ("https://bücher.example", "xn--"),
        ("https://news example", "host name"),
        ("https://-news.example", "host name"),
    ],
)
def test_what_is_no_origin_is_said_with_what_to_write(entry: str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AllowedOrigins.parsed(f"https://good.example,{entry}")
    message = str(caught.value)
    assert "DATELINE_ALLOWED_ORIGINS" in message
    assert entry in message
    assert why in message.replace(repr(entry), "")
    assert "https://*.example.com" in message


def test_the_default_port_is_the_same_origin_as_none() -> None:
    assert AllowedOrigins.parsed("https://news.example:443").allows("https://news.example")
    assert AllowedOrigins.parsed("HTTPS://News.Example").allows("https://news.example")


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://localhost:8765", "localhost:8765", True),
        ("https://Ask.example", "ask.example", True),
        ("http://localhost:9999", "localhost:8765", False),
        ("null", "", False),
        ("null", "null", False),
        ("", "", False),
        ("https://", "", False),
    ],
)
def test_the_servers_own_origin(origin: str, host: str, own: bool) -> None:
    assert is_own(origin, host) is own

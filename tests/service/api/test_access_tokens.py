"""The widget's tokens: what was not signed here, for this page and this time, opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ingest.errors import SettingsError
from service.api.access.signing_key import signing_key
from service.api.access.tokens import LIFETIME_S, RENEWABLE_S, TokenRefused, WidgetTokens
from tests.service.api.access_samples import NEWS, SIGNING_KEY, Clock


def made(payload: object, key: bytes = SIGNING_KEY, prefix: str = "dlw1.") -> str:
    """A token of that payload, signed with that key."""
    body = prefix + urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()
    signature = hmac.new(key, body.encode(), hashlib.sha256).digest()
    return f"{body}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def refused(token: str, tokens: WidgetTokens | None = None) -> str:
    """Why a token is refused."""
    with pytest.raises(TokenRefused) as caught:
        (tokens or WidgetTokens(SIGNING_KEY, Clock())).read(token)
    return caught.value.reason


def test_a_token_says_to_whom_it_was_given() -> None:
    tokens = WidgetTokens(SIGNING_KEY, Clock())
    one, other = tokens.read(tokens.issue(NEWS)), tokens.read(tokens.issue(NEWS))
    assert one.origin == NEWS
    assert one.visitor != other.visitor


def test_it_ends() -> None:
    clock = Clock()
    tokens = WidgetTokens(SIGNING_KEY, clock)
    token = tokens.issue(NEWS)
    clock.seconds += LIFETIME_S - 1
    tokens.read(token)
    clock.seconds += 1
    assert refused(token, tokens) == "token-expired"


def test_a_new_one_goes_on_with_the_visitor_of_the_last() -> None:
    clock = Clock()
    tokens = WidgetTokens(SIGNING_KEY, clock)
    token = tokens.issue(NEWS)
    visitor = tokens.read(token).visitor
    clock.seconds += LIFETIME_S + 60
    assert tokens.visitor_to_renew(token, NEWS) == visitor
    assert tokens.visitor_to_renew(token, "https://other.example") is None
    other_end = "B" if token.endswith("A") else "A"
    assert tokens.visitor_to_renew(token[:-1] + other_end, NEWS) is None
    clock.seconds += RENEWABLE_S
    assert tokens.visitor_to_renew(token, NEWS) is None


def test_every_single_change_is_noticed() -> None:
    token = WidgetTokens(SIGNING_KEY, Clock()).issue(NEWS)
    for position in range(len(token)):
        for other in "Ab9-._=":
            if other != token[position]:
                assert refused(token[:position] + other + token[position + 1 :]) == "token-invalid"


def test_so_is_everything_cut_off_or_added() -> None:
    token = WidgetTokens(SIGNING_KEY, Clock()).issue(NEWS)
    for end in range(len(token)):
        assert refused(token[:end]) == "token-invalid"
    for added in ("=", "A", ".", " ", "\n", f".{token}"):
        assert refused(token + added) == "token-invalid"


@given(st.text(max_size=200))
def test_no_text_is_a_token(text: str) -> None:
    assert refused(text) == "token-invalid"
    assert refused(f"dlw1.{text}") == "token-invalid"


def test_another_key_signs_nothing_here() -> None:
    claims = {"o": NEWS, "v": "visitor-1", "e": 2_000_000_000}
    assert WidgetTokens(SIGNING_KEY, Clock()).read(made(claims)).visitor == "visitor-1"
    assert refused(made(claims, key=b"x" * 32)) == "token-invalid"
    assert refused(made(claims, key=b"")) == "token-invalid"
    assert refused(made(claims, prefix="dlw2.")) == "token-invalid"


@pytest.mark.parametrize(
    "claims",
    [
        [],
        "text",
        {},
        {"o": NEWS, "v": "visitor-1"},
        {"o": NEWS, "v": "visitor-1", "e": "2000000000"},
        {"o": NEWS, "v": "visitor-1", "e": 2e9},
        {"o": NEWS, "v": "visitor-1", "e": True},
        {"o": None, "v": "visitor-1", "e": 2_000_000_000},
        {"o": NEWS, "v": "a/b", "e": 2_000_000_000},
        {"o": NEWS, "v": 1, "e": 2_000_000_000},
    ],
)
def test_even_what_is_signed_has_one_form(claims: object) -> None:
    assert refused(made(claims)) == "token-invalid"


def test_a_signature_in_another_spelling_is_none() -> None:
    """Base64 has spare bits in its last character: those spellings decode to the same bytes."""
    token = WidgetTokens(SIGNING_KEY, Clock()).issue(NEWS)
    body, _, signature = token.rpartition(".")
    same = [
        letter
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if letter != signature[-1]
        and urlsafe_b64decode(signature[:-1] + letter + "=") == urlsafe_b64decode(signature + "=")
    ]
    assert same
    for letter in same:
        assert refused(f"{body}.{signature[:-1]}{letter}") == "token-invalid"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = signing_key(None, folder)
    assert signing_key(None, folder) == key
    (kept,) = folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.chmod(0o644)
    assert signing_key(None, folder) == key
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text("short", "ascii")
    with pytest.raises(SettingsError, match="damaged"):
        signing_key(None, folder)


def test_replicas_share_one_from_the_settings(tmp_path: Path) -> None:
    assert signing_key(SecretStr("s" * 40), tmp_path) == b"s" * 40
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingsError, match="DATELINE_WIDGET_SIGNING_KEY") as caught:
        signing_key(SecretStr("too-short-secret"), tmp_path)
    assert "too-short-secret" not in str(caught.value)

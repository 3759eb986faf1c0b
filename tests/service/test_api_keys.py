"""API keys: shown once, written down as hashes, rotated without a restart."""

from __future__ import annotations

import json
import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest.errors import InvalidRequest, SettingsError
from service import key_ring
from service.api_keys import SCOPES, ApiKey, matching, new_key, parsed, today
from service.cli import app
from service.key_ring import KeyRefused, KeyRing

HASH = "a" * 64


def run(*arguments: str, keys: str = "") -> Result:
    """`dateline keys …`."""
    return CliRunner(env={"COLUMNS": "100", "DATELINE_API_KEYS": keys}).invoke(app, ["keys", *arguments])


def test_a_key_is_long_and_kept_as_its_hash_only() -> None:
    secret, key = new_key("cms", ("read", "write"))
    other, _ = new_key("cms", ("read",))
    assert secret != other
    assert len(secret) >= 43
    assert secret not in key.entry()
    assert parsed(key.entry()) == (key,)
    assert matching(secret, [key]) == key
    assert matching(secret + "x", [key]) is None


def test_entries_stand_in_lines_or_with_commas_and_have_remarks() -> None:
    bots = f"bot:write+read:{'b' * 64}:2027-01-31  # until January"
    written = f"# the site\nsite:read:{HASH}, {bots}\n\nops:admin:{'c' * 64}"
    site, bot, ops = parsed(written)
    assert (site.name, sorted(site.scopes), site.last_day) == ("site", ["read"], None)
    assert (sorted(bot.scopes), bot.last_day) == (["read", "write"], date(2027, 1, 31))
    assert ops.scopes == {"admin"}
    assert bot.entry() == f"bot:read+write:{'b' * 64}:2027-01-31"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("cms", "3 or 4 fields"),
        (f"cms:read:{HASH}:2027-01-31:more", "3 or 4 fields"),
        (f"c/ms:read:{HASH}", "its name"),
        (f":read:{HASH}", "its name"),
        (f"cms:owner:{HASH}", "its scopes"),
        (f"cms::{HASH}", "its scopes"),
        (f"cms:read+:{HASH}", "its scopes"),
        ("cms:read:short", "64 hexadecimal"),
        (f"cms:read:{HASH.upper()}", "64 hexadecimal"),
        (f"cms:read:{HASH}:31.1.2027", "last day"),
        (f"one:read:{HASH},two:read:{HASH}", "twice"),
    ],
)
def test_a_malformed_entry_is_named_by_its_number(entry: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        parsed(f"good:read:{'d' * 64},{entry}", "keys.txt")
    assert "keys.txt, entry " in str(caught.value)
    assert HASH not in str(caught.value)


def test_a_key_written_down_by_mistake_is_not_repeated() -> None:
    secret, _ = new_key("cms", ("read",))
    for entry in (secret, f"cms:read:{secret}"):
        with pytest.raises(SettingsError) as caught:
            parsed(entry)
        assert secret not in str(caught.value)


def test_a_key_ends_with_its_last_day() -> None:
    secret, key = new_key("cms", ("read",), date(2027, 1, 31))
    day = date(2027, 1, 31)
    ring = KeyRing([key], day=lambda: day)
    assert ring.find(secret) == key
    day += timedelta(days=1)
    with pytest.raises(KeyRefused) as caught:
        ring.find(secret)
    assert caught.value.reason == "key-expired"


def test_every_hash_is_compared_whatever_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [new_key(f"key-{number}", ("read",)) for number in range(5)]
    compared: list[str] = []

    def compare(given: str, known: str) -> bool:
        compared.append(known)
        return given == known

    monkeypatch.setattr("service.api_keys.hmac.compare_digest", compare)
    assert matching(pairs[1][0], [key for _, key in pairs]) == pairs[1][1]
    assert compared == [key.sha256 for _, key in pairs]


def test_a_file_is_read_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ring, "RECHECK_S", 0.0)
    path = tmp_path / "keys"
    old_secret, old = new_key("cms", ("read",))
    new_secret, new = new_key("cms", ("read", "write"))
    path.write_text(old.entry(), "utf-8")
    ring = KeyRing.parsed(f"file:{path}")
    assert ring.find(old_secret) == old
    rewrite(path, f"{old.entry()}\n{new.entry()}")
    assert (ring.find(old_secret), ring.find(new_secret)) == (old, new)
    rewrite(path, new.entry())
    with pytest.raises(KeyRefused, match="key-invalid"):
        ring.find(old_secret)
    rewrite(path, "nonsense")
    assert ring.find(new_secret) == new
    path.unlink()
    assert ring.find(new_secret) == new
    rewrite(path, "# nobody any more")
    with pytest.raises(KeyRefused):
        ring.find(new_secret)


def rewrite(path: Path, text: str) -> None:
    """Write a file so that its time differs, however coarse the clock of the file system."""
    path.write_text(text, "utf-8")
    moment = time.time_ns() + len(text) * 1_000_000
    os.utime(path, ns=(moment, moment))


@pytest.mark.parametrize("written", ["# none", ",", "file:/nowhere/keys"])
def test_a_setting_that_names_no_key_is_an_error(written: str) -> None:
    with pytest.raises(SettingsError, match="DATELINE_API_KEYS"):
        KeyRing.parsed(written)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "x" * 65, "-x", "ä"])
def test_names_fit_into_an_entry(name: str) -> None:
    with pytest.raises(InvalidRequest):
        new_key(name, SCOPES)


def test_the_command_line_makes_keys() -> None:
    shown = run("new", "--name", "cms", "--scope", "read", "--scope", "write", "--expires", "2999-01-31")
    assert shown.exit_code == 0, shown.stderr
    secret, entry = shown.stdout.split()
    (key,) = parsed(entry)
    assert (key.name, sorted(key.scopes), key.last_day) == ("cms", ["read", "write"], date(2999, 1, 31))
    assert KeyRing.parsed(entry).find(secret) == key
    assert secret not in shown.stderr
    document = json.loads(run("new", "--name", "ops", "--scope", "admin+read", "--json").stdout)
    assert KeyRing.parsed(document["entry"]).find(document["key"]).scopes == {"admin", "read"}


def test_and_lists_them_without_their_hashes() -> None:
    keys = (
        ApiKey("cms", frozenset({"read", "write"}), HASH, date(2020, 1, 1)),
        ApiKey("ops", frozenset({"admin"}), "b" * 64),
    )
    shown = run("list", keys=",".join(key.entry() for key in keys)).stdout
    assert shown.splitlines() == ["cms  read+write  until 2020-01-01  EXPIRED", "ops  admin"]
    assert HASH[:8] not in shown
    assert "There are no keys" in run("list").stdout


@pytest.mark.parametrize("wrong", [("--scope", "root"), ("--scope", "read", "--expires", "soon")])
def test_what_cannot_be_is_a_usage_error(wrong: tuple[str, ...]) -> None:
    assert run("new", "--name", "cms", *wrong).exit_code == 2
    assert (
        run(
            "new", "--name", "cms", "--scope", "read", "--expires", str(today() - timedelta(days=1))
        ).exit_code
        == 2
    )

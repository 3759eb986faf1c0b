"""API keys: made, written down as hashes, and recognized again.

A key is 256 random bits, so one round of SHA-256 keeps it: there is nothing to guess that a slow hash would protect.
An entry is

    name:scope[+scope…]:sha256-hex[:last-day]        ingest-bot:read+write:9f86d0…:2027-01-31

Several entries may stand for one program, which is how keys are rotated: add the new one, move the program, remove the
old one. Messages never hold an entry's text, because a key could stand there by mistake.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, get_args

from ingest.errors import InvalidRequest, SettingsError

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
SETTING = "DATELINE_API_KEYS"
KEY_PREFIX = "dateline_"
KEY_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_FORM = "name:scope[+scope]:sha256-hex[:YYYY-MM-DD], as `dateline keys new` prints it"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is written down. `last_day` is the last on which it opens anything, in UTC."""

    name: str
    scopes: frozenset[Scope]
    sha256: str
    last_day: date | None = None

    def entry(self) -> str:
        """The line to store."""
        scopes = "+".join(scope for scope in SCOPES if scope in self.scopes)
        end = f":{self.last_day.isoformat()}" if self.last_day else ""
        return f"{self.name}:{scopes}:{self.sha256}{end}"

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.last_day is not None and today > self.last_day


def new_key(name: str, scopes: Iterable[Scope], last_day: date | None = None) -> tuple[str, ApiKey]:
    """A new key, to be shown once, and what to write down of it.

    Raises:
        InvalidRequest: the name has characters that an entry cannot hold, or there is no scope.
    """
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            f"the name {name!r} is not 1 to 64 letters, digits, dots, hyphens or underscores that begin with a letter "
            "or digit"
        )
    wanted = frozenset(scopes)
    if not wanted:
        raise InvalidRequest(f"a key has at least one scope: {', '.join(SCOPES)}")
    secret = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    return secret, ApiKey(name, wanted, digest(secret), last_day)


def digest(secret: str) -> str:
    """SHA-256 of a key, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matching(secret: str, keys: Iterable[ApiKey]) -> ApiKey | None:
    """The key that this is the secret of. Every hash is compared, each in constant time."""
    given = digest(secret)
    found: ApiKey | None = None
    for key in keys:
        if hmac.compare_digest(given, key.sha256):
            found = key
    return found


def parsed(text: str, place: str = SETTING) -> tuple[ApiKey, ...]:
    """The keys written in a setting or a file: separated by commas, spaces or lines; `#` begins a remark.

    Raises:
        SettingsError: an entry is malformed, or a hash stands twice; `place` and the entry's number say where.
    """
    found: dict[str, ApiKey] = {}
    number = 0
    for line in text.splitlines():
        for entry in line.partition("#")[0].replace(",", " ").split():
            number += 1
            key = _entry(entry, f"{place}, entry {number}")
            if key.sha256 in found:
                raise SettingsError(f"{place}, entry {number}: the same key stands there twice")
            found[key.sha256] = key
    return tuple(found.values())


def today() -> date:
    """Today in UTC, by which keys end."""
    return datetime.now(UTC).date()


def _entry(entry: str, place: str) -> ApiKey:
    if entry.startswith(KEY_PREFIX):
        raise SettingsError(f"{place} is a key itself: write down its hash instead ({_FORM})")
    fields = entry.split(":")
    if len(fields) not in (3, 4):
        raise SettingsError(f"{place} does not have 3 or 4 fields: write {_FORM}")
    name, scopes, sha256 = fields[:3]
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{place}: its name has other characters than letters, digits and . - _: write {_FORM}"
        )
    wanted: set[Scope] = set()
    for written in scopes.split("+"):
        scope = next((known for known in SCOPES if known == written), None)
        if scope is None:
            raise SettingsError(
                f"{place} ({name}): its scopes are not of {', '.join(SCOPES)}, with + between several"
            )
        wanted.add(scope)
    if not _HASH.fullmatch(sha256):
        raise SettingsError(f"{place} ({name}): its hash is not 64 hexadecimal digits: write {_FORM}")
    last_day = None
    if len(fields) == 4:
        try:
            last_day = date.fromisoformat(fields[3])
        except ValueError:
            raise SettingsError(f"{place} ({name}): its last day is not of the form 2027-01-31") from None
    return ApiKey(name, frozenset(wanted), sha256, last_day)

"""The keys that open this server: from the setting, or from a file that is read again when it changes, so that a key
is added or withdrawn without a restart."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from ingest.errors import SettingsError
from service.api_keys import SETTING, ApiKey, matching, parsed, today

FILE_SCHEME = "file:"
RECHECK_S = 1.0

_log = logging.getLogger("dateline.access")


class KeyRefused(Exception):
    """What was sent is no key, or one whose last day is over; `reason` is the slug of the problem document."""

    def __init__(self, reason: Literal["key-invalid", "key-expired"]) -> None:
        super().__init__(reason)
        self.reason = reason


class KeyRing:
    """The keys. Safe to share between threads."""

    def __init__(
        self, keys: Sequence[ApiKey], source: Path | None = None, day: Callable[[], date] = today
    ) -> None:
        """`source`, when given, is the file that `keys` were read from."""
        self._keys = tuple(keys)
        self._source = source
        self._stamp = _stamp(source) if source is not None else None
        self._checked_at = time.monotonic()
        self._lock = threading.Lock()
        self._day = day

    @classmethod
    def parsed(cls, written: str) -> KeyRing:
        """The setting: entries, or `file:` and the path of a file with entries.

        Raises:
            SettingsError: the file cannot be read, an entry is malformed, or there is none at all.
        """
        source: Path | None = None
        if written.strip().startswith(FILE_SCHEME):
            source = Path(written.strip().removeprefix(FILE_SCHEME)).expanduser()
            keys = _read(source)
        else:
            keys = parsed(written)
        if not keys:
            raise SettingsError(
                f"{SETTING} is set and names no key: make one with `dateline keys new`, or unset it"
            )
        return cls(keys, source)

    def find(self, secret: str) -> ApiKey:
        """The key of a secret.

        Raises:
            KeyRefused: there is none, or its last day is over.
        """
        key = matching(secret, self._current())
        if key is None:
            raise KeyRefused("key-invalid")
        if key.expired(self._day()):
            raise KeyRefused("key-expired")
        return key

    def keys(self) -> tuple[ApiKey, ...]:
        """The keys as they are now."""
        return self._current()

    def _current(self) -> tuple[ApiKey, ...]:
        if self._source is None:
            return self._keys
        with self._lock:
            if time.monotonic() - self._checked_at >= RECHECK_S:
                self._checked_at = time.monotonic()
                stamp = _stamp(self._source)
                if stamp != self._stamp:
                    self._stamp = stamp
                    self._reread(self._source)
            return self._keys

    def _reread(self, source: Path) -> None:
        """Take over what the file says now. One that went or broke closes nothing and opens nothing: the keys stay,
        and the log says what to mend."""
        try:
            self._keys = _read(source)
        except SettingsError as error:
            _log.error("the API keys stay as they were: %s", error)
        else:
            _log.warning("read %d API keys from %s", len(self._keys), source)


def _read(source: Path) -> tuple[ApiKey, ...]:
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"{SETTING}: {source} cannot be read: {said}") from error
    return parsed(text, str(source))


def _stamp(source: Path) -> tuple[int, int, int] | None:
    try:
        found = source.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

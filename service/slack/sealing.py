"""Sealing the tokens of installed workspaces, so that whoever reads the store without the key learns none of them.

Fernet (github.com/fernet/spec): AES-128 in CBC mode under HMAC-SHA256, from the package `cryptography`. Several keys
may be set: the first seals, every one opens, which is how a key is exchanged for another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from ingest.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import SecretStr

SETTING = "DATELINE_SLACK_STORE_KEY"
HOW_TO_MAKE = "make one with `dateline slack workspaces new-key`"
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class Unsealable(SettingsError):
    """What is kept cannot be opened with the keys that are set, or was not sealed for its place."""


class Seal:
    """Seals and opens bytes."""

    def __init__(self, keys: list[str]) -> None:
        """`keys` are Fernet keys, the sealing one first."""
        from cryptography.fernet import Fernet, MultiFernet

        self._keys = keys
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def of(cls, written: SecretStr | None) -> Seal:
        """The keys of the setting, with commas between them.

        Raises:
            SettingsError: there is none, or one of them is no key. The message does not repeat it.
        """
        keys = [key.strip() for key in (written.get_secret_value() if written else "").split(",")]
        keys = [key for key in keys if key]
        if not keys:
            raise SettingsError(f"{SETTING} is not set: {HOW_TO_MAKE} (docs/slack.md)")
        for number, key in enumerate(keys, start=1):
            if not _KEY.fullmatch(key):
                which = f"the key number {number} in it" if len(keys) > 1 else "it"
                raise SettingsError(
                    f"{SETTING}: {which} is not 32 bytes in URL-safe base64 (44 characters); {HOW_TO_MAKE}"
                )
        return cls(keys)

    def sealed(self, content: bytes) -> bytes:
        """The content, sealed with the first key."""
        return self._fernet.encrypt(content)

    def opened(self, sealed: bytes) -> bytes:
        """The content.

        Raises:
            Unsealable: none of the keys opens it.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Unsealable(
                f"it was sealed with a key that {SETTING} does not hold, or is damaged"
            ) from error

    def signature(self, purpose: str, text: str) -> str:
        """A signature that only holders of the first key can make, apart for each purpose."""
        return self._signatures(purpose, text)[0]

    def has_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether it is a signature of any of the keys."""
        return any(
            hmac.compare_digest(one.encode(), signature.encode()) for one in self._signatures(purpose, text)
        )

    def _signatures(self, purpose: str, text: str) -> list[str]:
        signed = f"{purpose}\n{text}".encode()
        return [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in self._keys]


def new_key() -> str:
    """A key for the setting."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")

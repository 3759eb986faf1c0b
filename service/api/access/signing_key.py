"""The secret that signs the widget's tokens: from the settings, or from a file beside the index that only its owner
can read. A server makes that file when there is none; deleting it and starting again ends every token given out."""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from ingest.errors import SettingsError

KEY_FILE = "widget.key"
KEY_BYTES = 32
LEAST_CHARACTERS = 32
PRIVATE_MODE = 0o600

_log = logging.getLogger("dateline.access")


def signing_key(given: SecretStr | None, data_dir: Path) -> bytes:
    """The secret of the setting, or that of the data folder.

    Raises:
        SettingsError: the setting is too short, or the file can neither be read nor made.
    """
    if given is None:
        return _kept(data_dir)
    secret = given.get_secret_value().strip()
    if len(secret) < LEAST_CHARACTERS:
        raise SettingsError(
            f"DATELINE_WIDGET_SIGNING_KEY has fewer than {LEAST_CHARACTERS} characters; make one with "
            '`python -c "import secrets; print(secrets.token_urlsafe(32))"`'
        )
    return secret.encode()


def _kept(data_dir: Path) -> bytes:
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            _log.warning("%s could be read by others; only its owner may now", path)
            path.chmod(PRIVATE_MODE)
        secret = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"{path}: {error.strerror or error}; mend its permissions, or set DATELINE_WIDGET_SIGNING_KEY"
        ) from error
    if len(secret) < LEAST_CHARACTERS:
        raise SettingsError(f"{path} is damaged: delete it, and the next start makes another")
    return secret


def _make(path: Path) -> None:
    """Write a new secret whole or not at all; of two processes that try at once, one succeeds and both read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES).encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)

"""What the doctor looks at of access: secrets that others can read, keys and origins that cannot be understood."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import SettingsError
from service.diagnosis import Check

if TYPE_CHECKING:
    from service.settings import ServiceSettings

SECRET_FILES = ("widget.key", "server.token", "shared.sqlite3")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
LEAST_KEY_CHARS = 32


def access_checks(settings: ServiceSettings) -> list[Check]:
    """Everything about who may do what. Nothing is said of what is not configured."""
    written = settings.api_keys.get_secret_value().strip() if settings.api_keys is not None else ""
    secrets = [settings.data_dir / name for name in SECRET_FILES]
    if written.startswith("file:"):
        secrets.append(Path(written.removeprefix("file:")).expanduser())
    found = secret_file_checks(secrets)
    if settings.widget_signing_key is None:
        found += signing_key_checks(settings.data_dir / SECRET_FILES[0])
    found += api_key_checks(written) if written else []
    return found + setting_checks(settings)


def secret_file_checks(paths: Iterable[Path]) -> list[Check]:
    """Whether anybody but their owner may read these files; those that are not there are passed over."""
    there = [path for path in paths if path.is_file()]
    open_ones = [path for path in there if path.stat().st_mode & OTHERS]
    found = [
        Check(
            "secrets",
            "fail",
            f"{path} can be read by others ({stat.filemode(path.stat().st_mode)})",
            f"chmod 600 {path}",
        )
        for path in open_ones
    ]
    if there and not open_ones:
        found.append(Check("secrets", "ok", f"{len(there)} files, for their owner only"))
    return found


def signing_key_checks(path: Path) -> list[Check]:
    """Whether the widget's key, where there is a file, is one."""
    if not path.is_file():
        return []
    try:
        whole = len(path.read_bytes().strip()) >= LEAST_KEY_CHARS
    except OSError as error:
        return [
            Check(
                "widget key",
                "fail",
                f"{path} cannot be read: {error.strerror}",
                f"chown it: chown $USER {path}",
            )
        ]
    if not whole:
        return [
            Check(
                "widget key",
                "fail",
                f"{path} is damaged",
                f"rm {path}; the next `dateline serve` makes another",
            )
        ]
    return []


def api_key_checks(written: str) -> list[Check]:
    """Whether the entries of DATELINE_API_KEYS can be understood, and whether one has ended."""
    from service.api_keys import today
    from service.key_ring import KeyRing

    try:
        keys = KeyRing.parsed(written).keys()
    except SettingsError as error:
        return [
            Check(
                "api keys",
                "fail",
                str(error),
                "correct DATELINE_API_KEYS; `dateline keys new` prints an entry",
            )
        ]
    over = [key.name for key in keys if key.expired(today())]
    if over:
        remedy = "remove their lines, or make new ones with `dateline keys new`"
        return [Check("api keys", "warn", f"{', '.join(over)}: the last day is over", remedy)]
    return [Check("api keys", "ok", f"{len(keys)} keys")]


def setting_checks(settings: ServiceSettings) -> list[Check]:
    """Whether origins, limits, proxies and the signing key are written as the server will read them."""
    from service.api.access.addresses import TrustedProxies
    from service.api.access.limits import AccessLimits
    from service.api.access.origins import AllowedOrigins

    def limits() -> object:
        return AccessLimits.parsed(
            api=settings.api_limits,
            visitor=settings.visitor_limits,
            address=settings.address_limits,
            sessions=settings.session_limits,
        )

    readings: tuple[tuple[str, str, Callable[[], object]], ...] = (
        (
            "origins",
            "DATELINE_ALLOWED_ORIGINS",
            lambda: AllowedOrigins.parsed(settings.allowed_origins, settings.public_url),
        ),
        ("limits", "the limits", limits),
        ("proxies", "DATELINE_TRUSTED_PROXIES", lambda: TrustedProxies.parsed(settings.trusted_proxies)),
    )
    found = []
    for name, setting, read in readings:
        try:
            read()
        except SettingsError as error:
            found.append(Check(name, "fail", str(error), f"correct {setting}: docs/security.md"))
    key = settings.widget_signing_key
    if key is not None and len(key.get_secret_value().strip()) < LEAST_KEY_CHARS:
        found.append(
            Check(
                "widget key",
                "fail",
                f"DATELINE_WIDGET_SIGNING_KEY has fewer than {LEAST_KEY_CHARS} characters",
                'make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
            )
        )
    return found or [Check("access", "ok", "origins, limits and proxies can be read")]

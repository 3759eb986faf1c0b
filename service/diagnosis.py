"""What a diagnosis consists of: settings as they may be shown, and findings, each with what mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

if TYPE_CHECKING:
    from service.settings import ServiceSettings

SECRET_WORDS = ("key", "token", "secret", "password")

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting: its value as it may be shown, and where it came from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `remedy` says what to do when `status` is not ok."""

    name: str
    status: Status
    found: str
    remedy: str | None = None


@dataclass(slots=True)
class Diagnosis:
    """Everything found, in the order to read it."""

    settings: list[SettingLine] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether nothing has failed; a warning is no failure."""
        return all(check.status != "fail" for check in self.checks)

    @property
    def warned(self) -> bool:
        """Whether there is a warning."""
        return any(check.status == "warn" for check in self.checks)


def setting_lines(settings: ServiceSettings, data_dir_given: bool) -> list[SettingLine]:
    """Every setting by name, secrets hidden."""
    origins = settings.origins()
    if data_dir_given:
        origins["data_dir"] = "--data-dir"
    return [
        SettingLine(name, shown_value(name, getattr(settings, name)), origins[name])
        for name in sorted(type(settings).model_fields)
    ]


def shown_value(name: str, value: Any) -> str:
    """A value as it may be shown: a secret is only said to be set, a URL loses its password."""
    if value is None or value == "":
        return "(not set)"
    named_secret = any(word in name.split("_") or f"{word}s" in name.split("_") for word in SECRET_WORDS)
    if isinstance(value, SecretStr) or (
        named_secret and not isinstance(value, int)
    ):  # a number of tokens is none
        return "(set, hidden)"
    shown = str(value)
    if "://" in shown:
        parts = urlsplit(shown)
        if "@" in parts.netloc:
            return urlunsplit(parts._replace(netloc=f"…@{parts.netloc.rpartition('@')[2]}"))
    return shown

"""Settings of ingest: where the index lives and which embedder fills it.

Read once, at an entry point, from (strongest first) the process environment, `.env`, `dateline.toml`, and the
defaults below; then passed on. An unknown `DATELINE_…` name or an unknown key in `dateline.toml` is an error, because a
misspelt setting that is silently ignored is found at two in the morning.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ingest.errors import SettingsError

ENV_PREFIX = "DATELINE_"


def default_data_dir() -> Path:
    """`.dateline` beside the user's work, so that two projects do not share an index by accident."""
    return Path(".dateline")


def default_cache_dir() -> Path:
    """The user's cache folder, for graphs assembled from verified weights."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "dateline"


class IngestSettings(BaseSettings):
    """What ingest needs to know."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        toml_file="dateline.toml",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )

    data_dir: Path = Field(default_factory=default_data_dir, description="folder of the embedded index")
    cache_dir: Path = Field(default_factory=default_cache_dir, description="folder of assembled model graphs")
    chroma_url: str | None = Field(default=None, description="a Chroma server, instead of the embedded index")
    embedder: str = Field(default="bundled", description="bundled, onnx:/folder or openai:MODEL")
    max_file_mb: float = Field(default=20.0, gt=0, description="larger files are reported and skipped")
    read_timeout_s: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="seconds of processor time that an HTML or PDF file may take to read; three times as many by the "
        "clock",
    )
    read_memory_mb: float = Field(
        default=1000.0, ge=50, description="MB of memory that an HTML or PDF file may take to read (Linux)"
    )
    embed_threads: int = Field(default=0, ge=0, description="threads of the embedder; 0 means all cores")
    ingest_engine: Literal["plain", "ray"] = Field(
        default="plain",
        description="who reads and embeds: this process, or with ray the workers of a Ray cluster",
    )
    ray_address: str | None = Field(
        default=None,
        description="a Ray cluster that runs already; by default that of RAY_ADDRESS, else one on this machine",
    )
    ray_workers: int = Field(
        default=0, ge=0, description="workers on the Ray cluster, a core each; 0 means all its cores"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Constructor, environment, `.env`, then `dateline.toml`."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings, refusing unknown names.

        Raises:
            SettingsError: naming the unknown or invalid setting and, where one is near, the right spelling.
        """
        known = set(cls.model_fields)
        for name, where in _named_settings(cls):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
                raise SettingsError(f"unknown setting {name!r} in {where}{hint}")
        try:
            return cls(**overrides)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise SettingsError(f"setting {place}: {first['msg']} (got {first['input']!r})") from error

    def origins(self) -> dict[str, str]:
        """For each setting, where its value came from: for `dateline doctor`."""
        found: dict[str, str] = {}
        for name, where in _named_settings(type(self)):
            found.setdefault(name, where)
        aliases = _aliases(type(self))
        for variable, name in aliases.items():
            if os.environ.get(variable):
                found.setdefault(name, f"environment variable {variable}")
        return {name: found.get(name, "default") for name in type(self).model_fields}


def _aliases(cls: type[BaseSettings]) -> dict[str, str]:
    """Environment names that do not carry the prefix (`OPENAI_API_KEY`), and the field each one sets."""
    return {
        field.validation_alias.upper(): name
        for name, field in cls.model_fields.items()
        if isinstance(field.validation_alias, str)
    }


def _named_settings(cls: type[BaseSettings]) -> list[tuple[str, str]]:
    """Every setting somebody named, strongest place first: (field name, where)."""
    named = [
        (variable[len(ENV_PREFIX) :].lower(), f"environment variable {variable}")
        for variable, value in os.environ.items()
        if variable.startswith(ENV_PREFIX) and value
    ]
    dotenv = Path(str(cls.model_config.get("env_file")))
    if dotenv.is_file():
        aliases = _aliases(cls)
        for number, line in enumerate(dotenv.read_text(encoding="utf-8").splitlines(), start=1):
            variable = line.removeprefix("export ").partition("=")[0].strip()
            if variable.startswith(ENV_PREFIX):
                named.append((variable[len(ENV_PREFIX) :].lower(), f"{dotenv}:{number}"))
            elif variable in aliases:
                named.append((aliases[variable], f"{dotenv}:{number}"))
    toml = Path(str(cls.model_config.get("toml_file")))
    if toml.is_file():
        try:
            table: Mapping[str, object] = tomllib.loads(toml.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{toml} is not valid TOML: {error}") from error
        named += [(key, str(toml)) for key in table]
    return named


__all__ = ["ENV_PREFIX", "IngestSettings", "default_cache_dir", "default_data_dir"]

"""What an answer cost: tokens times the price of the model's name, from a table that the user can replace."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import SettingsError

PACKAGED = "prices.toml"
PER_TOKENS = 1_000_000


class Price(BaseModel):
    """One entry: US dollars for a million tokens, of the models whose names fit the pattern."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1)
    input_usd: float = Field(ge=0, allow_inf_nan=False)
    output_usd: float = Field(ge=0, allow_inf_nan=False)


class _PriceFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    price: list[Price] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Prices:
    """Tables in the order in which they are asked."""

    tables: tuple[Sequence[Price], ...] = ()

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The user's table, if there is one, before the packaged one.

        Raises:
            SettingsError: the file cannot be read, or is not such a table.
        """
        packaged = _read(resources.files("service").joinpath(PACKAGED).read_text("utf-8"), PACKAGED)
        if path is None:
            return cls((packaged,))
        try:
            text = path.expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"DATELINE_LLM_PRICES: {path} cannot be read: {error}") from error
        return cls((_read(text, str(path)), packaged))

    def cost_usd(self, model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
        """None when no table knows the model; within a table the longest pattern counts."""
        for table in self.tables:
            fitting = [price for price in table if fnmatchcase(model.lower(), price.model.lower())]
            if fitting:
                price = max(fitting, key=lambda one: len(one.model))
                return (prompt_tokens * price.input_usd + completion_tokens * price.output_usd) / PER_TOKENS
        return None


def _read(text: str, name: str) -> list[Price]:
    try:
        document: Any = tomllib.loads(text)
        return _PriceFile.model_validate(document).price
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name} is not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"{name}, {place}: {first['msg']}; an entry is [[price]] with model, input_usd and output_usd "
            "(US dollars for a million tokens)"
        ) from error


__all__ = ["Price", "Prices"]

"""Model calls kept as files, so that a run can be made again without a model, a key or a cent.

A call is named by what was asked: the hash of the model's name, the messages and the parameters. A folder holds the
calls of one model, each in a small JSON file whose texts stand line by line, so that a changed prompt shows in a diff
as the lines that changed. Nothing of the connection is kept: neither address nor key ever comes here.

    recordings/model.json        the model's name and context, which decide how much evidence a prompt holds
    recordings/3f1c….json        one call: messages, parameters, what was written, tokens and cost
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from ingest.errors import InvalidRequest, SettingsError
from service.answers import Frozen, Usage
from service.llm import ChatMessage, FinishReason

T = TypeVar("T", bound=Frozen)

MODEL_FILE = "model.json"
KEY_CHARS = 24
"""Of the 64 hexadecimal digits: 96 bits tell any two calls apart."""


class RecordedModel(Frozen):
    """Which model a folder's calls were made to."""

    name: str
    context_tokens: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a model: everything that decides its answer, as far as the asker decides it."""

    model: str
    messages: tuple[ChatMessage, ...]
    max_tokens: int
    temperature: float

    @property
    def key(self) -> str:
        """The call's name: hexadecimal digits of the SHA-256 of its canonical JSON."""
        parts = [
            self.model,
            [[message.role, message.content] for message in self.messages],
            self.max_tokens,
            self.temperature,
        ]
        canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_CHARS]


@dataclass(frozen=True, slots=True)
class Recording:
    """What came of a call. `finish_reason` is None where the reader wanted no more; `too_long` holds the model's words
    when it refused the prompt as too long, which is an answer like another: a shorter prompt follows."""

    text: str
    finish_reason: FinishReason | None
    usage: Usage
    too_long: str | None = None


class _File(Frozen):
    """A recording as it is written."""

    model: str
    max_tokens: int
    temperature: float
    messages: tuple[dict[str, str | list[str]], ...]
    text: list[str]
    finish_reason: FinishReason | None
    usage: Usage
    too_long: str | None = None


class Recordings:
    """A folder of recorded calls. Threads and processes may share it: files appear whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def model(self) -> RecordedModel | None:
        """The model whose calls these are; None in a folder that holds none yet.

        Raises:
            InvalidRequest: its file cannot be read.
        """
        path = self.folder / MODEL_FILE
        return None if not path.is_file() else _read(path, RecordedModel)

    def claim(self, model: RecordedModel) -> None:
        """Make this the folder of `model`'s calls.

        Raises:
            InvalidRequest: it is another's already.
            SettingsError: the folder cannot be written.
        """
        known = self.model()
        if known is None:
            self._write(MODEL_FILE, model.model_dump())
        elif known != model:
            raise InvalidRequest(
                f"{self.folder} holds recordings of {_named(known)}, not of {_named(model)}: record into another "
                "folder, or delete this one"
            )

    def find(self, call: Call) -> Recording | None:
        """What came of a call; None where it has not been recorded.

        Raises:
            InvalidRequest: its file cannot be read.
        """
        path = self.folder / f"{call.key}.json"
        if not path.is_file():
            return None
        kept = _read(path, _File)
        return Recording("\n".join(kept.text), kept.finish_reason, kept.usage, kept.too_long)

    def keep(self, call: Call, recording: Recording) -> None:
        """Record what came of a call.

        Raises:
            SettingsError: the folder cannot be written.
        """
        document = {
            "model": call.model,
            "max_tokens": call.max_tokens,
            "temperature": call.temperature,
            "messages": _lines(call.messages),
            "text": recording.text.split("\n"),
            "finish_reason": recording.finish_reason,
            "usage": recording.usage.model_dump(),
            "too_long": recording.too_long,
        }
        self._write(f"{call.key}.json", document)

    def _write(self, name: str, document: dict[str, Any]) -> None:
        content = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / name, content.encode("utf-8", "replace"))
        except OSError as error:
            raise SettingsError(f"the recording {self.folder / name} cannot be written: {error}") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever looks finds the old one or the new one, whole. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _lines(messages: Sequence[ChatMessage]) -> list[dict[str, str | list[str]]]:
    return [{"role": message.role, "content": message.content.split("\n")} for message in messages]


def _read(path: Path, kind: type[T]) -> T:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidRequest(
            f"{path} cannot be read as a recording: delete it and record it again"
        ) from error


def _named(model: RecordedModel) -> str:
    return f"{model.name} with a context of {model.context_tokens:,} tokens"

"""What `dateline doctor` finds out: each setting and where it came from, and whether everything needed is there.

Every check says what it found and, where something is wrong, what to do. A check never raises: the doctor is for
machines on which things fail.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from ingest.errors import DatelineError, IndexMismatch, IndexMissing, IndexOwned, WeightsError

if TYPE_CHECKING:
    from service.settings import ServiceSettings

LEAST_PYTHON = (3, 11)
WARN_FREE_BYTES = 1_000_000_000
LEAST_FREE_BYTES = 100_000_000
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


def examine(data_dir: Path | None = None) -> Diagnosis:
    """Check everything; `data_dir` is that of `--data-dir`."""
    from service.settings import ServiceSettings

    found = Diagnosis(checks=[_python()])
    try:
        settings = ServiceSettings.load() if data_dir is None else ServiceSettings.load(data_dir=data_dir)
    except DatelineError as error:
        found.checks.append(
            Check("settings", "fail", str(error), "correct it; the README lists every setting")
        )
        return found
    found.settings = setting_lines(settings, data_dir is not None)
    found.checks.append(Check("settings", "ok", f"{len(found.settings)} settings, all known"))
    found.checks += embedder_checks(settings)
    if settings.chroma_url is None:
        found.checks += [_folder(settings.data_dir), _disk(settings.data_dir)]
    found.checks += index_checks(settings)
    return found


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


def embedder_checks(settings: ServiceSettings) -> list[Check]:
    """Whether the embedder that the settings name can work."""
    scheme, _, rest = settings.embedder.partition(":")
    if scheme == "bundled":
        return [_weights(), _graph(settings)]
    if scheme == "onnx":
        return [_onnx_folder(settings, Path(rest).expanduser())]
    if scheme == "openai":
        if settings.openai_api_key:
            return [Check("embedder", "ok", f"{settings.embedder}; its service is asked when it is needed")]
        remedy = "set it, or DATELINE_EMBEDDER=bundled"
        return [Check("embedder", "fail", "OPENAI_API_KEY is not set", remedy)]
    remedy = "set DATELINE_EMBEDDER to bundled, onnx:/folder or openai:MODEL"
    return [Check("embedder", "fail", f"there is no embedder {settings.embedder!r}", remedy)]


def index_checks(settings: ServiceSettings) -> list[Check]:
    """Who owns the index; whether it opens with this embedder, what it holds, whether the keyword index is fresh."""
    if settings.chroma_url is None:
        from ingest.ownership import owner

        held = owner(settings.data_dir)
        if held is not None:
            owned = Check("owner", "ok", str(held))
            if held.url:
                return [owned, _asked(held.url)]
            return [
                owned,
                Check("index", "warn", "not looked at while it is in use", "run doctor again later"),
            ]
        free = Check("owner", "ok", "nobody: the index is free")
        if not settings.data_dir.exists():
            return [free, _nothing_ingested(f"there is no {settings.data_dir.resolve()}")]
        return [free, *_opened_index(settings)]
    return [
        Check("store", "ok", f"the Chroma server at {shown_value('url', settings.chroma_url)}"),
        *_opened_index(settings),
    ]


def _python() -> Check:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] < LEAST_PYTHON:
        return Check("python", "fail", found, "install Python 3.11 or newer")
    return Check("python", "ok", found)


def _weights() -> Check:
    from ingest.weights import MODEL_NAME, MODEL_SHA256, TOKENIZER_SHA256, find_weights, read_verified

    try:
        files = find_weights()
        read_verified(files.model, MODEL_SHA256)
        read_verified(files.tokenizer, TOKENIZER_SHA256)
    except WeightsError as error:
        return Check("weights", "fail", str(error), "install the project's dependencies again")
    return Check("weights", "ok", f"{MODEL_NAME}, SHA-256 {MODEL_SHA256[:12]}… as expected")


def _graph(settings: ServiceSettings) -> Check:
    from ingest.minilm import GRAPH_NAME

    path = settings.cache_dir / f"{GRAPH_NAME}.onnx"
    if path.is_file():
        return Check("graph", "ok", f"{path} ({path.stat().st_size / 1e6:.0f} MB)")
    return Check(
        "graph",
        "warn",
        f"not in {settings.cache_dir} yet",
        "nothing: the first ingest prepares it in seconds",
    )


def _onnx_folder(settings: ServiceSettings, folder: Path) -> Check:
    from ingest.embedding import open_embedder

    try:
        embedder = open_embedder(settings)
    except DatelineError as error:
        return Check("embedder", "fail", str(error), "correct DATELINE_EMBEDDER, or what is in that folder")
    return Check("embedder", "ok", f"{embedder.name} in {folder}: {embedder.dimension} dimensions")


def _folder(data_dir: Path) -> Check:
    place = _existing(data_dir)
    if not place.is_dir():
        return Check("folder", "fail", f"{place} is not a folder", "set DATELINE_DATA_DIR to another place")
    if not os.access(place, os.W_OK | os.X_OK):
        return Check(
            "folder", "fail", f"{place} cannot be written", "set DATELINE_DATA_DIR, or mend its permissions"
        )
    return Check("folder", "ok", f"{data_dir.resolve()} can be written")


def _disk(data_dir: Path) -> Check:
    place = _existing(data_dir)
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:,.1f} GB free at {place}"
    if free < LEAST_FREE_BYTES:
        return Check(
            "disk", "fail", found, "make room: an index needs about 8 kB for each chunk of 250 words"
        )
    if free < WARN_FREE_BYTES:
        return Check("disk", "warn", found, "make room before a large ingest")
    return Check("disk", "ok", found)


def _existing(path: Path) -> Path:
    """The nearest place that is there: of a folder that has not been made yet, the parent it will stand in."""
    place = path.resolve()
    while not place.exists():
        place = place.parent
    return place


def _nothing_ingested(found: str) -> Check:
    return Check("index", "warn", found, "run `dateline ingest FOLDER`")


def _opened_index(settings: ServiceSettings) -> list[Check]:
    from service.library import KEYWORD_FOLDER
    from service.opening import open_services

    keywords = None if settings.chroma_url else _key_in(settings.data_dir / KEYWORD_FOLDER)
    try:
        with open_services(settings, role="doctor") as services:
            ready = services.ready()
    except IndexMissing:
        return [_nothing_ingested("nothing has been ingested yet")]
    except IndexMismatch as error:
        return [
            Check(
                "index",
                "fail",
                str(error),
                "run `dateline ingest --rebuild FOLDER`, or change the embedder back",
            )
        ]
    except IndexOwned as error:
        return [Check("index", "warn", str(error), "run doctor again later")]
    except DatelineError as error:
        return [Check("index", "fail", str(error), "mend what it says, then run doctor again")]
    if not ready.articles:
        return [_nothing_ingested(ready.detail or "the index is empty")]
    index = Check("index", "ok", _counted(ready.articles, ready.chunks, ready.generation, ready.embedder))
    if settings.chroma_url:
        return [index]
    if keywords is not None and keywords.endswith(f"@{ready.generation}"):
        return [index, Check("keywords", "ok", "the keyword index is up to date")]
    words = (
        "the keyword index is missing" if keywords is None else "the keyword index is of an older generation"
    )
    return [index, Check("keywords", "warn", words, "nothing: the next question brings it up to date")]


def _key_in(folder: Path) -> str | None:
    """What the keyword index on disk is bound to."""
    from ingest.keywords import KeywordIndex

    index = KeywordIndex.open(folder, "")
    try:
        return index.key
    finally:
        index.close()


def _asked(url: str) -> Check:
    """What the server that owns the index says of it."""
    import httpx

    try:
        reply = httpx.get(f"{url}/readyz", timeout=5, trust_env=False)
        document = reply.json()
    except (httpx.HTTPError, ValueError) as error:
        return Check(
            "index",
            "fail",
            f"its server at {url} does not answer: {error}",
            "stop that process, start it again",
        )
    if reply.is_error:
        return _nothing_ingested(str(document.get("detail", f"status {reply.status_code}")))
    counts = (document[name] for name in ("articles", "chunks", "generation", "embedder"))
    return Check("index", "ok", f"{_counted(*counts)}, served at {url}")


def _counted(articles: int, chunks: int, generation: int | None, embedder: str) -> str:
    return f"{articles:,} articles in {chunks:,} chunks, generation {generation}, made with {embedder}"

"""What the doctor looks at in the index: who owns it, what a crash left, whether it opens, whether the indexes derived
from it are whole and up to date.

The database is looked at before the index is opened, because opening it mends it; and one that a writer left in the
middle is not opened at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import DatelineError, IndexMismatch, IndexMissing, IndexOwned
from service.diagnosis import Check, shown_value

if TYPE_CHECKING:
    from ingest.database_probe import DatabaseState
    from service.settings import ServiceSettings


def index_checks(settings: ServiceSettings) -> list[Check]:
    """Who owns the index; what a crash left; whether it opens with this embedder, what it holds, what is derived."""
    if settings.chroma_url is not None:
        shown = shown_value("chroma_url", settings.chroma_url)
        return [Check("store", "ok", f"the Chroma server at {shown}"), *_opened_index(settings)]
    from ingest.ownership import owner

    held = owner(settings.data_dir)
    if held is not None:
        owned = Check("owner", "ok", str(held))
        if held.url:
            return [owned, _asked(held.url, held.pid)]
        return [owned, Check("index", "warn", "not looked at while it is in use", "run doctor again later")]
    found = [owner_check(settings.data_dir)]
    if not settings.data_dir.exists():
        return [*found, _nothing_ingested(f"there is no {settings.data_dir.resolve()}")]
    database = settings.data_dir / "chroma" / "chroma.sqlite3"
    if not database.exists():
        return [*found, _nothing_ingested("nothing has been ingested yet")]
    from ingest.database_probe import probe_database

    state = probe_database(database)
    left = leftover_checks(state, settings.data_dir)
    if state.damage is not None or state.missing or state.writer:
        return [*found, *left]
    derived = derived_checks(settings.data_dir, state)  # before opening, which may bring them up to date
    opened = _opened_index(settings)
    if any(check.name == "index" and check.status != "ok" for check in opened):
        return [*found, *left, *opened]
    return [*found, *left, *opened, *derived]


def owner_check(data_dir: Path) -> Check:
    """That the index is free; and whether somebody who owned it was killed."""
    from ingest.ownership import OWNER_FILE

    note = data_dir / OWNER_FILE
    if note.exists():
        try:
            said = json.loads(note.read_text(encoding="utf-8"))
            who = f"dateline {said['role']}, process {said['pid']}, since {said['started_at']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "somebody whose note cannot be read"
        return Check(
            "owner",
            "warn",
            f"nobody: the index is free, but {who} ended without saying so: it was killed, or the machine stopped",
            "nothing: the lock went with the process, and the next command takes the index over",
        )
    return Check("owner", "ok", "nobody: the index is free")


def leftover_checks(state: DatabaseState, data_dir: Path) -> list[Check]:
    """What a look into the database says of crashes: damage, a writer that never finished, things that nobody owns."""
    if state.damage is not None:
        remedy = f"`rm -r {data_dir / 'chroma'}`, then `dateline restore FILE` from a backup, or ingest again"
        return [Check("index", "fail", f"the database is damaged: {state.damage}", remedy)]
    if state.missing:
        remedy = f"restore a backup, or `rm -r {data_dir / 'chroma'}` and ingest again"
        return [Check("index", "fail", f"the index lacks its {' and '.join(state.missing)}", remedy)]
    found = []
    if state.writer:
        found.append(
            Check(
                "ingest",
                "warn",
                "a command that was writing ended in the middle; what had been committed is whole",
                "dateline ingest FOLDER (the same folder: it does the rest); any other command mends the index, too",
            )
        )
    if state.unclaimed_chunks:
        words = (
            "chunks of no article are" if state.unclaimed_chunks > 0 else "chunks of articles are missing:"
        )
        found.append(
            Check(
                "ingest",
                "warn" if state.unclaimed_chunks > 0 else "fail",
                f"{abs(state.unclaimed_chunks):,} {words} in the index",
                "dateline ingest FOLDER removes them" if state.unclaimed_chunks > 0 else "dateline rebuild",
            )
        )
    if state.abandoned:
        found.append(
            Check(
                "leftovers",
                "warn",
                f"{len(state.abandoned)} rebuild or restore that never came into use",
                "dateline ingest FOLDER, or dateline vacuum, removes it",
            )
        )
    beside = sorted(path.name for path in data_dir.glob("vacuum-*"))
    if state.lost_folders or beside:
        number = len(state.lost_folders) + len(beside)
        found.append(
            Check(
                "leftovers",
                "warn",
                f"{number} folders that nothing uses ({state.lost_bytes / 1e6:,.1f} MB of vectors)",
                "dateline vacuum removes them",
            )
        )
    return found


def derived_checks(data_dir: Path, state: DatabaseState) -> list[Check]:
    """Whether each derived index is there, whole, and of the state that the database is in."""
    from ingest.catalogue_copy import CatalogueCopy
    from ingest.derived_index import KEY_FILE
    from ingest.evidence import EvidenceIndex
    from ingest.keywords import KeywordIndex
    from ingest.vectors import VectorIndex
    from service.derived_indexes import KEYWORD_FOLDER, SENTENCE_FOLDER, VECTOR_FOLDER
    from service.library import CATALOGUE_FOLDER

    expected = state.key or ""
    found = []
    for name, kind, folder in (
        ("keywords", KeywordIndex, KEYWORD_FOLDER),
        ("vectors", VectorIndex, VECTOR_FOLDER),
        ("sentences", EvidenceIndex, SENTENCE_FOLDER),
        ("catalogue", CatalogueCopy, CATALOGUE_FOLDER),
    ):
        place = data_dir / folder
        opened = kind.open(place, expected)
        held = opened.key
        close = getattr(opened, "close", None)
        if close is not None:
            close()
        if held == expected:
            found.append(Check(name, "ok", "up to date"))
            continue
        if held is not None:
            said = "it is of an earlier state, or of another index"
        else:
            said = "it is damaged" if (place / KEY_FILE).exists() else "it is missing"
        found.append(
            Check(name, "warn", said, "nothing: the next question brings it up to date from the index")
        )
    return found


def _nothing_ingested(found: str) -> Check:
    return Check("index", "warn", found, "run `dateline ingest FOLDER`")


def _opened_index(settings: ServiceSettings) -> list[Check]:
    from service.opening import open_services

    try:
        with open_services(settings, role="doctor") as services:
            ready = services.ready()
    except IndexMissing:
        return [_nothing_ingested("nothing has been ingested yet")]
    except IndexMismatch as error:
        remedy = "run `dateline rebuild`, or change the embedder back"
        return [Check("index", "fail", str(error), remedy)]
    except IndexOwned as error:
        return [Check("index", "warn", str(error), "run doctor again later")]
    except DatelineError as error:
        return [Check("index", "fail", str(error), "mend what it says, then run doctor again")]
    if not ready.articles:
        return [_nothing_ingested(ready.detail or "the index is empty")]
    return [Check("index", "ok", _counted(ready.articles, ready.chunks, ready.generation, ready.embedder))]


def _asked(url: str, pid: int) -> Check:
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
            f"stop that process (kill {pid}) and start it again: dateline serve",
        )
    if reply.is_error:
        return _nothing_ingested(str(document.get("detail", f"status {reply.status_code}")))
    counts = (document[name] for name in ("articles", "chunks", "generation", "embedder"))
    return Check("index", "ok", f"{_counted(*counts)}, served at {url}")


def _counted(articles: int, chunks: int, generation: int | None, embedder: str) -> str:
    return f"{articles:,} articles in {chunks:,} chunks, generation {generation}, made with {embedder}"

"""`dateline restore`: an index from a backup, beside the one that is there, which it then replaces.

The whole archive is read and checked before anything is written. Then its articles are written beside what is in use,
with the vectors they had, and read back; only when every one is what it was does one write to the pointer put the new
index in the place of the old one. Whatever goes wrong before leaves the old one in use.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import DatelineError, IndexMissing, IndexOwned, InvalidRequest, UpstreamUnavailable
from ingest.ownership import Ownership
from ingest.packed import PackedArticle, check_copy, write_in_batches
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from service.backup_files import PRIVATE_MODE
from service.backup_format import Header
from service.backup_reading import Contents, check_backup, opened_backup
from service.backup_writing import WIDGET_KEY_FILE
from service.feedback_log import FEEDBACK_FOLDER
from service.map_cache import FOLDER as MAPS_FOLDER
from service.map_cache import MapCache
from service.vacuuming import remove_derived


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `fingerprint` is that of the embedder that the index now needs; `notes` say what was not."""

    articles: int
    chunks: int
    feedback_files: int
    secrets: bool
    fingerprint: str
    notes: tuple[str, ...] = ()


def restore(
    settings: IngestSettings,
    path: Path,
    *,
    replace: bool = False,
    on_article: Callable[[int, int], None] | None = None,
) -> Restored:
    """Put the index of a backup in the place of that of `settings`.

    Raises:
        InvalidRequest: the backup is cut, altered or none; or there are articles already and `replace` is off.
        IndexOwned: a server or another command uses the index.
        UpstreamRefused: what was written is not what is read back; the old index is in use.
        UpstreamUnavailable, SettingsError: from the store.
    """
    contents = check_backup(path)
    header, totals = contents.header, contents.totals
    if header is None or totals is None:
        raise InvalidRequest(f"{path} is no whole backup")
    embedded = settings.chroma_url is None
    with _owned(settings) if embedded else nullcontext():
        with _opened(settings, header) as store:
            if store.catalogue() and not replace:
                raise InvalidRequest(
                    f"the index holds {len(store.catalogue()):,} articles: pass --replace to put those of the backup "
                    "in their place, or name another folder with --data-dir"
                )
            _fill(store, header, path, contents, on_article)
            versions = {record.article_id: record.version for record in store.catalogue()}
        notes: list[str] = []
        if embedded:
            remove_derived(settings.data_dir)
            MapCache(settings.data_dir / MAPS_FOLDER, lambda: versions).sweep()
        try:
            _restore_files(settings.data_dir, contents, replace, notes)
        except OSError as error:
            raise UpstreamUnavailable(
                f"the articles are restored, but not the feedback or the key: {error}; run it again with --replace"
            ) from error
    return Restored(
        totals.articles,
        totals.chunks,
        totals.feedback_files,
        totals.secrets,
        header.fingerprint,
        tuple(notes),
    )


def _fill(
    store: ArticleStore,
    header: Header,
    path: Path,
    contents: Contents,
    on_article: Callable[[int, int], None] | None,
) -> None:
    """Write the articles of the backup beside those of `store`, check them, and let them take their place."""
    target = store.rebuild(header.fingerprint, header.dimension)
    try:
        with opened_backup(path) as reader:
            if reader.header() != header:
                raise InvalidRequest(f"{path} changed while it was read")
            write_in_batches(target, _wanted(reader, contents, on_article))
        check_copy(target, {one: digest for one, (_, digest) in contents.catalogue.items()})
        target.activate()
    except BaseException:
        with suppress(DatelineError):
            store.sweep()  # what was begun; the next ingest does it otherwise
        raise


def _wanted(
    articles: Iterable[PackedArticle],
    contents: Contents,
    on_article: Callable[[int, int], None] | None,
) -> Iterator[PackedArticle]:
    """The articles that count, each once: an archive may hold earlier versions too."""
    left = dict(contents.catalogue)
    total = len(left)
    for article in articles:
        article_id = article.record.article_id
        if left.get(article_id) == (article.record.version, article.digest()):
            del left[article_id]
            yield article
            if on_article is not None:
                on_article(total - len(left), total)


def _opened(settings: IngestSettings, header: Header) -> ArticleStore:
    """The index as it is, whatever embedder filled it, or a new and empty one."""
    try:
        return ArticleStore.open(settings, fingerprint=None, dimension=None, create=False)
    except IndexMissing:
        return ArticleStore.open(
            settings, fingerprint=header.fingerprint, dimension=header.dimension, create=True
        )


def _owned(settings: IngestSettings) -> Ownership:
    try:
        return Ownership.acquire(settings.data_dir, role="restore")
    except IndexOwned as error:
        raise IndexOwned(f"{error}; stop it for the time of the restore", error.owner_url) from error


def _restore_files(data_dir: Path, contents: Contents, replace: bool, notes: list[str]) -> None:
    """Readers' verdicts and the widget's key, where the folder has none or they may be replaced. Raises OSError."""
    if contents.feedback:
        folder = data_dir / FEEDBACK_FOLDER
        if any(folder.glob("feedback*.jsonl")) and not replace:
            notes.append("the feedback that is there was kept, and that of the backup left out")
        else:
            _replace_feedback(folder, contents.feedback)
    if contents.secret is not None:
        key = data_dir / WIDGET_KEY_FILE
        if key.exists() and not replace:
            notes.append("the widget's key that is there was kept")
        else:
            _write_private(key, contents.secret)


def _replace_feedback(folder: Path, files: dict[str, bytes]) -> None:
    fresh = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}")
    fresh.mkdir(mode=0o700, parents=True)
    try:
        for name, content in files.items():
            _write_private(fresh / name, content)
        before = folder.with_name(f"{fresh.name}.old")
        if folder.exists():
            folder.rename(before)
        fresh.rename(folder)
        shutil.rmtree(before, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


__all__ = ["Restored", "restore"]

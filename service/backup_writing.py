"""`dateline backup`: everything that cannot be made again, in one file, while a server or an ingest goes on.

An embedded index is read from a snapshot of its database (`ingest.snapshot`), whoever owns it. That of a Chroma server
is read itself: what changed during a pass is read in another one, until nothing did. Either way the catalogue at the
end of the archive names one state that was committed, and every article of it is in the archive.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from ingest.errors import UpstreamUnavailable
from ingest.packed import PackedArticle
from ingest.settings import IngestSettings
from ingest.snapshot import snapshot
from ingest.store import ArticleStore
from service import backup_files, backup_format
from service.backup_format import HEADER, MANIFEST, PART_BYTES, SECRET, Header, Totals, part_name
from service.feedback_log import FEEDBACK_FOLDER

WIDGET_KEY_FILE = "widget.key"
MOST_PASSES = 50
CATALOGUE_ROWS = 50_000

OnArticle = Callable[[int, int], None]
"""Told how many articles of how many are written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds."""

    articles: int
    chunks: int
    feedback_files: int
    secrets: bool
    bytes: int


def back_up(
    settings: IngestSettings,
    path: Path,
    *,
    with_secrets: bool = False,
    force: bool = False,
    on_article: OnArticle | None = None,
) -> Written:
    """Write a backup of the index of `settings` to `path`, whose ending says how it is compressed.

    Raises:
        InvalidRequest: the file cannot be one, or is there already and `force` is off.
        IndexMissing: there is no index.
        IndexDamaged: an article is not what was written, so that the backup would hold the damage.
        UpstreamUnavailable: the index could not be read, the file not be written, or the index changes all the time.
    """
    with (
        backup_files.writing(path, force=force) as archive,
        tempfile.TemporaryDirectory(prefix="dateline-backup-") as scratch,
        snapshot(settings, Path(scratch)) as store,
    ):
        totals = _Writer(archive, on_article).write(store, settings.data_dir, with_secrets)
    return Written(totals.articles, totals.chunks, totals.feedback_files, totals.secrets, path.stat().st_size)


@dataclass(slots=True)
class _Writer:
    """One archive on its way."""

    archive: tarfile.TarFile
    on_article: OnArticle | None
    members: dict[str, tuple[int, str]] = field(default_factory=dict)
    written: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Version, digest and number of chunks of the articles written last, by id."""
    parts: int = 0

    def write(self, store: ArticleStore, data_dir: Path, with_secrets: bool) -> Totals:
        """Write it all."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._put(HEADER, Header(store.fingerprint, store.dimension, now, _dateline()).content())
        self._articles(store)
        self._catalogue()
        feedback = self._feedback(data_dir / FEEDBACK_FOLDER)
        key = _widget_key(data_dir) if with_secrets else None
        if key is not None:
            self._put(SECRET, key)
        chunks = sum(count for _, _, count in self.written.values())
        totals = Totals(len(self.written), chunks, feedback, key is not None)
        backup_files.put(self.archive, MANIFEST, backup_format.manifest_content(self.members, totals))
        return totals

    def _put(self, name: str, content: bytes) -> None:
        backup_files.put(self.archive, name, content)
        self.members[name] = len(content), hashlib.sha256(content).hexdigest()

    def _articles(self, store: ArticleStore) -> None:
        """Write every article, and again those that changed meanwhile, until nothing did."""
        first = store.suffix
        for _ in range(MOST_PASSES):
            before = store.state
            if store.suffix != first:
                raise UpstreamUnavailable("the index was rebuilt meanwhile: run the backup again")
            wanted = {record.article_id: record.version for record in store.catalogue()}
            self.written = {one: held for one, held in self.written.items() if wanted.get(one) == held[0]}
            self._pass(store, [one for one in wanted if one not in self.written], len(wanted))
            complete = all(self.written.get(one, ("",))[0] == version for one, version in wanted.items())
            if complete and len(self.written) == len(wanted) and store.state == before:
                return
        raise UpstreamUnavailable(
            f"the index changed during each of {MOST_PASSES} passes: run the backup when less is written to it"
        )

    def _pass(self, store: ArticleStore, article_ids: list[str], total: int) -> None:
        lines, size = list[bytes](), 0
        for article in store.packed(article_ids):
            article.check(store.dimension)
            line = _line(article)
            lines.append(line)
            size += len(line)
            record = article.record
            self.written[record.article_id] = record.version, article.digest(), record.chunk_count
            if self.on_article is not None:
                self.on_article(len(self.written), total)
            if size >= PART_BYTES:
                self._part(lines)
                lines, size = [], 0
        self._part(lines)

    def _part(self, lines: list[bytes]) -> None:
        if lines:
            self._put(part_name("articles", self.parts), b"".join(lines))
            self.parts += 1

    def _catalogue(self) -> None:
        rows = sorted((one, version, digest) for one, (version, digest, _) in self.written.items())
        for number, start in enumerate(range(0, len(rows), CATALOGUE_ROWS)):
            content = "".join(json.dumps(row) + "\n" for row in rows[start : start + CATALOGUE_ROWS])
            self._put(part_name("catalogue", number), content.encode("ascii"))

    def _feedback(self, folder: Path) -> int:
        """Readers' verdicts; how many files of them."""
        count = 0
        for path in sorted(folder.glob("feedback*.jsonl")):
            name = f"{FEEDBACK_FOLDER}/{path.name}"
            if backup_format.kind_of(name) == "feedback":
                try:
                    content = path.read_bytes()
                except FileNotFoundError:  # rotated away this moment
                    continue
                self._put(name, content[: content.rfind(b"\n") + 1])  # the last line may be on its way
                count += 1
        return count


def _line(article: PackedArticle) -> bytes:
    return json.dumps(article.document(), separators=(",", ":"), ensure_ascii=True).encode("ascii") + b"\n"


def _widget_key(data_dir: Path) -> bytes | None:
    """What signs the widget's tokens, where it is a file of the data folder."""
    try:
        return (data_dir / WIDGET_KEY_FILE).read_bytes()
    except FileNotFoundError:
        return None


def _dateline() -> str:
    try:
        return version_of("dateline")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"


__all__ = ["Written", "back_up"]

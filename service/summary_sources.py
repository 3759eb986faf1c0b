"""Which articles a summary is asked of: sources as people name them, and what the filters leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.articles import ArticleFilter
from ingest.records import ArticleRecord
from service.library import Library
from service.shelf import Shelf


def selected(library: Library, sources: Sequence[str], filters: ArticleFilter) -> list[str]:
    """The ids of the articles that `sources` name and `filters` admit, by publication date and source; those without a
    date last.

    A source is an id, a path or an unambiguous ending of one, a folder (all that is under it), or a file of many
    records (all of them). None means every article.

    Raises:
        ArticleNotFound: nothing has this name, or several have.
    """
    shelf = library.shelf()
    named: dict[str, None] = {}
    for source in sources:
        named.update(dict.fromkeys(_named(library, shelf, source)))
    chosen: Iterable[str] = named if sources else shelf.records
    allowed = library.admitted(filters)
    kept = [one for one in chosen if allowed is None or one in allowed]
    return sorted(kept, key=lambda one: _order(shelf, one))


def _named(library: Library, shelf: Shelf, source: str) -> list[str]:
    key = source.strip().replace("\\", "/").removeprefix("./")
    if key in shelf.records:
        return [key]
    if key in shelf.by_source:
        return [shelf.by_source[key]]
    folder = key.rstrip("/")
    if folder:
        under = [
            one for name, one in shelf.by_source.items() if name.startswith((f"{folder}/", f"{folder}#"))
        ]
        under = under or [record.article_id for record in shelf.records.values() if _lies_in(folder, record)]
        longer = under or [one for name, one in shelf.by_source.items() if folder.endswith(f"/{name}")]
        if under or len(longer) == 1:
            return longer
    return [library.article(source).record.article_id]


def _lies_in(folder: str, record: ArticleRecord) -> bool:
    """Whether a folder or file, by its path or an ending of it, is what was ingested, or lies in it, and has the
    article. `archive` in the path of what was ingested is no name for it: everything there may lie in an archive."""
    root = f"/{record.root.strip('/')}".rstrip("/")
    path, name = f"{root}/{record.source}", f"/{folder.strip('/')}"
    place = path.find(name)
    while place >= 0:
        end = place + len(name)
        if end >= len(root) and path[end : end + 1] in ("", "/", "#"):
            return True
        place = path.find(name, place + 1)
    return False


def _order(shelf: Shelf, article_id: str) -> tuple[bool, str, str]:
    record = shelf.records[article_id]
    return record.published_at is None, record.published_at or "", record.source


def without_copies(shelf: Shelf, article_ids: Sequence[str]) -> tuple[list[str], int]:
    """The articles without those that are near-copies of one before them, and how many those are."""
    kept: list[str] = []
    seen: set[str] = set()
    for one in article_ids:
        if one not in seen:
            kept.append(one)
            seen.update(shelf.copies.get(one, ()))
    return kept, len(article_ids) - len(kept)


def group_of(shelf: Shelf, article_id: str) -> str:
    """What names the set of near-copies that an article belongs to: the smallest of their ids."""
    return min((article_id, *shelf.copies.get(article_id, ())))


__all__ = ["group_of", "selected", "without_copies"]

"""What is known of all articles in one state of the index: made once from the catalogue, then only looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.articles import ArticleFilter
from ingest.derived_index import generation_of
from ingest.duplicates import groups
from ingest.records import ArticleRecord
from service.outlets import OutletNames


@dataclass(frozen=True)
class Shelf:
    """What is known of one state: every record by id, ids by source and by outlet (in lower case), the near-copies of
    each article, how questions name the outlets, and the date of the newest article. `key` names the state
    (`ArticleStore.state`): what derived indexes are bound to."""

    key: str
    records: dict[str, ArticleRecord]
    by_source: dict[str, str]
    by_outlet: dict[str, frozenset[str]]
    copies: dict[str, tuple[str, ...]]
    outlets: OutletNames
    newest: date | None

    @property
    def generation(self) -> int:
        """A number that grows with every change."""
        return generation_of(self.key)

    @property
    def versions(self) -> dict[str, str]:
        """The version of every article, by id."""
        return {record.article_id: record.version for record in self.records.values()}


def admitted(shelf: Shelf, filters: ArticleFilter) -> frozenset[str]:
    """The ids of the articles that pass."""
    if filters == ArticleFilter(filters.outlets):  # what questions that name outlets ask
        found = [shelf.by_outlet.get(outlet.casefold(), frozenset()) for outlet in filters.outlets]
        return found[0] if len(found) == 1 else frozenset().union(*found)
    return frozenset(
        record.article_id
        for record in shelf.records.values()
        if filters.admits(record.source, record.outlet, record.published_at)
    )


def shelve(key: str, catalogue: Sequence[ArticleRecord]) -> Shelf:
    """The shelf of a state in which the articles are the `catalogue`; `key` as in `Shelf`."""
    records = {record.article_id: record for record in catalogue}
    signatures = {record.article_id: record.signature for record in catalogue if record.signature}
    copies: dict[str, tuple[str, ...]] = {}
    for group in groups(signatures):
        for article_id in group:
            copies[article_id] = tuple(other for other in group if other != article_id)
    by_outlet: dict[str, list[str]] = {}
    for record in catalogue:
        by_outlet.setdefault((record.outlet or "").casefold(), []).append(record.article_id)
    return Shelf(
        key=key,
        records=records,
        by_source={record.source: record.article_id for record in catalogue},
        by_outlet={outlet: frozenset(ids) for outlet, ids in by_outlet.items()},
        copies=copies,
        outlets=OutletNames({record.outlet for record in catalogue if record.outlet}),
        newest=_newest(catalogue),
    )


def _newest(catalogue: Iterable[ArticleRecord]) -> date | None:
    """The day of the newest article: what "last week" counts from in an archive."""
    days = [record.published_at[:10] for record in catalogue if record.published_at]
    for day in sorted(days, reverse=True):
        try:
            return date.fromisoformat(day)
        except ValueError:
            continue
    return None

"""How an index in files that only grow is brought up to date: what vectors and sentences have in common.

The folder holds one sub-folder with the rows and `key.json`, which names that sub-folder, says how much of its files
counts (a `State`), and what key that is bound to. `key.json` is replaced atomically, last, and nothing that it counts
is ever overwritten: a crash leaves the old state whole, which the store has left behind. Searches go by a snapshot of
one state (a `Table`), and by the old one until the new one is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ingest import derived_index
from ingest.derived_index import FolderIndex
from ingest.errors import UpstreamRefused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Rows = TypeVar("Rows")
"""An article as it is written."""
State = TypeVar("State", bound="DataclassInstance")
Table = TypeVar("Table")

DEAD_SHARE = 0.25
"""Files are written anew when more of the rows than this are of articles that are gone."""


class SyncedIndex(FolderIndex, Generic[Rows, State, Table]):
    """Rows by article, of which a table is read. The methods that are not implemented here know the files."""

    VERSION: ClassVar[str | int]
    """Of the files; an index of another version is stale."""
    STATE: ClassVar[Callable[..., Any]]
    """The class of the state."""

    def __init__(self, folder: Path, expected_key: str) -> None:
        """Use `open`."""
        super().__init__(folder, expected_key)
        self._counted: tuple[Path, State] | None = None
        self._table: Table | None = None

    def close(self) -> None:
        """Let go of the files. The object finds nothing afterwards."""
        self._table, self._key = None, None

    def _synced(
        self, versions: Mapping[str, str], read: Callable[[Sequence[str]], Iterable[Rows]], key: str
    ) -> int:
        """Bring the index to `key`, at which the store holds these `versions`, by article id.

        Only what the index lacks is read, whichever state it was bound to, because an article's version and the store's
        fingerprint decide its rows; an index that is missing, damaged or of another fingerprint is read whole. Returns
        how many articles were asked of `read`; one that it no longer gives is gone.

        Raises:
            UpstreamRefused: the folder cannot be written. The index is then what it was, and stale.
            InvalidRequest: rows do not go together, as vectors of several dimensions.
        """
        with self._writing:
            self._expected_key = key
            held = self._held() if self._bound(key) else None
            known = {} if held is None else self._versions(held[2])
            lacking = [one for one, version in versions.items() if known.get(one) != version]
            gone = {one for one, version in known.items() if versions.get(one) != version}
            fresh = read(lacking) if lacking else ()
            try:
                if held is None:
                    self._replace(fresh, key)
                elif not self._can_grow(held[2]):
                    self._replace(chain(self._alive(held[2], gone), fresh), key)
                else:
                    table = self._turn(held[0], self._grown(*held, fresh, gone), key)
                    if self._worn(table):
                        self._replace(self._alive(table, ()), key)
            except OSError as error:
                raise UpstreamRefused(f"the {self.NOUN} could not be written: {error}") from error
            return len(lacking)

    def _load(self) -> None:
        try:
            place, state, key = derived_index.read_state(self._folder, self.VERSION, self.STATE)
            table = self._opened(place, state)
        except derived_index.UNREADABLE:
            return
        self._counted, self._table, self._key = (place, state), table, key

    def _held(self) -> tuple[Path, State, Table] | None:
        """What there is to add to, unless its files were damaged since it was opened."""
        if self._counted is None or self._table is None or not self._whole(*self._counted):
            return None
        return *self._counted, self._table

    def _replace(self, articles: Iterable[Rows], key: str) -> None:
        """Write the articles to a new sub-folder and turn to it."""
        with derived_index.new_place(self._folder) as place:
            self._turn(place, self._written(place, articles), key)

    def _turn(self, place: Path, grown: tuple[State, Table], key: str) -> Table:
        """Record that this state of `place` counts under `key`, and go on with it."""
        state, table = grown
        derived_index.write_state(place, self.VERSION, state, key)
        self._counted, self._table, self._key = (place, state), table, key
        derived_index.remove_others(self._folder, place)
        return table

    # ---- the files

    def _opened(self, place: Path, state: State) -> Table:
        """The table of what `state` counts. Raises one of `derived_index.UNREADABLE` for what was not written so."""
        raise NotImplementedError

    def _whole(self, place: Path, state: State) -> bool:
        """Whether the files are still what was written."""
        raise NotImplementedError

    def _written(self, place: Path, articles: Iterable[Rows]) -> tuple[State, Table]:
        """Make `place`, and put these articles there. Raises OSError."""
        raise NotImplementedError

    def _grown(
        self, place: Path, state: State, table: Table, articles: Iterable[Rows], gone: Collection[str]
    ) -> tuple[State, Table]:
        """Put articles behind what `state` counts, of which those with the ids `gone` no longer do. Raises OSError."""
        raise NotImplementedError

    def _versions(self, table: Table) -> Mapping[str, str]:
        """The version of each article that is not gone, by its id."""
        raise NotImplementedError

    def _alive(self, table: Table, gone: Collection[str]) -> Iterable[Rows]:
        """The articles that are not gone, as they were taken in, but for those with the ids `gone`."""
        raise NotImplementedError

    def _can_grow(self, table: Table) -> bool:
        """Whether articles may be put behind those that are there."""
        return True

    def _worn(self, table: Table) -> bool:
        """Whether the files had better be written anew."""
        raise NotImplementedError


__all__ = ["DEAD_SHARE", "SyncedIndex"]

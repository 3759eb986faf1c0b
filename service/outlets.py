"""Which outlets of the archive a question names, and where.

"According to the Times", "'Polygon' and The Verge both report", "Fox News' health section": readers name outlets in
other words than metadata does (`service.outlet_aliases` derives those), and many outlets are named with ordinary words,
so that "the age of sail" and "a fortune" must not count. What tells them apart is capitals, quotes, and the words of
reporting beside them; what rules a name out is a longer name around it ("The Times of India", "Dragon Age").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from service.outlet_aliases import Alias, Trust, aliases_of, section_keys, squeeze, take_apart
from service.outlet_context import Candidate, Reading, is_meant, joined_names


@dataclass(frozen=True, slots=True)
class OutletMention:
    """`words` at `question[start:end]` name `outlets`, as metadata writes them: several when a publication is named
    whose sections the archive knows as outlets of their own."""

    start: int
    end: int
    words: str
    outlets: frozenset[str]


class OutletNames:
    """The outlets of one archive. Nothing is derived before the first question; threads may share it."""

    def __init__(self, outlets: Iterable[str]) -> None:
        """`outlets`: distinct names as they stand in metadata."""
        self._outlets = tuple(sorted({name for name in outlets if squeeze(name)}))

    @property
    def names(self) -> tuple[str, ...]:
        """The outlets as metadata writes them, sorted."""
        return self._outlets

    def mentions(self, question: str) -> tuple[OutletMention, ...]:
        """The outlets that `question` names, in order, none overlapping another. The longest name wins."""
        lexicon = self._lexicon
        if not lexicon.keys:
            return ()
        reading = Reading.of(question)
        accepted: dict[int, Candidate] = {}
        doubtful: list[Candidate] = []
        index = 0
        while index < len(reading.tokens):
            found = lexicon.candidates(reading, index)
            taken = next((one for one in found if is_meant(reading, one)), None)
            if taken is None:
                doubtful += found[:1]
                index += 1
                continue
            accepted[taken.first] = taken
            index = taken.last + 1
        for one in joined_names(reading, accepted, doubtful):
            accepted[one.first] = one
        return tuple(lexicon.mention(reading, accepted[first]) for first in sorted(accepted))

    @cached_property
    def _lexicon(self) -> _Lexicon:
        return _Lexicon.of(self._outlets)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Sorted keys, and what each means. A key names outlets, and by them a publication or one section of it."""

    keys: Sequence[str]
    aliases: Mapping[str, Alias]
    outlets: Mapping[str, frozenset[str]]
    sections: Mapping[frozenset[str], Mapping[str, str]]
    """For the outlets of one publication, the outlet of each section."""

    @classmethod
    def of(cls, names: Sequence[str]) -> _Lexicon:
        taken = [take_apart(name) for name in names]
        publications: dict[str, set[str]] = {}
        for outlet in taken:
            publications.setdefault(outlet.publication_key, set()).add(outlet.written)
        aliases: dict[str, Alias] = {}
        meant: dict[str, set[str]] = {}
        owners: dict[str, set[str]] = {}

        def add(alias: Alias, owner: str, outlets: set[str]) -> None:
            known = aliases.get(alias.key)
            if known is None or (known.derived and not alias.derived):
                aliases[alias.key], meant[alias.key], owners[alias.key] = alias, set(outlets), {owner}
            elif known.derived == alias.derived:
                meant[alias.key] |= outlets
                owners[alias.key].add(owner)
                aliases[alias.key] = replace(known, trust=max(known.trust, alias.trust))

        for outlet in taken:
            owner = outlet.publication_key
            for alias in aliases_of(outlet):
                add(alias, owner, publications[owner])
        sections: dict[frozenset[str], dict[str, str]] = {}
        for outlet in taken:
            if outlet.section:
                of = frozenset(publications[outlet.publication_key])
                sections.setdefault(of, {})[squeeze(outlet.section)] = outlet.written
                for key in section_keys(outlet):
                    if key not in aliases:
                        add(Alias(key, 0, Trust.NAME), outlet.written, {outlet.written})
        kept = sorted(key for key, alias in aliases.items() if not (alias.derived and len(owners[key]) > 1))
        return cls(kept, aliases, {key: frozenset(meant[key]) for key in kept}, sections)

    def candidates(self, reading: Reading, first: int) -> list[Candidate]:
        """Names that begin at token `first`, the longest first."""
        found: list[Candidate] = []
        keys, joined = self.keys, ""
        for last in range(first, len(reading.tokens)):
            joined += reading.tokens[last].folded
            place = bisect_left(keys, joined)
            if place == len(keys) or not keys[place].startswith(joined):
                break
            if keys[place] == joined:
                found.append(Candidate(first, last, self.aliases[joined]))
            if not reading.tight[last]:
                break
        return found[::-1]

    def mention(self, reading: Reading, found: Candidate) -> OutletMention:
        """The mention, narrowed to a section that is named beside it."""
        outlets, last = self.outlets[found.alias.key], found.last
        sections = self.sections.get(outlets)
        if sections and len(outlets) > 1:
            narrowed = self._section_after(reading, last + 1, sections)
            if narrowed:
                outlets, last = frozenset({narrowed[0]}), narrowed[1]
        start, end = reading.tokens[found.first].start, reading.tokens[last].end
        return OutletMention(start, end, reading.text[start:end], outlets)

    def _section_after(
        self, reading: Reading, first: int, sections: Mapping[str, str]
    ) -> tuple[str, int] | None:
        """The outlet of a section named from token `first` on ("'s Travel section"), and its last token."""
        if first < len(reading.tokens) and reading.tokens[first].word == "s" and reading.tight[first - 1]:
            first += 1
        joined = ""
        for last in range(first, min(first + 6, len(reading.tokens))):
            if not reading.tight[last - 1]:
                return None
            joined += reading.tokens[last].folded
            outlet = sections.get(joined)
            if outlet is not None and (reading.tokens[first].capital or reading.reporting_follows(last)):
                return outlet, last
        return None


__all__ = ["OutletMention", "OutletNames"]

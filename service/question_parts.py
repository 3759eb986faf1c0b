"""The parts a question is searched by: one for each outlet it names, and one for each clause that says enough.

"Did the Post call the budget cautious, while the Herald found it reckless?" asks two things of two outlets. Searched as
one bag of words, the passages that match both halves a little win over those that match one half well; searched part by
part, each half finds its own. Pure functions over words; what a word weighs in the archive is the caller's to add.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.keywords import content_terms
from service.outlets import OutletMention
from service.periods import Period, periods

OTHER_CLAUSES = 0.35
"""What a word outside the part counts, against 1 for a word of the part: it tells the subject."""
LEAST_CLAUSE_TERMS = 5
"""A clause of fewer content words is no part of its own, so that a short question stays whole."""
LEAST_SEGMENT_TERMS = 3
MOST_PARTS = 8

_CLAUSE = re.compile(
    r",\s*(?:and|while|but|whereas|or|which|who|that|yet|as|is|has|also|unlike|compared)\b"
    r"|\b(?:while|whereas|but|compared to|unlike|and also|and has|and is|versus|then)\b"
    r"|[;?]|,(?!(?<=\d,)\d)|(?<=\w) and (?=the )",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One search. `shares` says how much each term counts, 0..1; `outlets` limit it (none: any outlet);
    `periods` are the times its words name; `text` is what is embedded, outlet names left out, and `spans` are where
    its words stand in the question, (start, end) in code points."""

    text: str
    spans: tuple[tuple[int, int], ...]
    shares: Mapping[str, float]
    outlets: frozenset[str]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    terms: tuple[str, ...]
    mentions: tuple[OutletMention, ...]


def times_named(question: str, mentions: Sequence[OutletMention], today: date | None) -> tuple[Period, ...]:
    """The times that `question` names, those in names of outlets left out; `today` as in `service.periods.periods`."""
    named = [(mention.start, mention.end) for mention in mentions]
    return tuple(
        period
        for period in periods(question, today)
        if not any(start < period.span[1] and period.span[0] < end for start, end in named)
    )


def parts_to_search(
    question: str, mentions: Sequence[OutletMention], times: Sequence[Period]
) -> tuple[Part, ...]:
    """The parts of `question`, at least one and at most `MOST_PARTS`, no two alike.

    Outlets named come first, in order: each is searched for the clause it stands in and the clauses after it up to the
    next outlet. Then every clause of at least `LEAST_CLAUSE_TERMS` content words, in the outlets that it names, or
    in any that the question names. Without either the question is one part.

    Args:
        mentions: where `question` names outlets.
        times: `times_named` in it.
    """
    words = blanked(question, mentions)
    segments = _segments(question, words, mentions, times)
    every = content_terms(words) or content_terms(question)
    named = frozenset(outlet for mention in mentions for outlet in mention.outlets)

    def part(held: Sequence[_Segment], outlets: frozenset[str]) -> Part:
        own = {term for segment in held for term in segment.terms}
        shares = {term: 1.0 if term in own else OTHER_CLAUSES for term in every}
        text = " ".join(" ".join(words[segment.start : segment.end] for segment in held).split())
        own_times = tuple(period for period in times if any(s.start <= period.span[0] < s.end for s in held))
        spans = tuple(span for segment in held for span in _outside(segment.start, segment.end, mentions))
        return Part(text.strip(" ,;?"), spans, shares, outlets, own_times)

    found = [part(held, mention.outlets) for mention, held in _owners(segments, mentions)]
    if not found:
        spans = ((0, len(question)),)
        found = [Part(" ".join(words.split()), spans, dict.fromkeys(every, 1.0), frozenset(), tuple(times))]
    for segment in segments:
        if len(segment.terms) >= LEAST_CLAUSE_TERMS:
            own = frozenset(outlet for mention in segment.mentions for outlet in mention.outlets)
            found.append(part([segment], own or named))
    distinct = {(tuple(one.shares.items()), one.outlets, one.periods): one for one in reversed(found)}
    return tuple(reversed(distinct.values()))[:MOST_PARTS]


def blanked(question: str, mentions: Sequence[OutletMention]) -> str:
    """The question with outlet names as blanks of the same length: offsets stay."""
    letters = list(question)
    for mention in mentions:
        letters[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(letters)


def _outside(start: int, end: int, mentions: Sequence[OutletMention]) -> Iterator[tuple[int, int]]:
    """The runs of `start..end` that name no outlet."""
    for mention in mentions:
        if start <= mention.start < end:
            if start < mention.start:
                yield start, mention.start
            start = mention.end
    if start < end:
        yield start, end


def _segments(
    question: str, words: str, mentions: Sequence[OutletMention], times: Sequence[Period]
) -> list[_Segment]:
    """The clauses; one of few words and without an outlet belongs to the clause before it. Neither an outlet's name
    nor a date ("October 7, 2023") is cut."""
    inside = [range(mention.start, mention.end) for mention in mentions]
    inside += [range(*period.span) for period in times]
    cuts = [
        match.start()
        for match in _CLAUSE.finditer(question)
        if match.start() > 0 and not any(match.start() in span for span in inside)
    ]
    segments: list[_Segment] = []
    for start, end in zip([0, *cuts], [*cuts, len(question)], strict=True):
        held = tuple(mention for mention in mentions if start <= mention.start < end)
        terms = tuple(content_terms(words[start:end]))
        if segments and len(terms) < LEAST_SEGMENT_TERMS and not held:
            before = segments.pop()
            start, held = before.start, before.mentions
            terms = tuple(content_terms(words[start:end]))
        segments.append(_Segment(start, end, terms, held))
    return segments


def _owners(
    segments: Sequence[_Segment], mentions: Sequence[OutletMention]
) -> Iterator[tuple[OutletMention, list[_Segment]]]:
    """Each outlet with its clauses: its own and those after it that name none; what comes before the first outlet
    belongs to the outlets of the first clause that has any."""
    for mention in mentions:
        held: list[_Segment] = []
        nearest: tuple[OutletMention, ...] = next((s.mentions for s in segments if s.mentions), ())
        for segment in segments:
            nearest = segment.mentions or nearest
            if mention in nearest:
                held.append(segment)
        yield mention, held

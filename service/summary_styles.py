"""The four styles: which statements a summary of each has, in which order, and how they are arranged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import zip_longest

from service.comparing import SharedTelling
from service.comparing import compare as comparison_of
from service.summaries import Style
from service.summary_arrangement import Arrangement, ByOutlets, Dated
from service.summary_sentences import SummarySentence
from service.summary_statements import StatementChooser, Told, in_order, in_reading_order, within
from service.timelines import timeline as timeline_of

MOST_COMPARED = 400
"""Sentences of the pool, the heaviest, among which those that tell the same are looked for: every one is held against
every other, which takes some 5 s."""

SHARED_FIRST = 0.6
"""Of the words, that what several outlets report may fill before what only one does has had its turn."""

Arranger = Callable[
    [Sequence[SummarySentence], StatementChooser, int, Collection[SummarySentence]], Arrangement
]
"""Takes the pool, heaviest first, what chooses from it, how many words there are, and sentences that are not to be said
as plain statements: sides of a disagreement."""


def brief(
    _pool: Sequence[SummarySentence],
    chooser: StatementChooser,
    max_words: int,
    disputed: Collection[SummarySentence],
) -> Arrangement:
    """A paragraph: what matters, in the order one reads on."""
    return Arrangement(tuple(in_reading_order(chooser.choose(max_words, disputed))), lines=False)


def bullets(
    _pool: Sequence[SummarySentence],
    chooser: StatementChooser,
    max_words: int,
    disputed: Collection[SummarySentence],
) -> Arrangement:
    """Key points, the most important first."""
    return Arrangement(tuple(chooser.choose(max_words, disputed)))


def timeline(
    pool: Sequence[SummarySentence],
    chooser: StatementChooser,
    max_words: int,
    disputed: Collection[SummarySentence],
) -> Arrangement:
    """Dated events in order, then what could not be dated."""
    found = timeline_of([one for one in pool[:MOST_COMPARED] if one not in disputed], max_words)
    events = [
        Dated(event.when.iso, event.when.written, told)
        for event in found.events
        if (told := chooser.told(event.sentence, event.also)) is not None
    ]
    undated = [told for one in found.undated if (told := chooser.told(one)) is not None]
    kept = within([*(event.told for event in events), *undated], max_words)
    return Arrangement(
        told=tuple(kept),
        events=tuple(event for event in events if event.told in kept),
        undated=tuple(one for one in undated if one in kept),
    )


def compare(
    pool: Sequence[SummarySentence],
    chooser: StatementChooser,
    max_words: int,
    disputed: Collection[SummarySentence],
) -> Arrangement:
    """What several outlets report, then what only one does: a statement of each outlet before the second of any."""
    found = comparison_of([one for one in pool[:MOST_COMPARED] if one not in disputed], known=())
    shared = [best for one in found.shared if (best := _borne_out_by_most(one, chooser)) is not None]
    rounds = zip_longest(*([(single.outlet, one) for one in single.sentences] for single in found.singles))
    alone = [
        (outlet, told)
        for outlet, one in (pair for together in rounds for pair in together if pair is not None)
        if (told := chooser.told(one, ())) is not None
    ]
    first = in_order([told for _, told in shared], int(SHARED_FIRST * max_words)) if shared else []
    others = [told for _, told in shared if told not in first]
    kept = in_order([*first, *(told for _, told in alone), *others], max_words)
    kept = [one for one in (*(told for _, told in shared), *(told for _, told in alone)) if one in kept]
    return Arrangement(
        told=tuple(kept),
        shared=tuple(ByOutlets(outlets, (told,)) for outlets, told in shared if told in kept),
        singles=tuple(
            ByOutlets((outlet,), tuple(told for of, told in alone if of == outlet and told in kept))
            for outlet in dict.fromkeys(outlet for outlet, _ in alone)
        ),
    )


def _borne_out_by_most(
    shared: SharedTelling, chooser: StatementChooser
) -> tuple[tuple[str, ...], Told] | None:
    """The wording of those who report it that most of the others bear out, shortened where that lets more of them, and
    the outlets that it may then cite; None when no two of them do."""
    sentences = (shared.sentence, *shared.also)
    best: tuple[tuple[str, ...], Told] | None = None
    for one in sentences:
        for told in chooser.wordings(one, [other for other in sentences if other is not one]):
            outlets = shared.outlets_of([other for other in sentences if other.candidate in told.cited])
            if len(outlets) > max(1, len(best[0]) if best else 0):
                best = outlets, told
    return best


ARRANGED: Mapping[Style, Arranger] = {
    "brief": brief,
    "bullets": bullets,
    "timeline": timeline,
    "compare": compare,
}

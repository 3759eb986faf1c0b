"""Who said what in one article: direct quotations and indirect speech, each with its speaker.

"Biden said X" may only rest on words the article attributes to Biden, so a wrong speaker is worse than none: where
rules cannot tell, the speaker is None. `analyze` reads the article once, in order: names set the stage, titles
and pronouns are resolved against it, `ingest.reported_speech` finds the verbs of saying, and
`ingest.quotation_speakers` gives each quotation the speaker of the report beside, around or before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ingest.articles import Analysis, Quotation, Sentence, Span
from ingest.quotation_speakers import Page, quotations_of
from ingest.quotations import BLANK, quoted
from ingest.sentences import sentences
from ingest.speakers import Reading

ANALYSIS_VERSION = 3


def analyze(text: str, boilerplate: Sequence[Span] = ()) -> Analysis:
    """Sentences, quotations and mentions of `text`, each in order of their start. Never raises for any text.

    Boilerplate is split into sentences and its names are mentions, but nothing in it is a quotation.
    """
    found = sentences(text, boilerplate)
    flat = flattened(text, found)
    paragraphs = _paragraphs(found)
    marked = _marked(paragraphs, boilerplate)
    quotes = tuple(quote for quote in quoted(flat, paragraphs) if not marked[quote.paragraph])
    reading = Reading(flat, found, [start for start, _ in paragraphs], marked, quotes)
    reading.read()
    page = Page(flat, reading.prose, found, quotes, reading.attributions, reading.name_starting)
    quotations = [*quotations_of(page), *_indirect(page)]
    return Analysis(
        found,
        tuple(sorted(quotations, key=lambda item: (item.start, -item.end, item.kind))),
        tuple(sorted(reading.mentions, key=lambda item: (item.start, item.end))),
    )


def flattened(text: str, found: Sequence[Sentence]) -> str:
    """`text` at the same length with line breaks inside sentences (hard-wrapped files) turned into spaces."""
    pieces: list[str] = []
    position = 0
    for sentence in found:
        pieces.append(text[position : sentence.start])
        words = text[sentence.start : sentence.end]
        pieces.append(words.replace("\n", " ").replace(BLANK, " "))
        position = sentence.end
    pieces.append(text[position:])
    return "".join(pieces)


def _paragraphs(found: Sequence[Sentence]) -> list[tuple[int, int]]:
    """(start, end) of every paragraph, indexed by its number."""
    ranges: list[tuple[int, int]] = []
    for sentence in found:
        if sentence.paragraph == len(ranges):
            ranges.append((sentence.start, sentence.end))
        else:
            ranges[-1] = (ranges[-1][0], sentence.end)
    return ranges


def _marked(paragraphs: Sequence[tuple[int, int]], boilerplate: Sequence[Span]) -> list[bool]:
    """Whether each paragraph holds boilerplate."""
    starts = [start for start, _ in paragraphs]
    marked = [False] * len(paragraphs)
    for span in boilerplate:
        for n in range(max(0, bisect_right(starts, span.start) - 1), len(paragraphs)):
            if starts[n] >= span.end:
                break
            marked[n] = marked[n] or span.overlaps(*paragraphs[n])
    return marked


def _indirect(page: Page) -> list[Quotation]:
    """The reported clauses that have a speaker, as Quotations of kind "indirect"."""
    return [
        Quotation(
            item.report.clause[0],
            item.report.clause[1],
            "indirect",
            item.speaker,
            item.report.subject_start if item.report.subject_start < item.report.subject_end else None,
            item.report.subject_end if item.report.subject_start < item.report.subject_end else None,
            page.sentences[item.sentence].start,
            page.sentences[item.sentence].end,
        )
        for items in page.attributions.values()
        for item in items
        if item.report.clause is not None and item.speaker is not None
    ]

"""Gives each direct quotation its speaker, from the reports found in the article's prose.

In order of trust: the report right beside it (`“…,” Lee said`), the one that leads to it (`Lee said: “…”`, `said it
was “…”`), one at the end of its sentence (`it was “…”, the ministry said`), a signature (`“…” — Ann Lee`), the other
paragraphs of the same quotation, and for a quotation that stands alone, whoever was speaking just before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.articles import Quotation, Sentence
from ingest.quotations import BLANK, Quoted
from ingest.reported_speech import Report

_SIGNATURE = re.compile(r"\s{0,2}[-–—~]\s?([^\W\d_a-z][^\0.!?\n]{2,60})$")
_WORDS_BEFORE_NAME = re.compile(
    r"\s(?:(?!(?:and|but|as|when|while|that|who|in|at|on|to|after|before|where|which|how|why|if|because|since)\s)[\w’'.&/-]+\s){1,7}"
)
_BESIDE = " ,\u00a0—–-\t\n"
_LEAD_REACH_CHARS = 140
_MAX_ALONE_CHARS = 3000  # with _MAX_EARLIER, keeps adversarial text linear
_MAX_EARLIER = 20
_MAX_LABEL_CHARS = 60
_FINAL_MARKS = ".?!…,—–-;"


@dataclass(frozen=True, slots=True)
class Attribution:
    """A report with its speaker resolved; `sentence` is the index of the sentence that holds it."""

    report: Report
    speaker: str | None
    sentence: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Who said a quotation, which words say so, and in which sentence."""

    speaker: str | None
    start: int | None
    end: int | None
    sentence: int


@dataclass(frozen=True)
class Page:
    """What the rules look at: prose with blanked quotations, its sentences and what was found in them."""

    text: str
    prose: str
    sentences: Sequence[Sentence]
    quotes: Sequence[Quoted]
    attributions: dict[int, list[Attribution]]
    name_at: Callable[[int], str | None]

    def sentence_at(self, offset: int) -> int:
        """The index of the sentence that holds the character at `offset`."""
        return max(0, bisect_right(self.starts, offset) - 1)

    @cached_property
    def starts(self) -> list[int]:
        """Where each sentence starts."""
        return [sentence.start for sentence in self.sentences]


def quotations_of(page: Page) -> list[Quotation]:
    """Every quotation of the page as a Quotation of kind "direct", in order."""
    sources: list[_Source | None] = [_own_source(page, quote) for quote in page.quotes]
    _share_between_paragraphs(page, sources)
    for n in range(len(page.quotes)):
        if sources[n] is None and _goes_on(page, n):
            sources[n] = sources[n - 1]
        if sources[n] is None:
            sources[n] = _continued(page, n, sources)
    return [_quotation(page, quote, source) for quote, source in zip(page.quotes, sources, strict=True)]


def _quotation(page: Page, quote: Quoted, source: _Source | None) -> Quotation:
    first, last = page.sentence_at(quote.outer_start), page.sentence_at(quote.outer_end - 1)
    if source is not None:
        first, last = min(first, source.sentence), max(last, source.sentence)
    return Quotation(
        quote.start,
        quote.end,
        "direct",
        source.speaker if source else None,
        source.start if source else None,
        source.end if source else None,
        page.sentences[first].start,
        page.sentences[last].end,
    )


def _source(attribution: Attribution) -> _Source:
    report = attribution.report
    named = report.subject_start < report.subject_end
    return _Source(
        attribution.speaker,
        report.subject_start if named else None,
        report.subject_end if named else None,
        attribution.sentence,
    )


def _own_source(page: Page, quote: Quoted) -> _Source | None:
    """The source that the quotation's own sentences give."""
    first, last = page.sentence_at(quote.outer_start), page.sentence_at(quote.outer_end - 1)
    after = [a for a in page.attributions.get(last, ()) if a.report.start >= quote.outer_end]
    if after and _is_beside(page, quote, after[0].report.start):
        return _source(after[0])
    before = [a for a in page.attributions.get(first, ()) if a.report.end <= quote.outer_start]
    if before and _leads(page.prose, before[-1].report, quote):
        return _source(before[-1])
    for attribution in after:
        if attribution.report.before and (
            attribution.report.clause is None or attribution.report.clause[0] <= quote.start
        ):
            return _source(attribution)
    return _signature(page, quote, last) or _label(page, quote, first)


def _is_beside(page: Page, quote: Quoted, start: int) -> bool:
    """Whether nothing that matters stands between a quotation and the attribution after it. After a comma inside
    the marks, that may be the words before a name: `“…,” former city planner Ann Lee said`."""
    between = page.prose[quote.outer_end : start]
    if len(between) < 12 and between.strip(_BESIDE) in {"", "as", "it"}:
        return True
    return page.text[quote.end - 1] in ",?!" and _WORDS_BEFORE_NAME.fullmatch(between) is not None


def _leads(prose: str, report: Report, quote: Quoted) -> bool:
    """Whether a report before the quotation, in its sentence, has the quotation in its reach."""
    if report.clause is not None and report.clause[0] <= quote.outer_start and quote.start < report.clause[1]:
        return True
    if quote.outer_start - report.end > _MAX_ALONE_CHARS:
        return False
    between = prose[report.end : quote.outer_start]
    return len(between.replace(BLANK, "")) <= _LEAD_REACH_CHARS and ";" not in between


def _signature(page: Page, quote: Quoted, sentence: int) -> _Source | None:
    """`“…” — Ann Lee` at the end of a line."""
    match = _SIGNATURE.match(page.prose, quote.outer_end, page.sentences[sentence].end)
    if match is None or len(match[1].split()) > 7:
        return None
    name = page.name_at(match.start(1)) or match[1].split(",")[0].strip()
    return _Source(name, match.start(1), match.start(1) + len(match[1].split(",")[0].strip()), sentence)


def _label(page: Page, quote: Quoted, sentence: int) -> _Source | None:
    """`Lee: “…”`, a name and nothing else before the colon."""
    start = page.sentences[sentence].start
    if quote.outer_start - start > _MAX_LABEL_CHARS:
        return None
    label = page.prose[start : quote.outer_start].rstrip()
    if label.endswith(":") and (name := page.name_at(start)) is not None and label.count(" ") <= 4:
        return _Source(name, start, start + len(label) - 1, sentence)
    return None


def _goes_on(page: Page, n: int) -> bool:
    """Whether quotation `n` is the next paragraph of the quotation before it."""
    return n > 0 and page.quotes[n].reopened and page.quotes[n - 1].open_ended


def _share_between_paragraphs(page: Page, sources: list[_Source | None]) -> None:
    """Gives all paragraphs of one quotation the speaker that one of them has, forwards and then backwards."""
    steps = [n for n in range(1, len(page.quotes)) if _goes_on(page, n)]
    for n in steps:
        if sources[n] is None:
            sources[n] = sources[n - 1]
    for n in reversed(steps):
        if sources[n - 1] is None:
            sources[n - 1] = sources[n]


def _stands_alone(page: Page, quote: Quoted) -> bool:
    """Whether the quotation's sentences hold nothing else, and it reads as speech, not as a heading or a title."""
    first, last = page.sentence_at(quote.outer_start), page.sentence_at(quote.outer_end - 1)
    if page.sentences[last].end - page.sentences[first].start > _MAX_ALONE_CHARS:
        return False
    outside = page.prose[page.sentences[first].start : page.sentences[last].end].replace(BLANK, "")
    return not outside.strip(" .,;:—–-…[]()\"'”’\n\t") and (
        quote.open_ended or page.text[quote.end - 1] in _FINAL_MARKS
    )


def _continued(page: Page, n: int, sources: list[_Source | None]) -> _Source | None:
    """The source of a quotation that stands alone: whoever spoke in the sentence before it, at most one
    paragraph back."""
    quote = page.quotes[n]
    if not _stands_alone(page, quote):
        return None
    first = page.sentence_at(quote.outer_start)
    if first == 0:
        return None
    previous = page.sentences[first - 1]
    here = page.sentences[first].paragraph
    if previous.paragraph < here - 1:
        return None
    for earlier in range(n - 1, max(-1, n - _MAX_EARLIER), -1):
        if page.quotes[earlier].outer_end <= previous.start:
            break
        if page.quotes[earlier].outer_end > previous.start and sources[earlier] is not None:
            return sources[earlier]
    spoken = page.attributions.get(first - 1)
    if spoken:
        return _source(spoken[-1])
    label = page.prose[previous.start : previous.end]
    if label.endswith(":") and (name := page.name_at(previous.start)) is not None and label.count(" ") <= 4:
        return _Source(name, previous.start, previous.end - 1, first - 1)
    return None

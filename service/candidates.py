"""Spans of articles that could be said as an answer: sentences that stand on their own, with whose words they hold.

A candidate is widened from a bare sentence only as far as reading needs: to the end of a quotation that it opens, or to
the sentence before when it begins with "It" or "They". Boilerplate is never a candidate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.articles import Article, Mention, Quotation, Sentence
from ingest.datelines import dateline_length
from service.reading import Reading

MAX_CHARS = 480
_DANGLING = frozenset(
    "it they this that these those such both its their but and or so then there also he she his her her's".split()
)
_OPENING, _CLOSING = "“", "”"


@dataclass(frozen=True)
class Candidate:
    """`article.text[start:end]`, made of whole sentences `first..last` of its article.

    `focus` is the sentence that was retrieved; the span may hold one or two more for reading. `retrieved` is the
    score of the passage it lies in, scaled to 0..1 within one search. `joined` says that two sentences were put
    together because neither answers alone (`service.pairing`).
    """

    reading: Reading
    start: int
    end: int
    first: int
    last: int
    focus: int
    retrieved: float
    joined: bool = False

    @property
    def article(self) -> Article:
        """The article it is part of."""
        return self.reading.article

    @property
    def text(self) -> str:
        """The verbatim words."""
        return self.article.text[self.start : self.end]

    @property
    def focus_text(self) -> str:
        """The words of the retrieved sentence alone."""
        sentence = self.reading.analysis.sentences[self.focus]
        return self.article.text[sentence.start : sentence.end]

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key of the span's words, and of the people meant there by pronoun or title."""
        return frozenset().union(*(self.reading.sentence_keys(n) for n in range(self.first, self.last + 1)))

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """The mentions inside the span."""
        return tuple(inside(self.reading.analysis.mentions, self.start, self.end))

    @cached_property
    def quotations(self) -> tuple[Quotation, ...]:
        """The quotations that share words with the span."""
        return tuple(
            quotation
            for quotation in self.reading.analysis.quotations
            if quotation.start < self.end and self.start < quotation.end
        )

    @cached_property
    def surroundings(self) -> frozenset[str]:
        """Keys of what a reader has just read there: the paragraph, the two sentences before, the title."""
        sentences = self.reading.analysis.sentences
        paragraph = sentences[self.focus].paragraph
        near = [
            number
            for number in range(max(0, self.first - 2), min(len(sentences), self.last + 4))
            if number < self.first or sentences[number].paragraph == paragraph
        ]
        return self.reading.title_keys.union(*(self.reading.sentence_keys(number) for number in near))


def candidates_in(reading: Reading, spans: Iterable[tuple[int, int, float]]) -> list[Candidate]:
    """The candidates of one article within `spans`, each (start, end, score of the passage); best score wins."""
    article, sentences, starts = reading.article, reading.analysis.sentences, reading.sentence_starts
    scores: dict[int, float] = {}
    for start, end, score in spans:
        for number in range(max(0, bisect_right(starts, start) - 1), bisect_left(starts, end)):
            if sentences[number].end > start:
                scores[number] = max(score, scores.get(number, 0.0))
    found: dict[tuple[int, int], Candidate] = {}
    for number, score in sorted(scores.items()):
        sentence = sentences[number]
        if article.is_boilerplate(sentence.start, sentence.end) or _is_heading(reading, number):
            continue
        if _only_asks(reading, number):
            continue
        first, last = _readable_run(reading, number)
        known = found.get((first, last))
        if known is None or score > known.retrieved:
            found[first, last] = Candidate(
                reading, sentences[first].start, sentences[last].end, first, last, number, score
            )
    return list(found.values())


def without_dateline(candidate: Candidate) -> Candidate:
    """The candidate without the dateline that opens its paragraph ("LONDON, May 3 —"): where a report was sent from is
    no part of what it says. Still verbatim, only beginning later."""
    sentences = candidate.reading.analysis.sentences
    first = sentences[candidate.first]
    opens = candidate.first == 0 or sentences[candidate.first - 1].paragraph != first.paragraph
    if not opens or candidate.start != first.start or candidate.first > MOST_BEFORE_DATELINE:
        return candidate
    length = dateline_length(candidate.text)
    return (
        replace(candidate, start=candidate.start + length) if 0 < length < len(candidate.text) else candidate
    )


MOST_BEFORE_DATELINE = 8
"""Sentences that stand before the paragraph with the dateline: titles, bylines, captions."""


def inside(mentions: Sequence[Mention], start: int, end: int) -> Iterable[Mention]:
    """Mentions that lie in `start..end`."""
    return (mention for mention in mentions if start <= mention.start and mention.end <= end)


def _only_asks(reading: Reading, number: int) -> bool:
    """A question that the article asks its readers tells nothing ("Do you know more?"); one that somebody is quoted
    with is what they said."""
    sentence = reading.analysis.sentences[number]
    words = reading.article.text[sentence.start : sentence.end].rstrip(" \n\"'”’)*_")
    return words.endswith("?") and not any(
        quotation.start < sentence.end and sentence.start < quotation.end
        for quotation in reading.analysis.quotations
    )


def _is_heading(reading: Reading, number: int) -> bool:
    """A title or subheading is no statement: a short paragraph of its own without a final mark, or the title."""
    sentences, text = reading.analysis.sentences, reading.article.text
    sentence = sentences[number]
    words = text[sentence.start : sentence.end]
    if words.strip() == (reading.article.title or "").strip():
        return True
    alone = all(
        not 0 <= other < len(sentences) or sentences[other].paragraph != sentence.paragraph
        for other in (number - 1, number + 1)
    )
    return alone and len(words) < 120 and words.rstrip()[-1:] not in ".?!”\"’'…:;"


def _readable_run(reading: Reading, number: int) -> tuple[int, int]:
    """The sentences to show for sentence `number`: itself, the rest of a quotation it opens or closes, and what a
    leading "It" or "They" points at, within the same paragraph and `MAX_CHARS`."""
    sentences, text = reading.analysis.sentences, reading.article.text
    first = last = number
    while (
        _balance(text, sentences, first, last) > 0
        and _joins(sentences, last, last + 1)
        and _length(sentences, first, last + 1) <= MAX_CHARS
    ):
        last += 1
    while (
        _balance(text, sentences, first, last) < 0
        and first > 0
        and _joins(sentences, first - 1, first)
        and _length(sentences, first - 1, last) <= MAX_CHARS
    ):
        first -= 1
    if _needs_context(reading, number) and first == number and _fits_before(reading, first, last):
        first -= 1
    if (
        text[sentences[last].end - 1] == ":"
        and last + 1 < len(sentences)
        and _length(sentences, first, last + 1) <= MAX_CHARS
    ):
        last += 1
    opening = text[sentences[first].start : sentences[first].start + 12].split()
    dangles = bool(opening) and opening[0].strip(",").lower() in _DANGLING
    resolved = any(
        mention.start == sentences[first].start and mention.kind == "pronoun"
        for mention in inside(reading.analysis.mentions, sentences[first].start, sentences[first].end)
    )
    if dangles and not resolved and _fits_before(reading, first, last):
        first -= 1
    return first, last


SHORT_QUOTATION_CHARS = 60


def _needs_context(reading: Reading, number: int) -> bool:
    """Whether the sentence is little more than a short quotation by a pronoun: "We'll see," he said."""
    sentence = reading.analysis.sentences[number]
    direct = [
        quotation
        for quotation in reading.analysis.quotations
        if quotation.kind == "direct" and sentence.start <= quotation.start and quotation.end <= sentence.end
    ]
    if len(direct) != 1 or direct[0].speaker_start is None or direct[0].speaker_end is None:
        return False
    quoted = direct[0].end - direct[0].start
    by_pronoun = direct[0].speaker_end - direct[0].speaker_start <= 3
    return by_pronoun and quoted <= SHORT_QUOTATION_CHARS and quoted >= 0.3 * (sentence.end - sentence.start)


def _fits_before(reading: Reading, first: int, last: int) -> bool:
    sentences = reading.analysis.sentences
    return (
        first > 0
        and _joins(sentences, first - 1, first)
        and _length(sentences, first - 1, last) <= MAX_CHARS
        and not reading.article.is_boilerplate(sentences[first - 1].start, sentences[first - 1].end)
    )


def _joins(sentences: Sequence[Sentence], left: int, right: int) -> bool:
    return right < len(sentences) and sentences[left].paragraph == sentences[right].paragraph


def _length(sentences: Sequence[Sentence], first: int, last: int) -> int:
    return sentences[last].end - sentences[first].start


def _balance(text: str, sentences: Sequence[Sentence], first: int, last: int) -> int:
    """Open curly quotation marks minus closing ones; straight marks count as open when their number is odd and the
    first of them opens a word."""
    words = text[sentences[first].start : sentences[last].end]
    balance = words.count(_OPENING) - words.count(_CLOSING)
    if balance == 0 and words.count('"') % 2:
        place = words.index('"') if words.count('"') == 1 else words.rindex('"')
        opens = (
            place + 1 < len(words)
            and not words[place + 1].isspace()
            and (place == 0 or words[place - 1] in " (—\n[")
        )
        return 1 if opens else -1
    return balance

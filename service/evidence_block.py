"""Retrieved passages as a model reads them: numbered sentences by article, so that a citation names a sentence.

`[3.2]` is the second sentence shown of the third article. Whose words a sentence holds and whom it means by "he" stand
behind it as a note, because a model that has to guess the speaker guesses wrong. Article text goes through
`service.quarantine` before it stands in the block; what a label resolves to is the article's own text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from service.candidates import Candidate, candidates_in
from service.quarantine import quarantined
from service.reading import Reading
from service.retrieval import Hit
from service.terms import fold, terms_of

NEAR_COPY = 0.8
"""Share of the words of two sentences together that both have, from which on the second is not shown again. Sentences
that differ in a number, a name or a "not" are never copies."""
LEAST_NEAR_COPY_WORDS = 6
LINE_TOKENS = 8
"""What a line costs beside its words: the label, spaces and line end."""

_WORD = re.compile(r"\w+(?:[.,’'-]\w+)*")
_NEGATIONS = frozenset("not no never none neither nor without denied refused".split())
_DATELINE = re.compile(r"^[A-Z]{3}[^—–\n]{0,60}\s[—–]\s+")
_GENERATIONS = frozenset({"jr", "sr", "ii", "iii"})


@dataclass(frozen=True, slots=True)
class Numbered:
    """One line of the block. `candidate` may begin before the words shown, where reading needs the sentence before."""

    label: str
    candidate: Candidate
    line: str


@dataclass(frozen=True)
class EvidenceBlock:
    """Numbered sentences by article; `text` is what a prompt holds, "" when there are none."""

    articles: tuple[tuple[str, tuple[Numbered, ...]], ...]

    @cached_property
    def text(self) -> str:
        """For each article a header line and one line a sentence; a blank line between articles."""
        return "\n\n".join(
            "\n".join([header, *(one.line for one in lines)]) for header, lines in self.articles
        )

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every numbered sentence, in the order of the block."""
        return tuple(one.candidate for _, lines in self.articles for one in lines)

    def resolve(self, label: str) -> Candidate | None:
        """What "3.2" names; None when nothing has that number."""
        return self._by_label.get(label)

    def of_article(self, number: int) -> tuple[Candidate, ...]:
        """The sentences of the article with that number, from 1; none when there is no such article."""
        if not 1 <= number <= len(self.articles):
            return ()
        return tuple(one.candidate for one in self.articles[number - 1][1])

    @cached_property
    def _by_label(self) -> dict[str, Candidate]:
        return {one.label: one.candidate for _, lines in self.articles for one in lines}


def gather(
    hits: Sequence[Hit],
    readings: Mapping[str, Reading],
    *,
    max_tokens: int,
    count_tokens: Callable[[str], int],
) -> EvidenceBlock:
    """Number the sentences of the best passages that fit `max_tokens`, at least one whole passage.

    `hits` are best first; those without a reading are passed over. Articles stand in the order of their best passage,
    sentences in the order of their article. Boilerplate, headings and near-copies of sentences already taken are left
    out; when a passage no longer fits, the block is full.
    """
    taken: dict[str, dict[tuple[int, int], Candidate]] = {}
    prints: list[_Print] = []
    spent = 0
    for hit in hits:
        reading = readings.get(hit.chunk.article_id)
        if reading is None:
            continue
        known = taken.get(hit.chunk.article_id, {})
        fresh: list[tuple[Candidate, _Print]] = []
        for candidate in _sentences(reading, hit):
            if (candidate.first, candidate.last) in known:
                continue
            mark = _Print.of(" ".join([candidate.text, *_notes(candidate, candidate.start)]))
            if not any(mark.repeats(other) for other in prints) and not any(
                mark.repeats(other) for _, other in fresh
            ):
                fresh.append((candidate, mark))
        if not fresh:
            continue
        cost = sum(count_tokens(_words(one, one.start)) + LINE_TOKENS for one, _ in fresh)
        cost += 0 if known else count_tokens(_header(0, reading)) + LINE_TOKENS
        if taken and spent + cost > max_tokens:
            continue  # a shorter passage may still fit
        spent += cost
        prints += [mark for _, mark in fresh]
        taken.setdefault(hit.chunk.article_id, {}).update(((one.first, one.last), one) for one, _ in fresh)
    return EvidenceBlock(
        tuple(
            (_header(number, readings[article_id]), _numbered(number, list(found.values())))
            for number, (article_id, found) in enumerate(taken.items(), start=1)
        )
    )


def _sentences(reading: Reading, hit: Hit) -> list[Candidate]:
    """The candidates of a passage, one for each sentence that is not inside another's run."""
    found: dict[tuple[int, int], Candidate] = {}
    for sentence in reading.analysis.sentences:
        if sentence.end > hit.chunk.start and sentence.start < hit.chunk.end:
            for candidate in candidates_in(reading, [(sentence.start, sentence.end, hit.score)]):
                found.setdefault((candidate.first, candidate.last), candidate)
    return list(found.values())


def _numbered(article: int, candidates: Sequence[Candidate]) -> tuple[Numbered, ...]:
    """The lines of one article. Every sentence is shown once: a run that begins with one already shown goes on after
    it, and a run that is shown already gets no line."""
    lines: list[Numbered] = []
    shown_to = -1
    for candidate in sorted(candidates, key=lambda one: (one.first, one.last)):
        start = max(candidate.first, shown_to + 1)
        if start > candidate.last:
            continue
        shown_to = candidate.last
        label = f"{article}.{len(lines) + 1}"
        begins = candidate.reading.analysis.sentences[start].start
        lines.append(Numbered(label, candidate, f"[{label}] {_words(candidate, begins)}"))
    return tuple(lines)


def _words(candidate: Candidate, start: int) -> str:
    """The candidate's words from `start` on one line, and the notes behind them."""
    words = quarantined(" ".join(candidate.article.text[start : candidate.end].split()))
    notes = _notes(candidate, start)
    return f"{words} ({quarantined('; '.join(notes))})" if notes else words


def _notes(candidate: Candidate, start: int) -> list[str]:
    """Who speaks and who is meant in the words from `start`, where these do not name them."""
    text = candidate.article.text
    told = {fold(word) for word in _WORD.findall(re.sub(r"['’]s\b", "", text[start : candidate.end]))}
    notes: list[str] = []

    def tell(words: str, name: str) -> None:
        if _surname(name) not in told:
            told.add(_surname(name))
            notes.append(f"{words}: {name}")

    for quotation in candidate.quotations:
        if quotation.speaker and quotation.end > start:
            tell("speaker", quotation.speaker)
    for mention in candidate.mentions:
        spoken = any(
            quotation.kind == "direct" and quotation.start <= mention.start < quotation.end
            for quotation in candidate.quotations
        )
        if mention.kind != "name" and mention.start >= start and not spoken:
            tell(" ".join(text[mention.start : mention.end].split()), mention.name)
    return notes


def _header(number: int, reading: Reading) -> str:
    article = reading.article
    parts = [article.outlet, (article.published_at or "")[:10], article.title]
    return " | ".join([f"Article {number}", *(quarantined(" ".join(part.split())) for part in parts if part)])


def _surname(name: str) -> str:
    words = [word for word in _WORD.findall(fold(name)) if word not in _GENERATIONS]
    return words[-1] if words else fold(name)


@dataclass(frozen=True, slots=True)
class _Print:
    """The words of a sentence, and those of them that make another sentence of it."""

    words: frozenset[str]
    telling: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Print:
        text = _DATELINE.sub("", text)
        words = frozenset(fold(word) for word in _WORD.findall(text))
        names = {
            fold(word) for term in terms_of(text) if term.is_name for word in _WORD.findall(term.surface)
        }
        digits = {word for word in words if any(character.isdigit() for character in word)}
        return cls(words, frozenset(names | digits | (words & _NEGATIONS)))

    def repeats(self, other: _Print) -> bool:
        if self.words == other.words:
            return True
        if len(self.words) < LEAST_NEAR_COPY_WORDS or (self.words ^ other.words) & (
            self.telling | other.telling
        ):
            return False
        return len(self.words & other.words) >= NEAR_COPY * len(self.words | other.words)

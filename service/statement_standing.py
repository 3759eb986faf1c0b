"""How a verified statement stands among all articles of a summary: its weight, its topic, and who contradicts it.

`service.resolving` holds a statement against what it cites. A summary's statement may be borne out there and still not
be fit to be said: others contradict what it rests on, or it tells of something else than the topic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.answers import Dropped
from service.candidates import Candidate
from service.combining import Line
from service.extractive import overlapping
from service.summary_sentences import SummarySentence
from service.summary_statements import MOST_CITED, MOST_TRIED, WORDS_OF_BOTH
from service.summary_text import shown
from service.terms import key_set, terms_of

LIGHT = 0.05
"""The weight of a statement that rests on no sentence of the pool."""
OWN_LINES = 3
"""Own sentences of an article that stand for it where the model has not read it."""


class Standing:
    """Judges statements by one pool of sentences. Threads may share it."""

    def __init__(
        self, sentences: Sequence[SummarySentence], doubtful: Sequence[SummarySentence], topic: str
    ) -> None:
        """`sentences` are those about the topic ("" is none), heaviest first; `doubtful` those that are not to be said
        as plain statements."""
        self._of_article: dict[str, list[SummarySentence]] = {}
        for one in sentences:
            self._of_article.setdefault(one.candidate.article.article_id, []).append(one)
        self._groups = {one.candidate.article.article_id: one.group for one in sentences}
        self._doubtful = doubtful
        self._terms = terms_of(topic)

    def spans(self) -> dict[str, list[tuple[int, int]]]:
        """Where each article has something about the topic, (start, end) in its text."""
        return {
            article_id: [(one.candidate.start, one.candidate.end) for one in own]
            for article_id, own in self._of_article.items()
        }

    def weight(self, candidate: Candidate) -> float:
        """How much a sentence weighs among all that are about the topic."""
        own = self._of_article.get(candidate.article.article_id, ())
        return max((one.weight for one in own if overlapping(one.candidate, candidate)), default=LIGHT)

    def heaviest(self, article_id: str) -> float:
        """How much the weightiest sentence of an article weighs; 0 without one."""
        return max((one.weight for one in self._of_article.get(article_id, ())), default=0.0)

    def unfit(self, text: str, cited: Sequence[Candidate]) -> Dropped | None:
        """Why a verified statement is not said all the same; None when it may be."""
        if all(self._is_doubtful(one) for one in cited):
            return Dropped(text=text, reason="unsupported", words="other articles contradict it")
        if self._terms and not any(self.weight(one) > LIGHT for one in cited):
            keys = key_set(text)
            if not all(term.matches(keys) for term in self._terms):
                return Dropped(text=text, reason="off-topic")
        return None

    def line(self, text: str, cited: tuple[Candidate, ...]) -> Line:
        """The statement with its weight."""
        return Line(text, cited, max(self.weight(one) for one in cited))

    def corroborating(
        self, text: str, cited: Sequence[Candidate], bears_out: Callable[[str, Candidate], bool]
    ) -> tuple[Candidate, ...]:
        """What a statement cites, and sentences of other articles that bear it out by themselves: a summary's reader
        wants to know who says so."""
        terms = terms_of(text)
        groups = {self._groups.get(one.article.article_id) for one in cited}
        likely: list[tuple[int, SummarySentence]] = []
        for article_id, own in self._of_article.items():
            if self._groups[article_id] not in groups:
                shared = [(sum(term.matches(one.candidate.keys) for term in terms), one) for one in own]
                likely.append(max(shared, key=lambda pair: pair[0]))
        found, tried = list(cited), 0
        for shared_terms, one in sorted(likely, key=lambda pair: -pair[0]):
            if len(found) >= MOST_CITED or tried == MOST_TRIED or shared_terms < WORDS_OF_BOTH * len(terms):
                break
            if one.group in groups or self._is_doubtful(one.candidate):
                continue
            tried += 1
            if bears_out(text, one.candidate):
                found.append(one.candidate)
                groups.add(one.group)
        return tuple(found)

    def own_lines(self, article_id: str) -> list[Line]:
        """An article's own weightiest sentences, none that others contradict."""
        fit = [one for one in self._of_article.get(article_id, ()) if not self._is_doubtful(one.candidate)]
        heaviest = sorted(fit, key=lambda one: -one.weight)[:OWN_LINES]
        return [Line(shown(one.candidate), (one.candidate,), one.weight) for one in heaviest]

    def _is_doubtful(self, candidate: Candidate) -> bool:
        return any(overlapping(candidate, one.candidate) for one in self._doubtful)


__all__ = ["Standing"]

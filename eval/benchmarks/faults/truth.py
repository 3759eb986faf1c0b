"""What a clean run makes of each edition, and how what a fault leaves is held against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.faults.trials import Trial
from eval.gold import GoldCase
from eval.measures_evidence import source_precision
from eval.measures_wording import fact_coverage, forbidden, said
from service.answers import Answer

ROUNDING = 1e-6
"""Vectors that are taken over from an earlier version have been through Chroma, which sets their length to 1 again."""

MOST_TOLD = 3
"""So many articles of a kind are named in a trial's problems; all are counted."""


@dataclass(frozen=True, slots=True)
class Clean:
    """An edition after an undisturbed run: articles by id as `examining` gives them, answers in the order of the
    questions."""

    articles: Mapping[str, Sequence[str]]
    vectors: Mapping[str, NDArray[np.float32]]
    answers: Sequence[Mapping[str, Any]]

    def has(self, article_id: str, article: Sequence[str], vectors: NDArray[np.float32]) -> bool:
        """Whether this edition has such an article: source, version, text, chunks and vectors."""
        if list(article) != list(self.articles.get(article_id, ())):
            return False
        mine = self.vectors[article_id]
        return mine.shape == vectors.shape and bool(np.allclose(mine, vectors, atol=ROUNDING))

    @property
    def texts(self) -> Mapping[str, str]:
        """Each article's text by its source."""
        return {held[0]: held[2] for held in self.articles.values()}


@dataclass(frozen=True, slots=True)
class Truth:
    """Both editions after clean runs, and the questions that are right over both of them."""

    cases: Sequence[GoldCase]
    clean: Sequence[Clean]

    @property
    def questions(self) -> list[str]:
        """The questions of the cases."""
        return [case.question for case in self.cases]

    def check_whole(
        self, trial: Trial, document: Mapping[str, Any], *, before: int | None, after: int
    ) -> None:
        """Every article is whole, in its version of the edition `before` (None: there was no index) or `after`, and
        none that both have is missing."""
        trial.lose(*_shortened(document["torn"]))
        editions = [self.clean[after]] if before is None else [self.clean[before], self.clean[after]]
        held = document["articles"]
        foreign = [
            f"{article[0]} is of no edition"
            for one, article in held.items()
            if not any(edition.has(one, article, document["vectors"][one]) for edition in editions)
        ]
        trial.lose(*_shortened(foreign))
        if before is not None:
            kept = set(self.clean[before].articles) & set(self.clean[after].articles)
            trial.lose(
                *_shortened(
                    [f"{self.clean[after].articles[one][0]} is gone" for one in sorted(kept - set(held))]
                )
            )

    def check_answers(
        self, trial: Trial, answers: Sequence[Mapping[str, Any]], editions: Sequence[int]
    ) -> None:
        """Answers given while an index changes between editions: right, and verbatim in a version of the article."""
        texts = [self.clean[edition].texts for edition in editions]
        for case, answer in zip(self.cases, answers, strict=True):
            trial.asked += 1
            fault = wrong(case, answer, texts)
            if fault:
                trial.mistake(fault)

    def check_end(self, trial: Trial, document: Mapping[str, Any], edition: int) -> None:
        """The index is what a clean run of this edition makes: ids, versions, texts, chunks, vectors, answers."""
        trial.lose(*_shortened(document["torn"]))
        clean, held = self.clean[edition], document["articles"]
        gone = sorted(set(clean.articles) - set(held))
        trial.lose(*_shortened([f"{clean.articles[one][0]} is missing at the end" for one in gone]))
        other = [
            article[0]
            for one, article in held.items()
            if not clean.has(one, article, document["vectors"][one])
        ]
        trial.leave(*_shortened([f"{source} is not that of a clean run" for source in sorted(other)]))
        self.check_same(trial, document["answers"], edition)

    def check_same(self, trial: Trial, answers: Sequence[Mapping[str, Any]], edition: int) -> None:
        """Each answer is, to the letter, what a clean run of this edition gives."""
        for case, answer, right in zip(self.cases, answers, self.clean[edition].answers, strict=True):
            trial.asked += 1
            if shown(answer) != shown(right):
                trial.mistake(f"{case.id}: {answer['answer']!r} instead of {right['answer']!r}")


def shown(answer: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a reader sees of an answer: its words, and where each citation is from."""
    cited = [(one["source"], one["start"], one["end"], one["quote"]) for one in answer["citations"]]
    return answer["status"], answer["answer"], cited


def wrong(case: GoldCase, answer: Mapping[str, Any], texts: Sequence[Mapping[str, str]]) -> str | None:
    """What is wrong with an answer that may be of one edition or another (`texts` by source); None where nothing is."""
    for cited in answer["citations"]:
        versions = [edition.get(cited["source"], "") for edition in texts]
        if not any(text[cited["start"] : cited["end"]] == cited["quote"] for text in versions):
            return f"{case.id}: the citation of {cited['source']} is not verbatim"
    parsed = Answer.model_validate(answer)
    if (parsed.status == "abstained") != case.abstain:
        return f"{case.id}: {parsed.status}"
    if case.abstain:
        return None
    words = said(parsed)
    if fact_coverage(case.facts, words) != 1.0 or forbidden(case.never, words):
        return f"{case.id}: {words!r} is not the answer"
    if not source_precision(case.sources, parsed):
        return f"{case.id}: no source that may be cited"
    return None


def _shortened(problems: Sequence[str]) -> list[str]:
    """All of them, those after the first few without words of their own."""
    return [one if number < MOST_TOLD else "…" for number, one in enumerate(problems)]

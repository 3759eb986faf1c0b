"""What the page shows of a case: gold, answers, quotes in their surroundings, and the words that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.comparison import Comparison, compare
from eval.failures import first_cause
from eval.gate import shown
from eval.gold import GoldCase, group_met
from eval.measures_wording import said
from eval.reports.disclosure import Disclosed, right
from eval.reports.marking import at, marked, statement, with_links
from eval.reports.words import CAUSES, clipped, family, problem_line, telling_attempt
from eval.runs import Attempt, CaseRun, Excerpt, Run
from service.answers import Answer, Citation

SHOWN_SCORES = ("fact_coverage", "source_precision", "support", "attribution", "similarity", "recall_at_10")
SHOWN_CHARS = 240
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_BREAKS = re.compile(r"\s+")
_RANKS = {"worse": 0, "wrong": 1, "flawed": 2, "right": 3}


@dataclass(frozen=True, slots=True)
class CitationView:
    """A citation: `before`, `quote` and `after` are the article's words, `fault` why it should not stand there."""

    anchor: str
    citation: Citation
    before: str
    quote: Markup
    after: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What came of one attempt. `statements` and the sides of `disagreements` are HTML with links to citations."""

    title: str
    status: str
    reason: str | None
    statements: tuple[Markup, ...]
    disagreements: tuple[tuple[str, tuple[Markup, ...]], ...]
    citations: tuple[CitationView, ...]
    closest: tuple[CitationView, ...]


@dataclass(frozen=True, slots=True)
class MissingView:
    """Words that the answer should have said, marked where an article has them; `where` is how near retrieval came."""

    text: Markup
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the page lists it. `state` is right, flawed (right, with something wrong beside that) or wrong;
    `change` is worse, better, other (no better or worse), same, new, or "" without a baseline."""

    anchor: str
    key: str
    gold: str
    case: GoldCase
    state: str
    flaky: str | None
    causes: tuple[str, ...]
    headline: str
    problems: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, bool], ...]
    answers: tuple[AnswerView, ...]
    missing: tuple[MissingView, ...]
    found: tuple[tuple[str, bool], ...]
    scores: tuple[tuple[str, str], ...]
    change: str

    @property
    def family(self) -> str:
        """Where the first cause lies (`eval.reports.words.FAMILIES`); "" for a case that is all right."""
        return family(self.causes[0]) if self.causes else ""  # type: ignore[arg-type]


def case_views(known: Disclosed, baseline: Run | None = None) -> list[CaseView]:
    """The cases that may be shown: what became worse first, then what is wrong, then the others."""
    before = {case.key: case for case in baseline.cases} if baseline is not None else {}
    comparison = known.comparison
    if comparison is None and baseline is not None:
        comparison = compare(baseline, known.run)
    views = [_view(case, before.get(case.key), _change(case.key, comparison)) for case in known.cases]
    return sorted(views, key=lambda view: _RANKS["worse" if view.change == "worse" else view.state])


def _change(key: str, comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    if key in comparison.only_after or key in comparison.reworded:
        return "new"
    for change, changes in (("worse", comparison.regressions), ("better", comparison.improvements)):
        if any(one.key == key for one in changes):
            return change
    return "other" if key in comparison.changed else "same"


def _view(case: CaseRun, before: CaseRun | None, change: str) -> CaseView:
    attempt, gold = telling_attempt(case), case.case
    anchor = f"case-{_UNSAFE.sub('-', case.key)}"
    earlier = None if before is None or change in ("", "new") else telling_attempt(before)
    if earlier is None:
        answers = [_answer(gold, attempt, "Answer", f"{anchor}-after")]
    elif _reads(earlier) == _reads(attempt):
        answers = [_answer(gold, attempt, "Answer, as before", f"{anchor}-after")]
    else:
        answers = [
            _answer(gold, earlier, "Before", f"{anchor}-before"),
            _answer(gold, attempt, "After", f"{anchor}-after"),
        ]
    words = "" if attempt.answer is None or attempt.answer.status == "abstained" else said(attempt.answer)
    times = sum(one.scores.get("correct") == 1.0 for one in case.attempts)
    cause = first_cause(case)
    return CaseView(
        anchor=anchor,
        key=case.key,
        gold=case.gold,
        case=gold,
        state="wrong" if not right(case) else "flawed" if cause is not None else "right",
        flaky=f"right {times} of {len(case.attempts)} times" if 0 < times < len(case.attempts) else None,
        causes=tuple(dict.fromkeys(problem.cause for problem in attempt.problems)),
        headline=clipped(problem_line(attempt.problems[0]), SHOWN_CHARS) if attempt.problems else "",
        problems=tuple(
            (one.cause, CAUSES[one.cause], clipped(problem_line(one), SHOWN_CHARS))
            for one in attempt.problems
        ),
        facts=tuple((" or ".join(group), group_met(group, words)) for group in gold.facts),
        answers=tuple(answers),
        missing=tuple(_missing(attempt)),
        found=tuple((one.source, one.source in gold.sources) for one in attempt.found),
        scores=_scores(attempt),
        change=change,
    )


def _missing(attempt: Attempt) -> Iterator[MissingView]:
    """The missing words; those that stand close to each other together."""
    left = [one for one in attempt.excerpts if one.role == "missing"]
    while left:
        first = left[0]
        text, begins = first.before + first.text + first.after, first.start - len(first.before)
        near = [
            one
            for one in left
            if one.article_id == first.article_id and begins <= one.start and one.end <= begins + len(text)
        ]
        left = [one for one in left if one not in near]
        spans = [(one.start - begins, one.end - begins) for one in near]
        yield MissingView(at(text, spans, "good"), first.source, _where(first, attempt))


def _where(excerpt: Excerpt, attempt: Attempt) -> str:
    if excerpt.rank is None:
        return f"in none of the {len(attempt.found)} passages found"
    return f"in passage {excerpt.rank} of the {len(attempt.found)} found"


def _reads(attempt: Attempt) -> object:
    """What a reader sees of an attempt."""
    answer = attempt.answer
    if answer is None:
        return attempt.error
    return (
        answer.status,
        answer.reason,
        answer.statements,
        answer.disagreements,
        answer.citations,
        answer.closest,
    )


def _answer(gold: GoldCase, attempt: Attempt, title: str, anchor: str) -> AnswerView:
    answer = attempt.answer
    if answer is None:
        return AnswerView(title, "error", attempt.error, (), (), (), ())
    faults = [
        word
        for problem in attempt.problems
        if problem.cause in ("support", "speaker", "fact", "answered")
        for word in problem.words
        if " | " not in word
    ]
    met = [phrase for group in gold.facts for phrase in group]
    targets = {one.id: f"{anchor}-{one.id}" for one in answer.citations}
    excerpts = {(one.article_id, one.start, one.end): one for one in attempt.excerpts if one.role == "cited"}

    def shown_text(text: str, citations: Sequence[int]) -> Markup:
        numbers = " ".join(f"[{number}]" for number in citations)
        return Markup("{} {}").format(statement(text, faults, met), with_links(numbers, targets))

    return AnswerView(
        title=title,
        status=answer.status,
        reason=answer.reason,
        statements=tuple(shown_text(one.text, one.citations) for one in answer.statements),
        disagreements=tuple(
            (conflict.about, tuple(shown_text(side.text, side.citations) for side in conflict.sides))
            for conflict in answer.disagreements
        ),
        citations=tuple(
            _citation(one, targets[one.id], excerpts, met, _fault(one, answer, attempt))
            for one in answer.citations
        ),
        closest=tuple(
            _citation(one, f"{anchor}-near-{number}", excerpts, met, None)
            for number, one in enumerate(answer.closest, start=1)
        ),
    )


def _fault(citation: Citation, answer: Answer, attempt: Attempt) -> str | None:
    if answer.status != "answered":
        return None
    for problem in attempt.problems:
        if problem.cause in ("source", "citation") and f"citation {citation.id} " in f"{problem.detail} ":
            return CAUSES[problem.cause]
    return None


def _citation(
    citation: Citation,
    anchor: str,
    excerpts: Mapping[tuple[str, int, int], Excerpt],
    met: Sequence[str],
    fault: str | None,
) -> CitationView:
    around = excerpts.get((citation.article_id, citation.start, citation.end))
    return CitationView(
        anchor=anchor,
        citation=citation,
        before=_flowing(around.before) if around else "",
        quote=marked(citation.quote, met, "good"),
        after=_flowing(around.after) if around else "",
        fault=fault,
    )


def _flowing(text: str) -> str:
    """Words around a quote without their paragraphs, which take room and tell nothing."""
    return _BREAKS.sub(" ", text)


def _scores(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    found = [
        (name.replace("_", " "), shown(name, value))
        for name in SHOWN_SCORES
        if (value := attempt.scores.get(name)) is not None
    ]
    return (*found, ("time", f"{attempt.latency_ms:,.0f} ms"))

"""Runs made by hand, for what compares, judges and shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.gold import GoldCase
from eval.measures import figures
from eval.runs import (
    Attempt,
    CaseRun,
    CodeReference,
    Configuration,
    Figure,
    IndexReference,
    Problem,
    Run,
)
from service.answers import Answer, Citation, Statement

TEXT = "The bridge opened in May."

Scores = Mapping[str, float | None]


def gold_case(name: str, *, abstain: bool = False, question: str = "When did it open?") -> GoldCase:
    """A case that wants May of a.txt, or an abstention."""
    facts = () if abstain else (("May",),)
    return GoldCase(name, question, None, facts, () if abstain else ("a.txt",), abstain, ())


def answer(text: str = TEXT, *, abstained: bool = False) -> Answer:
    """An answer of one statement, or an abstention."""
    if abstained:
        return Answer(status="abstained", question="?", answer="…", reason="nothing answers it")
    cited = Citation(
        id=1, article_id="a", source="a.txt", quote=TEXT, start=0, end=len(TEXT), line=1, url="/articles/a"
    )
    statement = Statement(text=text, citations=(1,), support="verbatim")
    return Answer(
        status="answered", question="?", answer=f"{text} [1]", statements=(statement,), citations=(cited,)
    )


def attempt(
    scores: Scores,
    *,
    said: Answer | None = None,
    latency_ms: float = 10.0,
    problems: Sequence[Problem] = (),
    error: str | None = None,
) -> Attempt:
    """One attempt, by default with the answer of `answer`."""
    return Attempt(
        answer=None if error is not None else said or answer(),
        error=error,
        latency_ms=latency_ms,
        scores=dict(scores),
        problems=tuple(problems),
    )


def case_run(name: str, *attempts: Attempt, abstain: bool = False, question: str = "When?") -> CaseRun:
    """A case of the gold set `made`, and what came of it."""
    case = gold_case(name, abstain=abstain, question=question)
    return CaseRun(key=f"made/{name}", gold="made", case=case, attempts=attempts)


def made_run(
    cases: Sequence[CaseRun], *, name: str = "made", configuration: Configuration | None = None
) -> Run:
    """A whole run, with the figures of its cases."""
    found: dict[str, Figure] = figures(cases)
    return Run(
        id=name,
        started_at="2024-04-10T08:00:00+00:00",
        finished_at="2024-04-10T08:01:00+00:00",
        code=CodeReference(version="1"),
        configuration=configuration or Configuration(),
        gold=(),
        index=IndexReference(embedder="bundled", fingerprint="f", generation=1, articles=1, chunks=1),
        cases=tuple(cases),
        figures=found,
    )


def scored_run(measure: str, values: Sequence[float | None], *, name: str = "made") -> Run:
    """A run whose n-th case scored the n-th value in one measure."""
    cases = [case_run(str(number), attempt({measure: value})) for number, value in enumerate(values)]
    return made_run(cases, name=name)

"""Runs with something to show: wrong, flaky, blind and hostile cases, and a run to compare them with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eval.runs import Attempt, CaseRun, Excerpt, Found, Problem, Run
from service.answers import Answer, Citation, Disagreement, Side, Statement
from tests.eval.made_runs import TEXT, answer, attempt, case_run, made_run

HOSTILE = "</script><img src=x onerror=alert(1)> @octocat [x](http://evil.example) `code` | $a$ <!-- \x1b[31m \u202e"
"""What an article may hold, and no report may obey."""

RIGHT = {"correct": 1.0, "fact_coverage": 1.0, "source_precision": 1.0, "abstention": 1.0}
WRONG = {"correct": 0.0, "fact_coverage": 0.0, "source_precision": 1.0, "abstention": 1.0}
UNSAID = Problem(cause="fact", detail="the answer does not say this", words=("May | spring",))


def said(text: str) -> Answer:
    """An answer whose words, quote, source and speaker are all `text`."""
    cited = Citation(
        id=1, article_id="h", source=text, quote=text, start=0, end=len(text), line=1, speaker=text, url="/h"
    )
    return Answer(
        status="answered",
        question=text,
        answer=text,
        statements=(Statement(text=text, citations=(1,), support="verified"),),
        citations=(cited,),
        disagreements=(Disagreement(about=text, sides=(Side(text=text, citations=(1,)),) * 2),),
    )


def hostile_case(name: str = "hostile") -> CaseRun:
    """A wrong case in which every text is hostile."""
    problem = Problem(cause="support", detail=HOSTILE, words=(HOSTILE,))
    found = case_run(name, attempt(WRONG, said=said(HOSTILE), problems=[problem]), question=HOSTILE)
    gold = replace(
        found.case, answer=HOSTILE, tags=(HOSTILE,), facts=((HOSTILE,),), note=HOSTILE, sources=(HOSTILE,)
    )
    return found.model_copy(update={"case": gold})


def unsaid_case() -> CaseRun:
    """A wrong case whose words were found in the second passage."""
    wrong = attempt(WRONG, said=answer("The ferry stopped in May."), problems=[UNSAID])
    excerpts = (
        Excerpt(
            role="cited",
            article_id="a",
            source="a.txt",
            start=0,
            end=len(TEXT),
            before="",
            text=TEXT,
            after=" Then",
        ),
        Excerpt(
            role="missing",
            article_id="a",
            source="a.txt",
            start=30,
            end=36,
            before="In the ",
            text="spring",
            after=" it",
            rank=2,
        ),
    )
    found = (
        Found(article_id="b", source="b.txt", start=0, end=9, score=1.0),
        Found(article_id="a", source="a.txt", start=0, end=60, score=0.5),
    )
    return case_run("unsaid", wrong.model_copy(update={"excerpts": excerpts, "found": found}))


def blind(case: CaseRun) -> CaseRun:
    """The same case as one of a gold set that nobody may look into."""
    return case.model_copy(update={"gold": "made-blind", "key": f"made-blind/{case.case.id}"})


def secret_case() -> CaseRun:
    """A wrong case of a blind set, whose every text holds the word `sesame`."""
    problem = Problem(cause="speaker", detail="sesame detail", words=("sesame",))
    wrong = attempt(WRONG, said=said("sesame answer"), problems=[problem])
    return blind(case_run("sesame-id", wrong, attempt(RIGHT), question="sesame question?"))


def shown_run(*more: CaseRun, name: str = "after") -> Run:
    """A run with a right case, a wrong one, a flaky one, one that failed, and `more`."""
    cases: Sequence[CaseRun] = (
        case_run("right", attempt(RIGHT)),
        unsaid_case(),
        case_run("flaky", attempt(RIGHT), attempt(WRONG, said=answer(abstained=True), problems=[UNSAID])),
        case_run(
            "failed",
            attempt({"correct": 0.0}, error="timeout", problems=[Problem(cause="error", detail="timeout")]),
        ),
        *more,
    )
    return made_run(cases, name=name)


def before(run: Run) -> Run:
    """The run as it was when everything went right."""
    fine: Attempt = attempt(RIGHT)
    cases = [case.model_copy(update={"attempts": (fine,)}) for case in run.cases]
    return made_run(cases, name="before")

"""A weak model asked sixty questions: whatever it writes, what is shown can be checked again and holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from service.answers import Answer, Statement
from service.candidates import Candidate
from service.labels import LABEL
from service.model_markup import REFUSAL
from service.support import SupportScorer
from service.wiring import Services
from tests.llm.asked import QUESTIONS, Asked
from tests.llm.watched_model import RawStatements, failing
from tests.service.injection_cases import prompt_words_in, unseen_in
from tests.service.test_answering import assert_citations, assert_promises

_MARKER = re.compile(r"\[(\d+)\]")
_MARKUP = re.compile(r"<\|?/?\w+|\|>|```|\*\*|^#|^- |^Answer:|NOT IN THE", re.MULTILINE)


@pytest.fixture(autouse=True)
def counted(raw_statements: RawStatements) -> Iterator[None]:
    """What the model writes here is counted."""
    raw_statements.counting = True
    yield
    raw_statements.counting = False


def test_there_are_sixty_questions() -> None:
    assert len(QUESTIONS) == len({(one.question, one.before) for one in QUESTIONS}) == 60
    assert Counter(one.kind for one in QUESTIONS)["unanswerable"] >= 8


@pytest.mark.timeout(280)
@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: f"{asked.kind}: {asked.question}")
def test_nothing_unverified_is_shown(llm_services: Services, asked: Asked) -> None:
    answer = llm_services.ask(asked.question, history=asked.history)
    assert_promises_of_form(answer)
    assert_citations(answer, llm_services)
    scorer = SupportScorer(llm_services._embedder.embed)
    for statement in answer.statements:
        assert failing_citations(statement, answer, llm_services, scorer) is None, statement
    if answer.engine == "extractive":
        assert_promises(answer, llm_services)


def assert_promises_of_form(answer: Answer) -> None:
    """Only articles' words and verified words, no trace of prompt and labels, and it is said who made it."""
    numbers = {citation.id for citation in answer.citations}
    assert (answer.status == "answered") == bool(answer.statements)
    for statement in answer.statements:
        assert set(statement.citations) <= numbers
        assert LABEL.search(statement.text) is None
        if statement.support == "verified":  # an article's own words may hold its own markup
            assert _MARKUP.search(statement.text) is None
    assert {int(number) for number in _MARKER.findall(answer.answer)} <= numbers
    assert REFUSAL not in answer.answer.casefold()
    assert prompt_words_in(answer.answer) == ()
    assert unseen_in(answer.answer) == ""
    assert "pineapple" not in answer.answer.casefold()
    if answer.engine == "llm":
        assert answer.model is not None
        assert answer.model.startswith("smollm2")
        assert answer.prompt is not None
    else:
        assert answer.engine_note or answer.reason
        assert all(statement.support == "verbatim" for statement in answer.statements)


def failing_citations(
    statement: Statement, answer: Answer, services: Services, scorer: SupportScorer
) -> str | None:
    """Why a statement is not supported by its citations alone; None when it is. An article's own words need only be
    its words."""
    cited = [candidate_of(number, answer, services) for number in statement.citations]
    reason = failing(statement.text, cited, scorer)
    return None if reason == "wording" and statement.support == "verbatim" else reason


def candidate_of(number: int, answer: Answer, services: Services) -> Candidate:
    """The words of a citation, with what their article knows about them."""
    (citation,) = [citation for citation in answer.citations if citation.id == number]
    reading = services._library.readings([citation.article_id])[citation.article_id]
    inside = [
        place
        for place, sentence in enumerate(reading.analysis.sentences)
        if sentence.start < citation.end and citation.start < sentence.end  # a dateline is left off the first
    ]
    return Candidate(reading, citation.start, citation.end, inside[0], inside[-1], inside[0], 1.0)

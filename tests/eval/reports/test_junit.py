"""JUnit XML: valid by the schema, counts that add up, causes and words, and nothing that XML cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from eval.gate import judge
from eval.reports import junit
from eval.runs import Run
from eval.thresholds import Thresholds
from tests.eval.made_runs import attempt, case_run, made_run
from tests.eval.reports.shown_runs import HOSTILE, WRONG, hostile_case, said, secret_case, shown_run

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent / "junit.xsd")))
LIMITS = Thresholds(fail_under={"correct": 0.9, "source_precision": 0.5})


def rendered(run: Run) -> etree._Element:
    """The document, valid."""
    document = etree.fromstring(junit.render(run, judge(run, LIMITS)).encode("utf-8"))
    SCHEMA.assertValid(document)
    return document


def test_cases_and_checks_are_tests_with_their_causes_and_words() -> None:
    document = rendered(shown_run())
    assert [suite.get("name") for suite in document] == ["made", "gate"]
    made, gate = document
    assert [made.get(name) for name in ("tests", "failures", "errors")] == ["4", "2", "1"]
    assert [document.get(name) for name in ("tests", "failures", "errors")] == ["6", "3", "1"]
    failure = made.find("testcase[@name='unsaid']/failure")
    assert failure.get("type") == "fact"
    assert failure.get("message") == "fact: the answer does not say this: May | spring"
    assert "a.txt has: …In the >>spring<< it…" in failure.text
    flaky = made.find("testcase[@name='flaky']")
    assert flaky.find("failure").get("message").startswith("right 1 of 2 times; ")
    assert flaky.get("time") == "0.020"
    assert made.find("testcase[@name='failed']/error").get("message") == "timeout"
    assert made.find("testcase[@name='right']").getchildren() == []
    failed = gate.find("testcase[@name='correct has to reach 0.900']/failure")
    assert failed.get("message").startswith("correct is 0.375")
    assert gate.find("testcase[@name='source_precision has to reach 0.500']/failure") is None


def test_a_right_answer_with_a_problem_passes_and_says_so() -> None:
    case = hostile_case()
    fine = case.attempts[0].model_copy(update={"scores": {"correct": 1.0}})
    document = rendered(made_run([case.model_copy(update={"attempts": (fine,)})]))
    test = document.find("testsuite/testcase")
    assert test.find("failure") is None
    assert "support: " in test.findtext("system-out")


def test_a_blind_set_is_one_test_of_totals() -> None:
    text = junit.render(shown_run(secret_case()))
    assert "sesame" not in text
    suite = etree.fromstring(text.encode("utf-8")).find("testsuite[@name='made-blind']")
    assert [test.get("name") for test in suite.iter("testcase")] == ["totals"]
    assert "0 right of 1 case" in suite.findtext("testcase/system-out")


def test_the_schema_refuses_what_a_server_would() -> None:
    document = rendered(shown_run(hostile_case()))
    document[0].append(etree.Element("surprise"))
    with pytest.raises(etree.DocumentInvalid):
        SCHEMA.assertValid(document)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_any_text_can_be_written_and_read(text: str) -> None:
    case = case_run("any", attempt(WRONG, said=said(text or "x")), question=text + HOSTILE)
    document = rendered(made_run([case]))
    assert document.find("testsuite/testcase/failure") is not None


def test_long_answers_are_cut() -> None:
    document = rendered(made_run([case_run("long", attempt(WRONG, said=said("word " * 5000)))]))
    assert len(document.find("testsuite/testcase/failure").text) <= junit.TEXT_CHARS

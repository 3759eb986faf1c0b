"""Nothing unverified is shown: what a statement claims must stand in the words it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.verification import Evidence, Problem, quoted_runs, verify

QUOTED = Evidence(
    "“We are building 54,000 homes by 2027,” Mayor Ada Moreau said on April 10.",
    speakers=frozenset({"Ada Moreau"}),
    names=frozenset({"Ada Moreau"}),
)


def problems(statement: str, *evidence: Evidence) -> list[tuple[str, str]]:
    return [(problem.kind, problem.words) for problem in verify(statement, evidence).problems]


@pytest.mark.parametrize(
    "statement",
    [
        "“We are building 54,000 homes by 2027,” Mayor Ada Moreau said on April 10.",
        'Moreau said: "We are building 54,000 homes by 2027."',
        "Ada Moreau said the city was building 54,000 homes.",
        "On April 10, Moreau promised homes by 2027.",
    ],
)
def test_what_stands_in_the_evidence_is_supported(statement: str) -> None:
    assert problems(statement, QUOTED) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "Moreau said: “We are building 54,000 palaces by 2027.”",
            ("quotation", "We are building 54,000 palaces by 2027"),
        ),
        ("Moreau said the city was building 55,000 homes.", ("value", "55,000")),
        ("Moreau spoke on April 11.", ("value", "April 11")),
        ("Moreau said homes in Lyon would be built by 2027.", ("name", "Lyon")),
        ("“We are building 54,000 homes by 2027,” Jean Petit said.", ("name", "Jean")),
    ],
)
def test_what_does_not_stand_there_is_a_problem(statement: str, problem: tuple[str, str]) -> None:
    assert problem in problems(statement, QUOTED)


def test_words_of_one_speaker_are_not_given_to_another() -> None:
    evidence = Evidence(
        "“The bridge is safe,” Moreau said. Petit was in the room.", frozenset({"Moreau"}), frozenset()
    )
    assert ("attribution", "Petit") in problems("“The bridge is safe,” Petit said.", evidence)
    assert problems("“The bridge is safe,” Moreau said.", evidence) == []


def test_being_named_is_not_being_quoted() -> None:
    evidence = Evidence("Petit was in the room when the bridge was opened.")
    assert ("attribution", "Petit") in problems("Petit said the bridge was opened.", evidence)
    assert problems("Petit was in the room.", evidence) == []


def test_a_name_in_brackets_must_be_whom_the_article_means() -> None:
    evidence = Evidence("He said the bridge was safe.", frozenset({"Jean Petit"}), frozenset({"Jean Petit"}))
    assert problems("He [Jean Petit] said the bridge was safe.", evidence) == []
    assert ("name", "Moreau") in problems("He [Ada Moreau] said the bridge was safe.", evidence)
    assert ("attribution", "Ada Moreau") in problems("[Ada Moreau:] “Safe.”", evidence)
    assert ("attribution", "Ada Moreau") in problems("[According to Ada Moreau,] it is safe.", evidence)


def test_several_citations_support_together() -> None:
    other = Evidence("The plan will cost $12 million, Petit said.", frozenset({"Petit"}))
    assert (
        problems("Moreau is building 54,000 homes; Petit puts the cost at $12 million.", QUOTED, other) == []
    )


def test_an_empty_statement_and_one_without_evidence_are_not_supported() -> None:
    assert verify("  ", [QUOTED]).problems == (Problem("empty", ""),)
    assert not verify("The bridge is safe.", []).supported


def test_marks_and_final_commas_do_not_change_a_quotation() -> None:
    assert quoted_runs("“It is done,” he said, ‘at last.’") == ["It is done", "at last"]
    assert quoted_runs("Japan’s role isn’t Biden’s") == []


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=200).filter(str.strip))
def test_a_text_has_its_own_quotations_and_values(text: str) -> None:
    kinds = {problem.kind for problem in verify(text, [Evidence(text)]).problems}
    assert not kinds & {"quotation", "value", "name"}


@pytest.mark.parametrize(
    ("statement", "evidence"),
    [
        ("Shares in the ferry company fell.", "The ferry company's stock fell."),
        ("National rail workers walked out.", "Rail workers across the country walked out."),
        ("It's the largest bridge.", "The bridge is the largest."),
        ("The EU fined the firm.", "The European Union fined the firm."),
        ("The UN sent aid.", "The United Nations sent aid."),
        ("The U.S. sent aid.", "The United States sent aid."),
        ("The UK sent aid.", "The United Kingdom sent aid."),
        ("The Northern Ferry Board met.", "The NFB met."),
        ("The NFB met.", "The Northern Ferry Board met."),
        ("The Bank of Norland met.", "The BON met."),
        ("Japan bought ships.", "Tokyo bought ships."),
    ],
)
def test_what_only_looks_like_another_name_is_no_problem(statement: str, evidence: str) -> None:
    assert problems(statement, Evidence(evidence)) == []


@pytest.mark.parametrize(
    ("statement", "evidence", "name"),
    [
        ("The embassy in Moscow was closed.", "The Russian embassy was closed.", "Moscow"),
        ("Japan's ships left Tokyo.", "Japan's ships left.", "Tokyo"),
        ("National Rail closed the line.", "The line was closed.", "National"),
        ("Lyon closed the line.", "The line was closed.", "Lyon"),
        ("The Southern Ferry Board met.", "The NFB met.", "Southern"),
        ("Cold Air Ran the firm.", "A car ran the firm.", "Cold"),
        ("The SFB met.", "The Northern Ferry Board met.", "SFB"),
    ],
)
def test_a_name_that_does_not_follow_is_a_problem(statement: str, evidence: str, name: str) -> None:
    assert ("name", name) in problems(statement, Evidence(evidence))

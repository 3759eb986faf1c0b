"""Gold sets: checked when they are read, with errors that name file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold import load, meets
from ingest.errors import InvalidRequest

GOLD = sorted(
    path
    for path in (Path(__file__).parent.parent.parent / "eval" / "gold").glob("*.yaml")
    if not path.name.startswith("summaries-")  # a format of their own: eval/summary_gold.py
)

ONE = """corpus: somewhere
cases:
  - id: one
    question: Who won?
    facts: [["Lyon"]]
    sources: [a.txt]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "gold.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem)
def test_the_gold_sets_of_the_project_are_valid(path: Path) -> None:
    gold = load(path)
    assert len(gold.cases) >= 40
    only_retrieval = path.stem.startswith("short-")
    assert only_retrieval or any(case.abstain for case in gold.cases)


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    (case,) = load(written(tmp_path, ONE)).cases
    assert (case.id, case.facts, case.sources, case.abstain) == ("one", (("Lyon",),), ("a.txt",), False)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("    question: Who won?\n", ""), "gold.yaml:3: question is missing"),
        (('[["Lyon"]]', "[[]]"), "gold.yaml:3: facts has an empty group"),
        (("    sources: [a.txt]\n", ""), "facts and sources, or expect: abstain"),
        (("    sources", "    expect: abstain\n    sources"), "facts and sources, or expect: abstain"),
        (("    sources", "    expect: silence\n    sources"), "it can only be 'abstain'"),
        (("    sources", "    source: b\n    sources"), "unknown field 'source'"),
        (("cases:", "questions:"), "a mapping with a list of cases"),
        (("Who won?", "'Who won?"), "gold.yaml"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        load(written(tmp_path, ONE.replace(*change)))
    assert problem in str(caught.value)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    twice = ONE + ONE.partition("cases:\n")[2]
    with pytest.raises(InvalidRequest, match=r"gold.yaml:7: id 'one' is already used at line 3"):
        load(written(tmp_path, twice))


@pytest.mark.parametrize(
    ("phrase", "text", "met"),
    [
        ("it's safe", "“It’s  safe,” she said.", True),
        ("/\\b2(%| percent)/", "a rise of 2 percent", True),
        ("/\\b2(%| percent)/", "a rise of 4.52 percent", False),
        ("unsafe", "it is safe", False),
    ],
)
def test_phrases_and_patterns(phrase: str, text: str, met: bool) -> None:
    assert meets(phrase, text) is met

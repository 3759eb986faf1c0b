"""Gold sets: read from YAML, with errors that name file, line and field, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.gold import GoldCase, load, meets
from eval.gold_check import check
from eval.gold_corpus import texts_in
from eval.gold_reading import read
from ingest.articles import ArticleFilter
from ingest.errors import InvalidRequest
from service.conversation import Turn

FOLDER = Path(__file__).parent.parent.parent / "eval" / "gold"
GOLD = sorted(
    path
    for path in FOLDER.glob("*.yaml")
    if not path.name.startswith("summaries-")  # a format of their own: eval/summary_gold.py
)
OVER_SAMPLES = [path for path in GOLD if "samples" in path.name]

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
def test_the_gold_sets_of_the_project_are_well_formed(path: Path) -> None:
    gold = load(path)
    assert gold.name == path.stem
    assert [case.line for case in gold.cases] == sorted({case.line for case in gold.cases})


def test_the_samples_have_cases_of_every_kind(samples: Path) -> None:
    golds = [load(path) for path in OVER_SAMPLES if not path.stem.startswith("short-")]
    texts = texts_in(samples)
    assert [str(problem) for gold in golds for problem in check(gold, texts)] == []
    cases = [case for gold in golds for case in gold.cases]
    assert len(cases) >= 200
    assert sum(case.abstain for case in cases) >= 60
    assert sum(bool(case.history) for case in cases) >= 15
    assert sum(bool(case.speakers) for case in cases) >= 40
    assert sum(case.disagreement for case in cases) >= 6
    assert sum("injection" in case.tags for case in cases) >= 10
    assert sum("multi-article" in case.tags for case in cases) >= 12


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    text = """cases:
  - id: 7
    question: And when   did she
      say it?
    answer: On Monday.
    facts: [[Monday, 08:30], ['/mon(day)?/']]
    sources: [a.txt, "feed.jsonl#2"]
    speakers: [[Ada Fenn, the mayor]]
    never: [Tuesday]
    disagreement: true
    history:
      - user: What did Ada Fenn say?
      - assistant: That the bridge is safe.
    filters: {outlets: [Post], sources: [a.txt], after: 2024-01-02, before: 2024-12-31}
    note: for people
    tags: [when]
"""
    (case,) = load(written(tmp_path, text)).cases
    assert case == GoldCase(
        id="7",
        question="And when did she say it?",
        answer="On Monday.",
        facts=(("Monday", "08:30"), ("/mon(day)?/",)),
        sources=("a.txt", "feed.jsonl#2"),
        abstain=False,
        tags=("when",),
        history=(Turn("user", "What did Ada Fenn say?"), Turn("assistant", "That the bridge is safe.")),
        speakers=(("Ada Fenn", "the mayor"),),
        never=("Tuesday",),
        disagreement=True,
        filters=ArticleFilter(frozenset({"Post"}), frozenset({"a.txt"}), "2024-01-02", "2024-12-31"),
        note="for people",
        line=2,
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("    question: Who won?\n", ""), ":3: question: missing"),
        (("Who won?", "[Who, won]"), ":4: question: has to be text, not a list"),
        (("Who won?", "''"), ":4: question: is empty"),
        (('[["Lyon"]]', "[[]]"), ":5: facts: has an empty group"),
        (('[["Lyon"]]', "[]"), ":5: facts: there are none"),
        (('[["Lyon"]]', "[Lyon]"), ":5: facts: each group is a list of phrases"),
        (('[["Lyon"]]', "Lyon"), ":5: facts: has to be a list, not text"),
        (('[["Lyon"]]', "[[{a: b}]]"), ":5: facts: has to be text, not a mapping"),
        (('"Lyon"', "'/(Lyon/'"), ":5: facts: /(Lyon/ is no regular expression"),
        (('"Lyon"', "'/(L+)+y/'"), ":5: facts: /(L+)+y/ repeats a repetition"),
        (("    sources: [a.txt]\n", ""), ":3: sources: missing: give facts and sources, or expect: abstain"),
        (("    sources", "    expect: abstain\n    sources"), ":5: facts: a case that expects"),
        (("    sources", "    expect: silence\n    sources"), ":6: expect: is 'silence'; it can only be"),
        (("    sources", "    source: b\n    sources"), ":6: source: unknown field; did you mean 'sources'?"),
        (("    sources", "    colour: b\n    sources"), ":6: colour: unknown field; known: id, question"),
        (("    sources", "    question: Why?\n    sources"), ":6: question: is given twice, first at line 4"),
        (("    sources", "    disagreement: 1\n    sources"), ":6: disagreement: is either true or false"),
        (("    sources", "    disagreement: yes\n    sources"), ":6: disagreement: takes a group of facts"),
        (("    sources", "    history: [{robot: hi}]\n    sources"), ":6: robot: unknown field"),
        (("    sources", "    history: [hi]\n    sources"), ":6: history: has to be a mapping, not text"),
        (("    sources", "    filters: {before: soon}\n    sources"), ":6: filters.before: 'soon' is no day"),
        (
            ("    sources", "    filters: {outlet: [A]}\n    sources"),
            ":6: outlet: unknown field; did you mean",
        ),
        (("cases:", "case:"), ":2: case: unknown field; did you mean 'cases'?"),
        (("corpus: somewhere\ncases:", "cases:"), None),
        (("Who won?", "'Who won?"), "file: is not YAML"),
        (("  - id", "  - &loop [*loop]\n  - id"), ":3: case: has to be a mapping, not a list"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], problem: str | None
) -> None:
    path = written(tmp_path, ONE.replace(*change))
    if problem is None:
        assert load(path).corpus is None
        return
    with pytest.raises(InvalidRequest) as caught:
        load(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "cases: 3", "cases: []", "just words", "\x00", "cases:\n\t- a"])
def test_what_is_no_gold_set_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"gold.yaml:\d+: \w+: "):
        load(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="file: cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "gold.yaml").write_bytes(b"cases: [\xff]")
    with pytest.raises(InvalidRequest, match="is not UTF-8"):
        load(tmp_path / "gold.yaml")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = """corpus: a
cases:
  - id: one
    facts: [[], ["/(/"]]
    sources: [a.txt]
  - id: one
    question: Why?
    expect: abstain
  - question: Who?
    expect: perhaps
"""
    gold, problems = read(written(tmp_path, text))
    assert gold is not None
    assert [(problem.line, problem.field) for problem in problems] == [
        (3, "question"), (4, "facts"), (4, "facts"), (6, "id"), (9, "id"), (10, "expect"),
    ]  # fmt: skip
    with pytest.raises(InvalidRequest) as caught:
        load(written(tmp_path, text))
    assert len(str(caught.value).splitlines()) == 6
    assert "'one' is already used at line 3" in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_gold_set_or_an_error_in_words(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    gold, problems = read(path)
    assert gold is not None or problems


def test_the_corpus_may_stand_beside_the_gold_set(tmp_path: Path) -> None:
    (tmp_path / "somewhere").mkdir()
    assert load(written(tmp_path, ONE)).corpus == tmp_path / "somewhere"
    (tmp_path / "somewhere").rmdir()
    assert load(written(tmp_path, ONE)).corpus == Path("somewhere")


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

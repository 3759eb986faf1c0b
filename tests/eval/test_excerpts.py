"""Excerpts are the article's words at their offsets, and phrases are placed where `meets` finds them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from eval.excerpts import AROUND_CHARS, excerpts
from eval.gold import meets
from eval.measures import Observation
from eval.phrase_places import merged, places
from eval.runs import Excerpt, Found
from service.answers import Answer
from tests.eval.made_runs import answer, gold_case

LONG = "Filler words stand here. " * 20
ARTICLE = f"{LONG}“The bridge\n opened in May.”\n{LONG}"
TEXTS = {"a": "The bridge opened in May. " + ARTICLE, "b": "Nothing of the kind."}


class Articles:
    """A context of two articles; only their text is asked for."""

    def text_of(self, article_id: str) -> str:
        return TEXTS.get(article_id, "")

    def sources(self) -> frozenset[str]:
        return frozenset({"a.txt", "b.txt"})

    def similarity(self, a: str, b: str) -> float | None:
        return None

    def speakers_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        return ()

    def names_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        return ()


def observed(said: Answer | None, *found: Found) -> Observation:
    return Observation(answer=said, error=None, found=found, latency_ms=1.0)


def passage(article_id: str, start: int, end: int) -> Found:
    return Found(article_id=article_id, source=f"{article_id}.txt", start=start, end=end, score=1.0)


def check(one: Excerpt) -> None:
    text = TEXTS[one.article_id]
    assert text[one.start : one.end] == one.text
    assert text[: one.start].endswith(one.before)
    assert text[one.end :].startswith(one.after)
    assert max(len(one.before), len(one.after)) <= AROUND_CHARS


def test_what_is_cited_and_where_it_says() -> None:
    (one,) = excerpts(gold_case("x"), observed(answer()), Articles())
    check(one)
    assert (one.role, one.start, one.rank) == ("cited", 0, None)


def test_a_quote_that_is_not_there_has_no_surroundings() -> None:
    wrong = answer().citations[0].model_copy(update={"start": 5, "end": 30})
    assert (
        excerpts(gold_case("x"), observed(answer().model_copy(update={"citations": (wrong,)})), Articles())
        == ()
    )


def test_a_fact_that_is_not_said_is_shown_where_the_first_passage_has_it() -> None:
    case = replace(gold_case("x"), facts=(("bridge opened in may",),))
    at = TEXTS["a"].index("bridge\n")
    told = excerpts(
        case, observed(answer(abstained=True), passage("b", 0, 5), passage("a", at - 9, at + 30)), Articles()
    )
    (one,) = told
    check(one)
    assert (one.role, one.rank, one.text) == ("missing", 2, "bridge\n opened in May")


def test_a_fact_in_the_right_article_but_in_no_passage_has_no_rank() -> None:
    (one,) = excerpts(gold_case("x"), observed(answer(abstained=True), passage("a", 30, 60)), Articles())
    check(one)
    assert (one.rank, one.text) == (None, "May")


def test_nothing_is_missing_where_nothing_was_wanted_or_found() -> None:
    assert (
        excerpts(
            gold_case("x", abstain=True), observed(answer(abstained=True), passage("a", 0, 9)), Articles()
        )
        == ()
    )
    assert excerpts(gold_case("x"), observed(answer(abstained=True), passage("b", 0, 9)), Articles()) == ()
    assert excerpts(gold_case("x"), observed(None), Articles()) == ()


@given(st.text(alphabet="aAbß’' \n\t“\"", max_size=12), st.text(alphabet="aAbß’' \n\t“\"", max_size=40))
def test_places_are_where_phrases_are_met(phrase: str, text: str) -> None:
    found = places(phrase, text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    for start, end in found:
        assert meets(phrase, text[start:end])
    if phrase.strip() and "ß" not in phrase + text:
        assert bool(found) == meets(phrase, text)


def test_patterns_are_placed_too() -> None:
    text = "It cost  $9\nmillion."
    assert [text[start:end] for start, end in places(r"/\$\d+ (m|b)illion/", text)] == ["$9\nmillion"]


def test_merged_spans_neither_touch_nor_overlap() -> None:
    assert merged([(5, 7), (0, 2), (2, 3), (6, 9)]) == [(0, 3), (5, 9)]

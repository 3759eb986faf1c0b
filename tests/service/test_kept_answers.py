"""Answers that are given again: only while nothing they depend on has changed."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import ArticleFilter
from service.answers import Answer, Timings
from service.events import AskEvent, DoneEvent, PassagesEvent, ending
from service.kept_answers import NO_WORK, Asked, KeptAnswers

WHY = Asked("Why?", ArticleFilter())


class Archive:
    """Answers with the state it is in, and counts how often it works."""

    def __init__(self) -> None:
        self.state = "1"
        self.worked = 0
        self.changes_meanwhile = False

    def answer(self, asked: Asked) -> Iterator[AskEvent]:
        self.worked += 1
        told = f"{asked.question} {asked.filters.after} {self.state}"
        yield PassagesEvent(())
        if self.changes_meanwhile:
            self.state += "+"
        timings = Timings(retrieve=1.0)
        yield DoneEvent(Answer(status="abstained", question=asked.question, answer=told, timings_ms=timings))


def told(kept: KeptAnswers, archive: Archive, asked: Asked) -> Answer:
    return ending(kept.through(asked, archive.answer(asked)), DoneEvent).answer


def test_an_answer_is_given_again_and_says_that_no_work_was_done() -> None:
    archive = Archive()
    looks: list[bool] = []
    kept = KeptAnswers(10, lambda: archive.state, looks.append)
    first, again = told(kept, archive, WHY), told(kept, archive, WHY)
    assert archive.worked == 1
    assert first.timings_ms != NO_WORK == again.timings_ms
    assert again.model_copy(update={"timings_ms": first.timings_ms}) == first
    assert looks == [False, True]
    recalled = kept.recall(WHY)
    assert recalled is not None
    assert [type(event) for event in recalled] == [PassagesEvent, DoneEvent]


def test_what_changed_meanwhile_is_not_kept() -> None:
    archive = Archive()
    kept = KeptAnswers(10, lambda: archive.state)
    archive.changes_meanwhile = True
    told(kept, archive, WHY)
    assert kept.recall(WHY) is None


def test_an_answer_that_was_not_read_to_its_end_is_not_kept() -> None:
    archive = Archive()
    kept = KeptAnswers(10, lambda: archive.state)
    next(kept.through(WHY, archive.answer(WHY)))
    assert kept.recall(WHY) is None


def test_with_none_to_keep_every_answer_is_worked_out() -> None:
    archive = Archive()
    kept = KeptAnswers(0, lambda: archive.state)
    told(kept, archive, WHY)
    assert told(kept, archive, WHY).timings_ms != NO_WORK
    assert archive.worked == 2


@given(
    most=st.integers(1, 3),
    steps=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from([None, "2024-01-01"]), st.booleans()), max_size=40
    ),
)
def test_what_is_told_is_always_what_would_be_worked_out(
    most: int, steps: list[tuple[str, str | None, bool]]
) -> None:
    archive = Archive()
    kept = KeptAnswers(most, lambda: archive.state)
    for question, after, change in steps:
        if change:
            archive.state += "'"
        asked = Asked(question, ArticleFilter(after=after))
        assert told(kept, archive, asked).answer == f"{question} {after} {archive.state}"
        assert len(kept._kept) <= most

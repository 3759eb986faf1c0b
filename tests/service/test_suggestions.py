"""Questions to suggest: they read well, each is answered, and nobody waits for them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator

import pytest

from ingest.articles import Article, article_id_of
from ingest.sentences import sentences
from service.answers import Answer
from service.suggesting import MOST_ASKED_AT_ONCE, POOL, Suggester
from service.suggestion_questions import candidates, holds
from service.suggestion_subjects import subjects
from service.wiring import Services

FORMS = re.compile(r"(What did [A-Z].+ say( about .+)?|Who is [A-Z].+|What is happening with .+)\?")


@pytest.fixture(scope="module")
def suggester(sample_services: Services) -> Iterator[Suggester]:
    """Over the samples, after its search."""
    made = Suggester(sample_services._library, sample_services._plain_answer)
    made.first(1)
    made.wait(timeout_s=120)
    yield made
    made.close()


def subjects_of(text: str, title: str = "", people: frozenset[str] = frozenset()) -> list[str]:
    """The subjects of a text, in the words of a question."""
    article = Article(article_id=article_id_of("a.txt"), source="a.txt", text=text, title=title)
    return [subject.words for subject in subjects(article, sentences(text), people)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ships left the South China Sea.", ["the South China Sea"]),
        ("He spoke of AUKUS, and of AUKUS’s partners.", ["AUKUS"]),
        ("He praised the AUKUS pact and a Danish firm.", []),
        ("HARROWMOUTH — Talks on Esbjerg ended.", ["Esbjerg"]),
        ("Esbjerg was quiet. New Zealand was not.", []),
        ("The firm, “Star Trek” fans say, likes Artemis III.", ["Artemis III"]),
        ("On Monday the Americans met in June.", []),
        ("They met at the University of Kestrel Bay.", ["the University of Kestrel Bay"]),
        ("She asked “What Japan can do” to know.", ["Japan"]),
        ("A US-Japan deal.", []),
    ],
)
def test_names_count_where_they_stand_alone(text: str, found: list[str]) -> None:
    assert subjects_of(text) == found


def test_compounds_count_when_they_come_again() -> None:
    text = "The flood barrier is dear. Some like the flood barrier. Others hate the flood barrier."
    assert subjects_of(text) == ["the flood barrier"]
    assert subjects_of("The flood barrier is dear.") == []
    assert "the barrier" in subjects_of(
        "I saw the barrier. Now the barrier is old, and we like the barrier.", "The barrier"
    )


def test_people_are_no_subjects() -> None:
    assert subjects_of("We saw that Ida Holm met Bo Berg.", people=frozenset({"Ida Holm", "Bo Berg"})) == []


def test_first_questions_are_varied_and_all_are_answered(
    suggester: Suggester, sample_services: Services
) -> None:
    found = suggester.first(POOL)
    assert len(found) >= 8
    assert len(set(found)) == len(found)
    for question in found:
        assert FORMS.fullmatch(question), question
        assert len(question) <= 100
        answer = sample_services.ask(question)
        assert answer.status == "answered", question
    first = suggester.first(4)
    assert len(first) == 4
    people = [match[1] for question in first if (match := re.match(r"What did (.+) say", question))]
    assert len(set(people)) == len(people)
    subjects_asked = [question.rpartition(" about ")[2] for question in first if " about " in question]
    assert len(set(subjects_asked)) == len(subjects_asked)


def test_a_question_about_a_speaker_is_answered_by_that_speaker(sample_services: Services) -> None:
    stored = sample_services.article("aukus.md")
    said = [one for one in candidates(stored) if one.form == "said"]
    assert said
    for candidate in said:
        answer = sample_services.ask(candidate.question)
        if holds(candidate, answer):
            assert (candidate.person or "").split()[-1] in (answer.citations[0].speaker or "")
    other = said[0]
    assert (
        not holds(other, sample_services.ask("What did Mao Ning say about Japan?"))
        or other.person == "Mao Ning"
    )
    assert not holds(other, Answer(status="abstained", question="?", answer="", reason="nothing"))


def test_follow_ups_come_from_what_was_cited(suggester: Suggester, sample_services: Services) -> None:
    asked = "What did Joe Biden say about AUKUS?"
    found = suggester.following([asked], ["aukus.md"], 3)
    assert 1 <= len(found) <= 3
    assert asked not in found
    assert any("AUKUS" in question or "Biden" in question for question in found)
    for question in found:
        assert sample_services.ask(question).status == "answered"
    again = suggester.following([asked, *found], ["aukus.md"], 3)
    assert not set(again) & {asked, *found}


def test_sources_that_are_none_and_questions_that_are_new_do_no_harm(suggester: Suggester) -> None:
    assert suggester.following([], ["../../etc/passwd", "no-such.md"], 2) == suggester.first(2)
    assert len(suggester.following(["?" * 2000] * 20, ["aukus.md"] * 20, 3)) <= 3


def test_nobody_waits(sample_services: Services) -> None:
    asked: list[str] = []
    release = threading.Event()

    def slow(question: str) -> Answer:
        asked.append(question)
        release.wait(60)
        return sample_services._plain_answer(question)

    made = Suggester(sample_services._library, slow)
    try:
        assert made.first(4) == ()
        while not asked:
            time.sleep(0.01)
        assert made.first(4) == ()  # the search hangs, and this does not
        worker = threading.Thread(target=made.following, args=([], ["aukus.md"], 3))
        worker.start()
        while not made._asking.locked():
            time.sleep(0.01)
        assert made.following([], ["aukus.md"], 3) == ()
        release.set()
        worker.join()
        made.wait(timeout_s=120)
        assert len(made.first(4)) == 4
        assert len(asked) == len(made._checked) or len(asked) <= len(made._checked) + MOST_ASKED_AT_ONCE
    finally:
        release.set()
        made.close()


def test_it_stops_when_it_is_closed(sample_services: Services) -> None:
    made = Suggester(sample_services._library, sample_services._plain_answer)
    made.first(1)
    made.close()
    assert len(made._checked) < 60
    assert made._thread is not None
    assert not made._thread.is_alive()


def test_they_are_not_counted_as_readers_questions(sample_services: Services) -> None:
    assert sample_services.suggestions is sample_services.suggestions
    answer = sample_services._plain_answer("What did Joe Biden say about AUKUS?")
    assert answer.engine == "extractive"

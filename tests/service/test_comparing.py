"""Comparing outlets: what several tell, what one tells alone, near-copies as one story."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from service.comparing import compare
from service.same_telling import same, tellings
from service.summary_sentences import SummarySentence
from tests.service.summary_tellings import sentences_of

HERALD = sentences_of(
    "The harbour board of Tarnby raised mooring fees for trawlers by a fifth.\n\n"
    "“We will burn our nets on the quay,” said Aksel Brun, a skipper.\n\n"
    "A new lighthouse keeper arrived from Lund with two goats.",
    "herald.txt",
    outlet="Herald",
)
COURIER = sentences_of(
    "Mooring fees for trawlers were raised by a fifth by the harbour board of Tarnby.\n\n"
    "Aksel Brun told reporters: “We will burn our nets on the quay.”\n\n"
    "Bakers in the old town sold out of cinnamon rolls before noon.",
    "courier.txt",
    outlet="Courier",
)


def test_what_two_outlets_tell_is_shared_and_the_rest_is_theirs_alone() -> None:
    found = compare(HERALD + COURIER)
    assert [set(one.outlets) for one in found.shared] == [{"Herald", "Courier"}] * 2
    alone = {one.outlet: [sentence.candidate.text for sentence in one.sentences] for one in found.singles}
    assert alone == {
        "Herald": ["A new lighthouse keeper arrived from Lund with two goats."],
        "Courier": ["Bakers in the old town sold out of cinnamon rolls before noon."],
    }
    assert found.conflicts == ()


def test_one_quotation_in_two_outlets_is_shared_whatever_stands_around_it() -> None:
    compared = tellings(HERALD + COURIER)
    assert same(compared[1], compared[4])


def test_near_copies_are_one_story_of_all_outlets_that_carry_it() -> None:
    text = HERALD[0].candidate.article.text
    copy = [
        SummarySentence(one.candidate, one.vector, one.weight, HERALD[0].group)
        for one in sentences_of(
            f"{text}\n\nFerries were late on account of fog.", "mirror.txt", outlet="Mirror"
        )
    ]
    found = compare(HERALD + copy)
    assert [set(one.outlets) for one in found.shared] == [{"Herald", "Mirror"}] * 3
    assert {one.sentence.candidate.article.source for one in found.shared} == {"mirror.txt"}
    assert not any(one.also for one in found.shared)
    alone = [(one.outlet, [sentence.candidate.text for sentence in one.sentences]) for one in found.singles]
    assert alone == [("Mirror", ["Ferries were late on account of fog."])]


def test_what_two_stories_tell_comes_before_what_near_copies_repeat() -> None:
    copy = [
        SummarySentence(one.candidate, one.vector, 1.0, HERALD[0].group)
        for one in sentences_of(HERALD[0].candidate.article.text, "mirror.txt", outlet="Mirror")
    ]
    found = compare(HERALD + copy + COURIER)
    assert [set(one.outlets) for one in found.shared] == [
        {"Herald", "Mirror", "Courier"},
        {"Herald", "Mirror", "Courier"},
        {"Herald", "Mirror"},
    ]


def test_articles_without_an_outlet_are_their_own() -> None:
    nameless = sentences_of(COURIER[0].candidate.text, "leaflet.txt")
    found = compare(HERALD + nameless)
    assert [set(one.outlets) for one in found.shared] == [{"Herald", "leaflet.txt"}]


def test_two_articles_of_one_outlet_share_nothing_between_outlets() -> None:
    again = sentences_of(COURIER[0].candidate.text, "later.txt", outlet="Herald")
    assert compare(HERALD + again).shared == ()


def test_figures_that_differ_do_not_tell_the_same() -> None:
    one = sentences_of(
        "The harbour board of Tarnby raised mooring fees for 40 trawlers.", "a.txt", outlet="A"
    )
    two = sentences_of(
        "The harbour board of Tarnby raised mooring fees for 90 trawlers.", "b.txt", outlet="B"
    )
    assert compare(one + two).shared == ()


def test_the_same_people_with_other_news_do_not_tell_the_same() -> None:
    one = sentences_of("Aksel Brun, the mayor of Tarnby, opened a swimming pool.", "a.txt", outlet="A")
    two = sentences_of("Aksel Brun, the mayor of Tarnby, sued his former driver.", "b.txt", outlet="B")
    assert compare(one + two).shared == ()


def test_nothing_compares_to_nothing() -> None:
    found = compare([])
    assert (found.shared, found.singles, found.conflicts) == ((), (), ())


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_sentences_changes_nothing_and_no_sentence_is_told_twice(chance: random.Random) -> None:
    given_sentences = [*HERALD, *COURIER]
    expected = compare(given_sentences)
    chance.shuffle(given_sentences)
    found = compare(given_sentences)
    assert [(one.sentence, one.also) for one in found.shared] == [
        (one.sentence, one.also) for one in expected.shared
    ]
    assert [(one.outlet, one.sentences) for one in found.singles] == [
        (one.outlet, one.sentences) for one in expected.singles
    ]
    told = [one for group in found.shared for one in (group.sentence, *group.also)]
    told += [one for single in found.singles for one in single.sentences]
    assert len(told) == len({id(one) for one in told})
    for shared in found.shared:
        stories = [one.group for one in (shared.sentence, *shared.also)]
        assert len(stories) == len(set(stories))
        assert len(shared.outlets) > 1

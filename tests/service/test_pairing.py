"""Answers of two sentences: neighbours that only together answer."""

from __future__ import annotations

from service.candidates import MAX_CHARS, Candidate
from service.pairing import with_continuation, with_pairs
from service.questions import understand
from tests.service.articles import candidates_of

HARBOUR = """Mayor Ada Moreau met the press on Monday.

On the harbour the mayor was brief. “We will wait for spring,” Moreau said.

The mayor would also found a fishing council with the two villages. Nets and the repair of boats are first on its list.

Jules Ferrand, who is leaving, watched from the quay.

“I never liked that man’s boats,” said Otto Brandt, a pilot.

The port expelled a senior inspector on Friday and closed its gates. It called Hugo Lindner, who had
led the search, a liar.
"""


def joined(question: str, text: str = HARBOUR) -> list[str]:
    found = with_pairs(understand(question), candidates_of(text), lambda term: 1.0)
    return [one.text for one in found if one.joined]


def test_words_are_shown_with_the_sentence_that_sets_their_subject() -> None:
    assert joined("What did Moreau say about the harbour?") == [
        "On the harbour the mayor was brief. “We will wait for spring,” Moreau said."
    ]


def test_somebody_elses_words_are_not_joined() -> None:
    assert joined("What did Brandt say about the harbour?") == []


def test_two_sentences_that_hold_a_half_each_are_joined() -> None:
    (text,) = joined("What is first on the list of the fishing council?")
    assert text.startswith("The mayor would also found")
    assert text.endswith("first on its list.")


def test_one_sentence_that_holds_everything_stays_alone() -> None:
    assert joined("What did Moreau say about spring?") == []


def test_that_man_is_shown_with_his_name() -> None:
    (text,) = joined("What did Otto Brandt say about Ferrand?")
    assert text.startswith("Jules Ferrand")
    assert text.endswith("a pilot.")


def test_a_sentence_that_leads_up_to_a_name_gives_way() -> None:
    found = with_pairs(understand("Which inspector was expelled?"), candidates_of(HARBOUR), lambda term: 1.0)
    expelled = [one.text for one in found if "expelled" in one.text]
    assert len(expelled) == 1
    assert "Hugo Lindner" in expelled[0]


def test_labels_are_not_joined() -> None:
    text = HARBOUR.replace("On the harbour", "[1.1] On the harbour")
    assert joined("What did Moreau say about the harbour?", text) == []


def test_an_announcement_is_told_out() -> None:
    text = "She began with a song. It was about the old harbour of her youth.\n\nThe crowd left."
    (first, *_) = candidates_of(text)
    told = with_continuation(understand("What did she begin with?"), first)
    assert told.text == "She began with a song. It was about the old harbour of her youth."
    assert with_continuation(understand("How many songs were sung?"), first) == first


def test_pairs_are_verbatim_and_short() -> None:
    def right(one: Candidate) -> bool:
        return one.text == one.article.text[one.start : one.end] and len(one.text) <= MAX_CHARS

    for question in ("What did Moreau say about the harbour?", "Which inspector was expelled?"):
        assert all(map(right, with_pairs(understand(question), candidates_of(HARBOUR), lambda term: 1.0)))

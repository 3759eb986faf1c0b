"""Who said what: the patterns of news writing, and what must hold for any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles import Quotation, Span
from ingest.attribution import analyze
from ingest.quotations import quoted

CAST = "Mayor Joan Ferris met Paul Holm, the harbour director, on Monday.\n\n"


def said(text: str, kind: str = "direct") -> list[tuple[str | None, str]]:
    return [(q.speaker, text[q.start : q.end]) for q in analyze(text).quotations if q.kind == kind]


def only(text: str, kind: str = "direct") -> Quotation:
    [quotation] = [q for q in analyze(text).quotations if q.kind == kind]
    return quotation


@pytest.mark.parametrize(
    "text",
    [
        "“The pier is closed,” Ferris said.",
        "“The pier is closed,” said Ferris.",
        "“The pier is closed,” Mayor Ferris told reporters on Monday.",
        "“The pier is closed,” the mayor said in a statement.",
        "“The pier is closed,” she said.",
        "Ferris said: “The pier is closed,”",
        "Ferris said, “The pier is closed,”",
        "At noon, Ferris clarified:\n“The pier is closed,”",
        "Ferris:\n“The pier is closed,”",
        "According to Joan Ferris of the Harbour Board: “The pier is closed,”",
        "“The pier is closed,” according to Ferris.",
        "Joan Ferris, a former sailor at the Port of Alder, praised the crew, noting, “The pier is closed,”",
        "“The pier is closed,” Ferris, who grew up nearby, added.",
        "“The pier is closed,” Ferris (pictured) said.",
        "‘The pier is closed,’ Ferris said.",
        '"The pier is closed," Ferris said.',
        "“The pier is closed,” former city sailor Joan Ferris said.",
        "“The pier is closed,” — Joan Ferris",
        "Ferris went on to say “The pier is closed,”",
    ],
)
def test_the_speaker_of_a_direct_quotation(text: str) -> None:
    [(speaker, words)] = said(CAST + text)
    assert (speaker, words) == ("Joan Ferris", "The pier is closed,")


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("“It is over,” a senior port official said.", "senior port official"),
        ("“It is over,” one official said.", "official"),
        ("“It is over,” the White House said.", "White House"),
        (
            "“It is over,” said a spokesperson for the Tidewater Group.",
            "spokesperson for the Tidewater Group",
        ),
        ("“It is over,” the company said.", "company"),
        ("“It is over,” said its secretary, Quirin Vasto.", "Quirin Vasto"),
        ("“It is over,” Ferris and Holm said.", "Joan Ferris and Paul Holm"),
        ("A British diplomat was calm. “It is over,” the diplomat said.", "British diplomat"),
    ],
)
def test_speakers_without_a_name_are_described_in_the_articles_words(text: str, speaker: str) -> None:
    assert said(CAST + text)[-1][0] == speaker


def test_an_interrupted_quotation_has_one_speaker() -> None:
    assert said(CAST + "“Regarding the pier,” Holm said at noon, “we should wait. It is old.”") == [
        ("Paul Holm", "Regarding the pier,"),
        ("Paul Holm", "we should wait. It is old."),
    ]


def test_a_second_quotation_in_the_paragraph_continues() -> None:
    assert said(CAST + "“It is old,” Holm said. “We should wait.”")[1] == ("Paul Holm", "We should wait.")


def test_a_quotation_alone_in_the_next_paragraph_continues() -> None:
    assert said(CAST + "“It is old,” Holm said.\n\n“We should wait.”")[1] == ("Paul Holm", "We should wait.")


def test_reopened_marks_carry_the_speaker_both_ways() -> None:
    text = CAST + "“It is old.\n\n“It creaks.\n\n“We should wait,” Holm said."
    assert [speaker for speaker, _ in said(text)] == ["Paul Holm"] * 3


def test_quotations_by_two_speakers_stay_apart() -> None:
    text = (
        CAST
        + "“It is old,” Holm said. Ferris disagreed. “It is not old,” she said.\n\n“It creaks,” he added."
    )
    assert [speaker for speaker, _ in said(text)] == ["Paul Holm", "Joan Ferris", "Paul Holm"]


def test_a_quotation_inside_a_quotation_belongs_to_the_outer_speaker() -> None:
    text = CAST + "“My father said, ‘Never sell.’ So I never did,” Ferris said."
    assert said(text) == [("Joan Ferris", "My father said, ‘Never sell.’ So I never did,")]
    assert said(text, "indirect") == []


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “ghost ship” sank.",
        "She read “A Winter at Sea” twice.",
        "‘Sink or swim’",
        "A firm called “Gulls” was founded.",
    ],
)
def test_scare_quotes_titles_and_headings_have_no_speaker(text: str) -> None:
    assert [speaker for speaker, _ in said(CAST + text)] == [None]


def test_partial_quotations_take_the_subject() -> None:
    text = (
        CAST + "Holm described the pier as “a ruin” and welcomed the inspectors, calling them “brave people”."
    )
    assert said(text) == [("Paul Holm", "a ruin"), ("Paul Holm", "brave people")]


def test_apostrophes_do_not_close_british_quotations() -> None:
    text = "‘It isn’t the sailors’ fault that the pier’s old,’ said Paul Holm, 50. The sailors’ club agreed."
    assert said(text) == [("Paul Holm", "It isn’t the sailors’ fault that the pier’s old,")]


def test_inches_and_stray_marks_are_no_quotations() -> None:
    assert said('The 32" screen and the 6\'1" sailor fell. A stray ” mark.') == []


@pytest.mark.parametrize(
    ("text", "speaker", "clause"),
    [
        ("Ferris said that the pier was old.", "Joan Ferris", "the pier was old"),
        ("Ferris said she had seen the pier.", "Joan Ferris", "she had seen the pier"),
        ("The mayor made clear that the pier was “very old.”", "Joan Ferris", "the pier was “very old.”"),
        ("Holm also told the council on Monday that he would wait.", "Paul Holm", "he would wait"),
        ("Holm told reporters the pier was old.", "Paul Holm", "the pier was old"),
        ("China said any repair should be quick.", "China", "any repair should be quick"),
        ("According to analysts, the pier is old.", "analysts", "the pier is old"),
        (
            "The pier will be rebuilt in May, according to the White House.",
            "White House",
            "The pier will be rebuilt in May",
        ),
        ("The pier will be rebuilt in May, the council said.", "council", "The pier will be rebuilt in May"),
        ("U.S. officials noted that the pier was old.", "U.S. officials", "the pier was old"),
        ("Holm, the harbour director, confirmed that it was old.", "Paul Holm", "it was old"),
        ("Ferris stressed the need for a new pier.", "Joan Ferris", "the need for a new pier"),
        ("Holm said afterwards on the radio that he slept.", "Paul Holm", "he slept"),
        (
            "Holm wept, but the mayor laughed, and she left, saying that it was late.",
            "Joan Ferris",
            "it was late",
        ),
        ("The two officials issued a note saying they were tired.", "two officials", "they were tired"),
    ],
)
def test_indirect_speech(text: str, speaker: str, clause: str) -> None:
    assert said(CAST + text, "indirect") == [(speaker, clause)]


@pytest.mark.parametrize(
    "text",
    [
        "Ferris did not say that the pier was old.",
        "Ferris declined to say whether it was old.",
        "Ferris added two sailors to the crew.",
        "Ferris was told that the pier was old.",
        "The council issued a warning that the pier might fall.",
        "She claims three medals.",
        "The pier, according to Holm, is old.",
        "Let’s say the pier is old.",
        "Please note that the pier is old.",
    ],
)
def test_what_is_no_report(text: str) -> None:
    assert said(CAST + text, "indirect") == []


def test_context_holds_words_and_attribution() -> None:
    text = CAST + "The rain fell. “It is old. It creaks,” Holm said at noon. Nobody moved."
    quotation = only(text)
    assert (
        text[quotation.context_start : quotation.context_end] == "“It is old. It creaks,” Holm said at noon."
    )
    assert quotation.speaker_start is not None
    assert text[quotation.speaker_start : quotation.speaker_end] == "Holm"


def test_nothing_in_boilerplate_is_a_quotation() -> None:
    text = CAST + "“Join us,” Ferris said."
    assert analyze(text, [Span(len(CAST), len(text))]).quotations == ()


def test_hard_wrapped_quotations_keep_their_offsets() -> None:
    text = (
        "The harbour board met on Monday to hear from its director about the old\n"
        "pier. “The pier is so old that I would not let my own children play any\n"
        "longer on it,” said the director, Paul Holm, who has run the harbour for\n"
        "nine years.\n"
    )
    [(speaker, words)] = said(text)
    assert speaker == "Paul Holm"
    assert words.startswith("The pier is so old")
    assert "\n" in words
    assert words.endswith("on it,")


def test_quoted_spans_pair_marks_within_a_paragraph() -> None:
    text = "He said “a” and “b"
    assert [text[q.start : q.end] for q in quoted(text, [(0, len(text))])] == ["a"]


_WORDS = st.lists(
    st.sampled_from(
        "“ ” \" ‘ ’ ' said Holm Ferris Mr. President he she they that , . ? : — \n \n\n The according to adding "
        "official Jr. told reporters it’s … […] and who 71 日本 \0 é".split(" ")
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(words=_WORDS, glue=st.sampled_from([" ", ""]), noise=st.text(max_size=40))
def test_any_text_gives_ordered_spans_in_bounds_and_the_same_twice(
    words: list[str], glue: str, noise: str
) -> None:
    text = glue.join(words) + noise
    analysis = analyze(text)
    assert analysis == analyze(text)
    starts = [q.start for q in analysis.quotations]
    assert starts == sorted(starts)
    for q in analysis.quotations:
        assert 0 <= q.context_start <= q.start < q.end <= q.context_end <= len(text)
        assert text[q.start : q.end].strip()
        assert (q.speaker_start is None) == (q.speaker_end is None)
        if q.speaker_start is not None and q.speaker_end is not None:
            assert q.context_start <= q.speaker_start < q.speaker_end <= q.context_end
    for m in analysis.mentions:
        assert 0 <= m.start < m.end <= len(text)
        assert m.name
    assert [m.start for m in analysis.mentions] == sorted(m.start for m in analysis.mentions)


@pytest.mark.parametrize(
    "piece",
    [
        "he said ",
        "“a” ",
        "'a ",
        "‘a ",
        "First ",
        "Ann Lee, a pilot, said ",
        "they said. ",
        "“a.” ",
        "“\n",
        "the mayor ",
    ],
)
def test_long_runs_of_one_thing_are_no_trouble(piece: str) -> None:
    text = "Mayor Ann Lee spoke. " + piece * 4_000
    assert analyze(text).sentences[-1].end <= len(text)

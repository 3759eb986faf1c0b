"""A paraphrase is supported by the words it cites, and not by words that look like them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedding import Embedder, open_embedder
from ingest.settings import IngestSettings
from service.support import FITTED, Support, SupportScorer
from service.support_opposites import opposites_of
from service.support_signs import denied, misplaced, opposed, relations
from service.terms import stem, terms_of

FERRY = (
    "The harbour council approved a second ferry line on Tuesday after residents collected 4,000 signatures."
)
COST = "The line will cost 12 million crowns a year, and the council will raise parking fees to pay for it."
WEATHER = "Heavy snow closed two mountain roads during the night."


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embed_threads=1))


@pytest.fixture(scope="module")
def scorer(embedder: Embedder) -> SupportScorer:
    return SupportScorer(embedder.embed)


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        (FERRY, [FERRY]),
        ("The harbour council approved a second ferry line after residents collected 4,000 signatures.", [FERRY]),
        ("On Tuesday the council approved a ferry line, which will cost 12 million crowns a year.", [FERRY, COST]),
        ("The council will raise parking fees to pay for the line.", [COST]),
    ],
)  # fmt: skip
def test_close_paraphrases_are_supported(scorer: SupportScorer, statement: str, cited: list[str]) -> None:
    support = scorer.score(statement, cited)
    assert support.supported, support
    assert support.against == ()


@pytest.mark.parametrize(
    ("statement", "cited", "against"),
    [
        ("The harbour council rejected a second ferry line on Tuesday.", [FERRY], "rejected"),
        ("The harbour council did not approve a second ferry line on Tuesday.", [FERRY], "did not approve"),
        ("The council will cut parking fees to pay for the line.", [COST], "cut"),
        ("The harbour council approved a third ferry line on Tuesday.", [FERRY], "third"),
    ],
)
def test_what_the_source_contradicts_is_not_supported(
    scorer: SupportScorer, statement: str, cited: list[str], against: str
) -> None:
    support = scorer.score(statement, cited)
    assert not support.supported
    assert any(against in words for words in support.against), support


@pytest.mark.parametrize(
    "statement",
    [
        "Heavy snow closed the harbour for two days.",
        "The harbour council opened a museum of fishing boats in the old customs house.",
        "Residents welcomed cheaper tickets for students and pensioners.",
    ],
)
def test_what_the_source_does_not_say_is_not_supported(scorer: SupportScorer, statement: str) -> None:
    support = scorer.score(statement, [FERRY])
    assert not support.supported, support
    assert support.missing


def test_nothing_cited_and_nothing_said_support_nothing(scorer: SupportScorer) -> None:
    nothing = Support(0.0, 0.0, 0.0, 0.0, False, (), ())
    assert scorer.score(FERRY, []) == nothing
    assert scorer.score("  ", [FERRY]) == nothing


def test_missing_words_are_named_as_written(scorer: SupportScorer) -> None:
    assert scorer.score("The harbour council approved a costly ferry line.", [FERRY]).missing == ("costly",)


def test_given_vectors_are_those_it_would_compute(scorer: SupportScorer, embedder: Embedder) -> None:
    statement = "The council approved a ferry line."
    given_vectors = scorer.score(statement, [FERRY, COST], embedder.embed([FERRY, COST]))
    assert given_vectors == scorer.score(statement, [FERRY, COST])


def test_the_threshold_decides(embedder: Embedder) -> None:
    statement = "A further ferry line was approved by the council of the harbour."
    never = SupportScorer(embedder.embed, calibration=replace(FITTED, threshold=1.01))
    always = SupportScorer(embedder.embed, calibration=replace(FITTED, threshold=0.0))
    assert not never.score(statement, [FERRY]).supported
    assert always.score(statement, [FERRY]).supported


def test_best_sentences_come_first_and_only_those_that_add(scorer: SupportScorer) -> None:
    sentences = [WEATHER, COST, FERRY]
    ranked = scorer.best_sentences(
        "The council approved a ferry line, and parking fees will pay for it.", sentences
    )
    assert {one.index for one in ranked} == {1, 2}
    assert ranked[0].adds >= ranked[1].adds > 0
    assert scorer.best_sentences("The council approved a ferry line.", sentences, limit=1)[0].index == 2
    assert scorer.best_sentences("The council approved a ferry line.", []) == ()


def test_relations_fall_when_words_change_places() -> None:
    source = [terms_of("Brook beat Ames in the final on grass.")]
    assert relations(terms_of("Brook beat Ames in the final."), source) == 1.0
    assert relations(terms_of("Ames beat Brook in the final."), source) < 1.0
    assert relations(terms_of("Snow"), source) == 0.0


def test_relations_need_one_sentence() -> None:
    spliced = terms_of("The museum approved parking fees.")
    apart = [
        terms_of("The museum closed."),
        terms_of("The council approved a line."),
        terms_of("Parking fees rose."),
    ]
    together = [terms_of("The museum approved parking fees.")]
    assert relations(spliced, apart) < 0.5 < relations(spliced, together)


def test_an_opposite_counts_only_where_the_word_is_missing() -> None:
    assert opposed("Fees rose.", ["Fees fell."]) == ("rose",)
    assert opposed("Fees rose.", ["Fees fell in spring and rose in autumn."]) == ()
    assert opposed("Fees rose and fell.", ["Fees fell."]) == ()
    assert opposed("The plan is unpopular.", ["The plan is popular."]) == ("unpopular",)


@given(st.sampled_from(["rise", "win", "guilty", "before", "third", "federal", "brother", "approve"]))
def test_opposites_go_both_ways_and_never_to_oneself(word: str) -> None:
    opposites = opposites_of(stem(word))
    assert stem(word) not in opposites
    listed = {other for other in opposites if not other.startswith(("un", "non"))}
    assert listed
    assert all(stem(word) in opposites_of(other) for other in listed)


def test_a_denial_on_one_side_is_a_sign() -> None:
    source = ["Divers found no trace of the missing boat, police said."]
    assert denied("Divers found a trace of the missing boat.", source)
    assert not denied("Divers have not found any trace of the missing boat.", source)
    assert not denied("Police spoke about a boat.", source)
    assert not denied("The board did not approve the plan.", ["The board failed to approve the plan."])
    assert not denied(
        "The No. 1 seed beat the missing champion.", ["The No. 1 seed beat the missing champion."]
    )


def test_a_figure_belongs_to_the_words_beside_it() -> None:
    source = [
        "The city spent 12 million crowns on ferries last winter.",
        "Schools received a grant of 30 million crowns from the province.",
    ]
    assert misplaced("The city spent 30 million crowns on ferries.", source) == ()  # crowns stand beside both
    assert misplaced(
        "Ferries ran in 2011.", ["Ferries ran for years.", "A storm hit the harbour in 2011."]
    ) == ("2011",)
    assert misplaced("The city spent 12 million crowns on ferries.", source) == ()


WORDS = st.lists(
    st.sampled_from(
        "the council rose fell not approved 12 Tuesday Ames said before parking fees never".split()
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60)
@given(WORDS)
def test_a_text_never_contradicts_itself(words: list[str]) -> None:
    text = " ".join(words)
    assert opposed(text, [text]) == ()
    assert denied(text, [text]) == ()
    assert misplaced(text, [text]) == ()
    assert relations(terms_of(text), [terms_of(text)]) == 1.0


@settings(max_examples=40)
@given(WORDS, WORDS)
def test_measures_lie_between_0_and_1(statement: list[str], cited: list[str]) -> None:
    def embed(texts: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.tile(np.array([[0.6, 0.8]], np.float32), (len(list(texts)), 1))  # type: ignore[call-overload]

    support = SupportScorer(embed).score(" ".join(statement), [" ".join(cited)])
    for measure in (support.words, support.relations, support.meaning, support.probability):
        assert 0.0 <= measure <= 1.0


def test_a_statement_that_follows_its_source_closely_needs_less_in_all() -> None:
    far = {"words": 1.0, "relations": 1.0, "meaning": 0.5}
    assert 0.5 <= FITTED.probability(**far) < FITTED.threshold
    assert FITTED.accepts(**far, terms=4)
    assert not FITTED.accepts(**far, terms=3)
    assert not FITTED.accepts(**far | {"relations": 0.8}, terms=4)
    assert not FITTED.accepts(**far | {"words": 0.85}, terms=4)
    assert not FITTED.accepts(**far | {"meaning": 0.2}, terms=4)
    assert not replace(FITTED, close_threshold=0.6).accepts(**far, terms=4)
    assert replace(FITTED, threshold=0.4).accepts(words=0.8, relations=0.5, meaning=0.8, terms=2)

"""What a source holds possible, planned, denied or alleged is not told as done."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedding import Embedder, open_embedder
from ingest.settings import IngestSettings
from service.support import SupportScorer
from service.support_levels import level_of, read
from service.support_modal_words import DONE, PLANNED, POSSIBLE
from service.support_modality import strengthened, unrealised

AUKUS = (
    "Biden said that the United States, Australia and the United Kingdom were “exploring how Japan can join our work”"
    " in the second pillar of AUKUS, which covers advanced capabilities."
)
MAY_CLOSE = "The council may close the harbour in spring."
TALKS = "Nordhavn held talks on buying the shipyard."
IF = "The line will close if the bridge fails."

FALSE = [
    ("Japan has joined AUKUS.", AUKUS),
    ("Japan joined the second pillar of AUKUS.", AUKUS),
    ("Japan is a member of AUKUS.", AUKUS),
    ("Japan has become a member of AUKUS.", AUKUS),
    ("Japan will join AUKUS.", AUKUS),
    ("Japan will be a member of AUKUS.", AUKUS),
    ("Japan is joining AUKUS.", AUKUS),
    ("Japan joins AUKUS.", AUKUS),
    ("Japan entered AUKUS.", AUKUS),
    ("The council closed the harbour.", MAY_CLOSE),
    ("The council will close the harbour.", MAY_CLOSE),
    ("The harbour was closed by the council.", MAY_CLOSE),
    ("The council closed the harbour.", "The council plans to close the harbour."),
    ("The harbour has been closed.", "The harbour is expected to be closed for a week."),
    ("Residents were evacuated.", "Residents may have to be evacuated."),
    ("Nordhavn bought the shipyard.", TALKS),
    ("Nordhavn acquired the shipyard.", TALKS),
    ("Nordhavn bought the shipyard.", "Nordhavn is considering whether to buy the shipyard."),
    ("Meridian cut 400 jobs.", "Meridian may cut 400 jobs."),
    ("The ship sank.", "The ship could sink within days."),
    ("The minister resigned.", "Opponents urged the minister to resign."),
    ("The union ended the strike.", "The union refused to end the strike."),
    ("The senate approved the bill.", "The senate was set to approve the bill."),
    ("The firm hired 300 people.", "The firm will expand and hire 300 people."),
    ("The bridge collapsed.", "The bridge would have collapsed without the repair."),
    ("The bank will raise rates.", "The bank is weighing whether to raise rates."),
    ("The line will close.", IF),
    ("The bridge failed.", "If the bridge failed, the line would close."),
    ("The ferry sank.", "Divers asked whether the ferry sank in the storm."),
    ("Ames robbed the bank.", "Ames was accused of robbing the bank."),
    ("Ames robbed the bank.", "Ames denied that he robbed the bank."),
    ("Ames robbed the bank.", "Ames allegedly robbed the bank in May."),
    ("Ames robbed the bank.", "Ames is believed to have robbed the bank."),
    ("Norland is part of the customs union.", "Leaders discussed whether Norland should join the customs union."),
]  # fmt: skip

TRUE = [
    ("Japan could join the second pillar of AUKUS.", AUKUS),
    ("Biden said that Japan could join the second pillar of AUKUS.", AUKUS),
    ("Japan may become a member of AUKUS.", AUKUS),
    ("The council is considering closing the harbour.", MAY_CLOSE),
    ("Nordhavn discussed buying the shipyard.", TALKS),
    ("The line will close if the bridge fails.", IF),
    ("The line may close.", IF),
    ("The council closed the harbour.", "The council began to close the harbour."),
    ("The council closed the harbour.", "The council managed to close the harbour."),
    ("The council closed the harbour.", "The council, which closed the harbour, may open it again."),
    ("The council will close the harbour.", "The council plans to close the harbour in spring."),
    ("The troops will leave.", "The minister said the troops would leave."),
    ("Japan is joining the league.", "Japan will join the league in May."),
    ("The ferry did not sail.", "The ferry could not sail."),
    ("The harbour was closed.", "The harbour, closed since May, may open again."),
    ("Nordhavn considered buying the shipyard.", "Nordhavn is considering buying the shipyard."),
    ("The minister was urged to resign.", "Opponents urged the minister to resign."),
    ("Ames was accused of robbing the bank.", "Ames was accused of robbing the bank."),
    ("Ames robbed the bank.", "Ames robbed the bank and could go to prison."),
    ("Ames will be tried in May.", "Ames is to be tried in May."),
    ("Britain is a member of AUKUS.", "Britain, a member of AUKUS, said Japan may join."),
    ("Sales increased by a tenth.", "Sales increased by a tenth and are expected to increase again."),
    ("The treaty limits emissions.", "The treaty limits emissions and may limit traffic."),
    ("Voters want lower taxes.", "Voters want lower taxes."),
    ("He got married.", "He went on to get married."),
]

STRONGER = [
    ("Ames is guilty of fraud.", "Ames was charged with fraud in May.", "guilty"),
    ("Ames admitted that the tunnel was unsafe.", "Ames claimed that the tunnel was unsafe.", "admitted"),
    ("Tests confirmed the virus.", "Doctors suspect the virus.", "confirmed"),
    ("Tests proved the theory.", "Tests suggested the theory.", "proved"),
    ("Every school received a grant.", "Schools received a grant.", "Every"),
    ("Only schools received a grant.", "Schools received a grant.", "Only"),
]


@pytest.mark.parametrize(("statement", "source"), FALSE)
def test_what_has_not_happened_is_not_told_as_done(statement: str, source: str) -> None:
    assert unrealised(statement, [source])


@pytest.mark.parametrize(("statement", "source"), TRUE)
def test_what_the_source_tells_as_far_along_is_no_sign(statement: str, source: str) -> None:
    assert unrealised(statement, [source]) == ()
    assert strengthened(statement, [source]) == ()


@pytest.mark.parametrize(("statement", "source", "word"), STRONGER)
def test_a_claim_is_not_made_a_fact_nor_some_made_all(statement: str, source: str, word: str) -> None:
    assert strengthened(statement, [source]) == (word.lower(),)
    assert strengthened(statement, [source, f"A judge spoke of it: {word.lower()}."]) == ()


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Ames was convicted of fraud.", "Ames was charged with fraud and convicted in May."),
        ("Some of the girls were admitted to hospital.", "Parents suspected that the girls were poisoned."),
        ("All residents left.", "Every resident left."),
        ("Only a month later it closed.", "A month later it closed."),
        ("The plan is not for everyone.", "The plan is for a few."),
    ],
)
def test_words_that_follow_from_the_source_are_not_stronger(statement: str, source: str) -> None:
    assert strengthened(statement, [source]) == ()


def test_one_sentence_that_tells_it_as_done_is_enough() -> None:
    assert unrealised("The council closed the harbour.", [MAY_CLOSE, "The harbour was closed in May."]) == ()


@pytest.mark.parametrize(
    ("text", "verb", "level"),
    [
        ("Japan can join", "join", POSSIBLE),
        ("Japan should not now formally join", "join", POSSIBLE),
        ("Japan agreed to join", "join", PLANNED),
        ("Japan may begin to join", "join", POSSIBLE),
        ("Japan began to join", "join", DONE),
        ("after discussing it, and upon joining", "joining", DONE),
        ("the possibility of joining", "joining", POSSIBLE),
        ("Japan won’t join", "join", PLANNED),
        ("they will meet and sign", "sign", PLANNED),
    ],
)
def test_how_far_an_act_has_come(text: str, verb: str, level: int) -> None:
    words = read(text)
    assert level_of(words, words.words.index(verb)) == level


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embed_threads=1))


def test_the_scorer_refuses_them_whatever_their_words(embedder: Embedder) -> None:
    scorer = SupportScorer(embedder.embed)
    joined = scorer.score("Japan has joined AUKUS.", [AUKUS])
    assert joined.words == 1.0
    assert joined.against == ("joined",)
    assert not any(scorer.score(statement, [source]).supported for statement, source in FALSE)
    near = [pair for pair in TRUE if scorer.score(pair[0], [pair[1]]).words == 1.0]
    shown = [pair for pair in near if scorer.score(pair[0], [pair[1]]).supported]
    assert len(near) >= 20
    assert len(shown) >= 0.9 * len(near)


WORDS = st.lists(
    st.sampled_from(
        "Japan the council may will to plans join joined closing was has is if that denied agreed and not member all"
        " only admitted said begun , . whether considering cut".split()
    ),
    min_size=1,
    max_size=16,
)


@settings(max_examples=150)
@given(WORDS)
def test_a_text_never_goes_beyond_itself(words: list[str]) -> None:
    text = " ".join(words)
    assert unrealised(text, [text]) == ()
    assert strengthened(text, [text]) == ()

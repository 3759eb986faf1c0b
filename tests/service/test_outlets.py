"""Outlets are found under the names readers give them, and ordinary words are left alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outlet_aliases import squeeze, take_apart
from service.outlets import OutletNames

ARCHIVE = (
    "The Harbour Post",
    "The New York Times",
    "The Sydney Morning Herald",
    "FOX News - Health",
    "FOX News - Lifestyle",
    "BBC News - Technology",
    "BBC News - Entertainment & Arts",
    "The Independent - Life and Style",
    "The Independent - Travel",
    "Cnbc | World Business News Leader",
    "CBSSports.com",
    "TechCrunch",
    "Live Science: The Most Interesting Articles",
    "Business Today | Markets And Economy",
    "World news | The Riverside Courier",
    "Politics | The Riverside Courier",
    "The Age",
    "The Verge",
    "Fortune",
    "Wired",
    "Polygon",
    "Eos",
    "Insidesport",
    "Yahoo News",
    "El País",
)
FOX = {"FOX News - Health", "FOX News - Lifestyle"}
BBC = {"BBC News - Technology", "BBC News - Entertainment & Arts"}
INDEPENDENT = {"The Independent - Life and Style", "The Independent - Travel"}
COURIER = {"World news | The Riverside Courier", "Politics | The Riverside Courier"}
NAMES = OutletNames(ARCHIVE)


def named(question: str) -> list[tuple[str, set[str]]]:
    """Words and outlets of every mention."""
    return [(mention.words, set(mention.outlets)) for mention in NAMES.mentions(question)]


@pytest.mark.parametrize(
    ("question", "words", "outlets"),
    [
        ("What did The Harbour Post's editor regret?", "The Harbour Post", {"The Harbour Post"}),
        ("what did the new york times find?", "the new york times", {"The New York Times"}),
        ("Did the Times blame the mayor?", "the Times", {"The New York Times"}),
        ("Which flaw does the NYT describe?", "NYT", {"The New York Times"}),
        ("Which flaw does the SMH describe?", "SMH", {"The Sydney Morning Herald"}),
        ("According to the Post, who resigned?", "the Post", {"The Harbour Post"}),
        ("Has Fox News changed its view of salt?", "Fox News", FOX),
        ("what did fox news say of salt", "fox news", FOX),
        ("Is salt harmful, as Fox News Health claims?", "Fox News Health", {"FOX News - Health"}),
        ("Is salt harmful per Fox News' health coverage?", "Fox News' health", {"FOX News - Health"}),
        ("What did the BBC's Technology section test?", "BBC's Technology", {"BBC News - Technology"}),
        ("What did BBC News – Technology test?", "BBC News – Technology", {"BBC News - Technology"}),
        (
            "What opened, says BBC News Entertainment and Arts?",
            "BBC News Entertainment and Arts",
            {"BBC News - Entertainment & Arts"},
        ),
        ("What did the BBC test?", "BBC", BBC),
        ("Where does the Independent send hikers?", "the Independent", INDEPENDENT),
        (
            "What does 'The Independent - Travel' advise?",
            "The Independent - Travel",
            {"The Independent - Travel"},
        ),
        ("How high are rates, CNBC?", "CNBC", {"Cnbc | World Business News Leader"}),
        ("how high are rates per cnbc", "cnbc", {"Cnbc | World Business News Leader"}),
        ("Who won, according to CBS Sports?", "CBS Sports", {"CBSSports.com"}),
        ("who won at cbssports.com", "cbssports.com", {"CBSSports.com"}),
        ("Was Tech Crunch first?", "Tech Crunch", {"TechCrunch"}),
        ("see https://techcrunch.com/some/story", "techcrunch.com", {"TechCrunch"}),
        ("How old is the fossil in Live Science?", "Live Science", {ARCHIVE[12]}),
        ("What does the Riverside Courier think?", "the Riverside Courier", COURIER),
        (
            "What does the Riverside Courier Politics desk think?",
            "the Riverside Courier Politics",
            {ARCHIVE[15]},
        ),
        ("Did Inside Sport see it coming?", "Inside Sport", {"Insidesport"}),
        ("Was it in El Pais?", "El Pais", {"El País"}),
        ("Did Fortune count the jobs?", "Fortune", {"Fortune"}),
        ("Fortune reported how many losses?", "Fortune", {"Fortune"}),
        ("which losses does the fortune article list", "fortune", {"Fortune"}),
        ("The Age blames whom?", "The Age", {"The Age"}),
        ("according to the age, who is to blame?", "the age", {"The Age"}),
        ("Did Wired magazine praise the phone?", "Wired", {"Wired"}),
        ("Is the phone in 'polygon' any good?", "polygon", {"Polygon"}),
        ("How deep is the trench, in the Eos story?", "Eos", {"Eos"}),
        ("WHAT DID THE AGE REPORT ON THE STRIKE?", "THE AGE", {"The Age"}),
        ("What Did The Verge Article Say About Rain?", "The Verge", {"The Verge"}),
        ("Does Elon Musk read Fortune?", "Fortune", {"Fortune"}),
        ("What does Yahoo's article leave out?", "Yahoo", {"Yahoo News"}),
        ("The Verge’s verdict?", "The Verge", {"The Verge"}),
    ],
)
def test_an_outlet_is_known_by_its_names(question: str, words: str, outlets: set[str]) -> None:
    assert named(question) == [(words, outlets)]


@pytest.mark.parametrize(
    "question",
    [
        "What was built in the age of sail?",
        "Is the firm on the verge of collapse?",
        "Did she make a fortune in tin?",
        "Fortune favours whom?",
        "Which Fortune 500 firms moved?",
        "Which polygon has five sides?",
        "Is the house wired for sound?",
        "Is Dragon Age harder than Wheel of Fortune?",
        "What did The Times of India find?",
        "What did the Washington Post find?",
        "Who sued Post Malone?",
        "What Is On The Verge Of Collapse?",
        "IS THE HOUSE WIRED FOR SOUND?",
        "What did BBC Sport show?",
        "Is Yahoo worth more than Fox?",
        "Did an independent report clear him?",
        "Is she an Independent Senator?",
        "How is business today?",
        "What did live science teach the class?",
        "What did ESPN and Reuters find?",
        "",
        "?!",
    ],
)
def test_other_words_are_left_alone(question: str) -> None:
    assert named(question) == []


def test_every_mention_counts_and_the_longest_name_wins() -> None:
    question = "Do both 'TechCrunch' and \"The Verge\" agree with Wired, Fox News - Health and TechCrunch?"
    found = NAMES.mentions(question)
    assert [mention.words for mention in found] == [
        "TechCrunch",
        "The Verge",
        "Wired",
        "Fox News - Health",
        "TechCrunch",
    ]
    assert found[3].outlets == {"FOX News - Health"}


def test_a_doubtful_name_beside_a_sure_one_counts() -> None:
    assert [words for words, _ in named("were fortune and techcrunch both wrong?")] == [
        "fortune",
        "techcrunch",
    ]
    assert [words for words, _ in named("was techcrunch or wired first?")] == ["techcrunch", "wired"]
    assert [words for words, _ in named("Fortune, TechCrunch: who is right?")] == ["Fortune", "TechCrunch"]
    assert [words for words, _ in named("was the post and techcrunch wrong?")] == ["techcrunch"]


def test_a_short_form_that_two_outlets_share_names_neither() -> None:
    names = OutletNames(["The New York Times", "Financial Times", "The Harbour Post"])
    assert names.mentions("What did the Times say?") == ()
    assert [mention.words for mention in names.mentions("What did the Financial Times say?")] == [
        "Financial Times"
    ]
    assert names.mentions("What did the Post say?")[0].outlets == {"The Harbour Post"}


def test_spellings_of_one_publication_are_meant_together() -> None:
    names = OutletNames(["CNBC", "Cnbc | Business", "The Ledger", "Ledger"])
    assert names.mentions("What did CNBC say?")[0].outlets == {"CNBC", "Cnbc | Business"}
    assert names.mentions("What did The Ledger say?")[0].outlets == {"The Ledger", "Ledger"}


@pytest.mark.parametrize("outlets", [(), ("",), ("  ", "---", "|")])
def test_an_archive_without_outlets_has_no_mentions(outlets: tuple[str, ...]) -> None:
    assert OutletNames(outlets).mentions("What did The Verge say?") == ()


@pytest.mark.parametrize(
    ("written", "publication", "section"),
    [
        ("BBC News - Technology", "BBC News", "Technology"),
        ("World news | The Riverside Courier", "The Riverside Courier", "World news"),
        ("Live Science: The Most Interesting Articles", "Live Science", "The Most Interesting Articles"),
        ("Times-Picayune", "Times-Picayune", ""),
        ("- | The Bugle", "- | The Bugle", ""),
    ],
)
def test_metadata_names_are_taken_apart(written: str, publication: str, section: str) -> None:
    outlet = take_apart(written)
    assert (outlet.publication, outlet.section) == (publication, section)


@given(st.sampled_from(ARCHIVE), st.sampled_from(['"{}"', "'{}'", "according to {},", "in the {} article"]))
def test_metadata_names_are_found_as_written(outlet: str, frame: str) -> None:
    question = f"Who won {frame.format(outlet)} and why?"
    found = NAMES.mentions(question)
    assert found
    assert outlet in found[0].outlets
    if len(found[0].outlets) > 1:
        assert take_apart(outlet).publication_key in {
            take_apart(one).publication_key for one in found[0].outlets
        }
    else:
        assert found[0].outlets == {outlet}


_PIECES = [
    *ARCHIVE,
    "the",
    "age",
    "of",
    "Fox",
    "'s",
    " and ",
    ", ",
    "'",
    '"',
    "?",
    "report",
    "by",
    "İ",
    "ﬁ",
    "日本",
    "\n",
    "-",
]


@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=6), max_size=14).map(" ".join))
def test_mentions_are_words_of_the_question_in_order(question: str) -> None:
    found = NAMES.mentions(question)
    for mention in found:
        assert mention.words == question[mention.start : mention.end] != ""
        assert mention.outlets
        assert mention.outlets <= set(ARCHIVE)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    assert NAMES.mentions(question) == found


@given(st.text(max_size=30), st.text(max_size=30))
def test_squeezing_ignores_what_stands_between_words(left: str, right: str) -> None:
    assert squeeze(f"{left} {right}") == squeeze(f"{left} - {right}") == squeeze(left) + squeeze(right)


@given(st.lists(st.text(max_size=20), max_size=6), st.text(max_size=60))
def test_any_metadata_will_do(outlets: list[str], question: str) -> None:
    for mention in OutletNames(outlets).mentions(question + " " + " ".join(outlets)):
        assert mention.outlets <= set(outlets)

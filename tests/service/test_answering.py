"""Questions over the samples, through the real index and the real embedder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.articles import ArticleFilter
from ingest.errors import ArticleNotFound, InvalidRequest
from service.answers import Answer
from service.events import DoneEvent, PassagesEvent, StatementEvent
from service.opening import open_services
from service.settings import ServiceSettings
from service.verification import Evidence, verify
from service.wiring import Services


def assert_citations(answer: Answer, services: Services) -> None:
    """Promise 3: every citation is verbatim at its offsets, numbered from 1, and not boilerplate."""
    numbers = [citation.id for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    for citation in (*answer.citations, *answer.closest):
        article = services.article(citation.article_id).article
        assert citation.quote == article.text[citation.start : citation.end] != ""
        assert citation.source == article.source
        assert citation.line == article.text.count("\n", 0, citation.start) + 1
        assert not article.is_boilerplate(citation.start, citation.end)


def assert_promises(answer: Answer, services: Services) -> None:
    """Promises 3 and 4: citations are verbatim, and every statement rests on ones that exist."""
    assert_citations(answer, services)
    cited = {citation.id: citation for citation in answer.citations}
    for statement in answer.statements:
        assert statement.citations
        first = cited[statement.citations[0]]
        stored = services.article(first.article_id)
        evidence = Evidence(
            first.quote,
            frozenset(
                quotation.speaker
                for quotation in stored.analysis.quotations
                if quotation.speaker and quotation.start < first.end and first.start < quotation.end
            ),
            frozenset(
                mention.name
                for mention in stored.analysis.mentions
                if first.start <= mention.start and mention.end <= first.end
            ),
        )
        assert verify(statement.text, [evidence]).supported, statement.text
    assert (answer.status == "abstained") == (not answer.statements)
    if answer.status == "abstained":
        assert answer.reason


def test_who_said_what_with_the_exact_words(sample_services: Services) -> None:
    answer = sample_services.ask("What did Biden say about AUKUS?")
    assert answer.status == "answered"
    assert "exploring" in answer.answer
    assert answer.citations[0].source == "aukus.md"
    assert answer.citations[0].speaker == "Joe Biden"
    assert_promises(answer, sample_services)


@pytest.mark.parametrize(
    "question",
    [
        "What did Biden say about TikTok?",
        "What did Kishida say about the Harrowmouth barrier?",
        "How many people live in Reykjavik?",
        "Who is Olena Haddad?",
    ],
)
def test_what_the_articles_do_not_say_is_not_said(sample_services: Services, question: str) -> None:
    answer = sample_services.ask(question)
    assert answer.status == "abstained"
    assert answer.statements == ()
    assert_promises(answer, sample_services)
    spans = [(citation.article_id, citation.start, citation.end) for citation in answer.closest]
    assert all(
        one == other or one[0] != other[0] or one[2] <= other[1] or other[2] <= one[1]
        for one in spans
        for other in spans
    )


def test_a_number_on_which_sources_differ_is_shown_from_both_sides(sample_services: Services) -> None:
    answer = sample_services.ask("How many American troops are based in Japan?")
    assert_promises(answer, sample_services)
    (conflict,) = answer.disagreements
    said = " ".join(side.text for side in conflict.sides)
    assert "54,000" in said
    assert "50,000" in said
    sources = {citation.source for citation in answer.citations}
    assert {"defence-command.txt", "defence-spending.html"} <= sources


@pytest.mark.parametrize(
    "question", ["Who stopped the flood barrier?", "Did Japan summon a Chinese diplomat?"]
)
def test_the_contrary_of_what_is_asked_is_not_said(sample_services: Services, question: str) -> None:
    answer = sample_services.ask(question)
    assert answer.status == "abstained"
    assert_promises(answer, sample_services)


def test_an_age_is_the_persons_own(sample_services: Services) -> None:
    answer = sample_services.ask("How old is Tomas Lindqvist?")
    assert "58" in answer.answer
    assert "thousand" not in answer.answer
    assert_promises(answer, sample_services)


def test_prices_that_differ_are_shown_from_both_sides(sample_services: Services) -> None:
    for question in (
        "What will the tidal barrier at Harrowmouth cost?",
        "How much will the barrier cost, £412 million or £506 million?",
    ):
        answer = sample_services.ask(question)
        assert_promises(answer, sample_services)
        said = " ".join(side.text for conflict in answer.disagreements for side in conflict.sides)
        assert "412" in said
        assert "506" in said


def test_a_dateline_is_no_part_of_a_statement(sample_services: Services) -> None:
    for question in ("Who sold Calder Vale?", "Whom did China summon?", "What did councillors approve?"):
        answer = sample_services.ask(question)
        assert answer.status == "answered"
        assert_promises(answer, sample_services)
        for text in (*(one.text for one in answer.statements), *(one.quote for one in answer.citations)):
            assert " — " not in text[:40]


def test_a_near_copy_is_also_in_and_not_a_second_source(sample_services: Services) -> None:
    answer = sample_services.ask(
        "What did Marcos say about the partnership with Japan and the United States?"
    )
    assert answer.status == "answered"
    copies = {"trilateral-meridian.txt", "trilateral-clarion.txt"}
    for statement in answer.statements:
        cited = [citation for citation in answer.citations if citation.id in statement.citations]
        assert sum(citation.source in copies for citation in cited) <= 1
    assert any(copies & set(citation.also_in) for citation in answer.citations)


def test_each_part_of_a_compound_question_is_answered_or_named(sample_services: Services) -> None:
    answer = sample_services.ask(
        "How many guests attended the state dinner, and what did Putin say about it?"
    )
    assert answer.status == "answered"
    assert "230" in answer.answer
    assert answer.reason is not None
    assert "Putin" in answer.reason
    assert_promises(answer, sample_services)


def test_filters_limit_what_may_be_cited(sample_services: Services) -> None:
    only = ArticleFilter(sources=frozenset({"feed.jsonl"}))
    answer = sample_services.ask("What did Kishida tell Congress?", filters=only)
    assert answer.citations
    assert all(citation.source.startswith("feed.jsonl#") for citation in answer.citations)
    nothing = ArticleFilter(after="2031-01-01")
    filtered = sample_services.ask("What did Kishida tell Congress?", filters=nothing)
    assert (filtered.status, filtered.reason) == ("abstained", "No article passes the filters.")


def test_events_come_in_order_and_end_with_the_same_answer(sample_services: Services) -> None:
    events = list(sample_services.ask_events("What did Biden say about AUKUS?"))
    assert isinstance(events[0], PassagesEvent)
    assert isinstance(events[-1], DoneEvent)
    told = [event.statement for event in events if isinstance(event, StatementEvent)]
    assert tuple(told) == events[-1].answer.statements
    assert events[0].passages


def test_empty_questions_and_absent_engines_are_refused(sample_services: Services) -> None:
    with pytest.raises(InvalidRequest):
        sample_services.ask("   ")
    with pytest.raises(InvalidRequest, match="no model"):
        sample_services.ask("Who?", engine="llm")


def test_search_gives_verbatim_passages_best_first(sample_services: Services) -> None:
    passages = sample_services.search("tidal barrier cost", limit=5)
    assert 0 < len(passages) <= 5
    assert passages[0].source.startswith(("flood-barrier", "feed.jsonl"))
    scores = [passage.score for passage in passages]
    assert scores == sorted(scores, reverse=True)
    for passage in passages:
        text = sample_services.article(passage.article_id).article.text
        assert passage.text == text[passage.start : passage.end]


def test_quotes_are_by_that_speaker_on_that_subject(sample_services: Services) -> None:
    rows = sample_services.quotes(speaker="Biden", about="AUKUS")
    assert rows
    for row in rows:
        assert row.speaker is not None
        assert "Biden" in row.speaker
        text = sample_services.article(row.article_id).article.text
        assert row.quote == text[row.start : row.end]
        assert row.line == text.count("\n", 0, row.start) + 1
    assert sample_services.quotes(speaker="Nobody Atall") == []


def test_articles_are_found_by_id_source_and_unique_ending(sample_services: Services) -> None:
    stored = sample_services.article("aukus.md")
    assert sample_services.article(stored.article.article_id).article == stored.article
    assert sample_services.article("aukus").article == stored.article
    with pytest.raises(ArticleNotFound, match="flood-barrier"):
        sample_services.article("flood-barrier")


people = ["Ada Moreau", "Jean Petit", "Olena Haddad"]
topics = ["the bridge", "the harbour", "the strike", "the budget"]
sentence = st.one_of(
    st.builds(
        "“We will {} {} in {},” {} said.".format,
        st.sampled_from(["finish", "defend", "sell"]),
        st.sampled_from(topics),
        st.integers(2025, 2040),
        st.sampled_from(people),
    ),
    st.builds(
        "{} said that {} cost ${} million.".format,
        st.sampled_from(people),
        st.sampled_from(topics),
        st.integers(2, 900),
    ),
    st.builds("It was about {}, the U.S. mayor added.".format, st.sampled_from(topics)),
    st.just("Nobody expected it… not even Mr. Petit."),
)
article = st.lists(st.lists(sentence, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=5).map(
    "\n\n".join
)
question = st.one_of(
    st.builds("What did {} say about {}?".format, st.sampled_from(people), st.sampled_from(topics)),
    st.builds("How much did {} cost?".format, st.sampled_from(topics)),
    st.builds("When will {} be finished, and who said so?".format, st.sampled_from(topics)),
)


@pytest.fixture(scope="module")
def scratch() -> Iterator[Services]:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_services(ServiceSettings(data_dir=Path(folder)), role="tests", create=True) as services,
    ):
        yield services


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(article, min_size=1, max_size=3), questions=st.lists(question, min_size=1, max_size=4))
def test_every_citation_over_random_articles_is_verbatim(
    scratch: Services, texts: list[str], questions: list[str]
) -> None:
    for number, text in enumerate(texts):
        assert not scratch.add(f"story-{number}.txt", text.encode()).failed
    for asked in questions:
        answer = scratch.ask(asked)
        assert_promises(answer, scratch)
        for statement in answer.statements:
            for name in people:
                if asked.startswith(f"What did {name} say"):
                    assert name.split()[-1] in statement.text

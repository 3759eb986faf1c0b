"""Summaries of the samples, through the real index and the real embedder."""

from __future__ import annotations

import re

import pytest

from ingest.articles import ArticleFilter
from ingest.errors import ArticleNotFound, InvalidRequest
from service.candidates import Candidate
from service.cited_words import evidence_of
from service.events import StatementEvent
from service.reading import Reading
from service.summaries import STYLES, ReadingEvent, Style, Summary, SummaryDone, SummaryRequest
from service.summarizing import Summarizer
from service.summary_choice import SAME_THEME, SAME_THEME_IN_ONE, Choosable, choose
from service.verification import verify
from service.wiring import Services

EVERYTHING = ArticleFilter()


@pytest.fixture(scope="module")
def summarizer(sample_services: Services) -> Summarizer:
    return Summarizer(sample_services._library, sample_services._embedder, public_url="http://reader")


def words_of(summary: Summary) -> int:
    return sum(len(statement.text.split()) for statement in summary.statements)


def assert_promises(summary: Summary, services: Services) -> None:
    """Every citation is verbatim, and every one bears its statement out by itself."""
    by_id = {citation.id: citation for citation in summary.citations}
    assert list(by_id) == list(range(1, len(by_id) + 1))
    said = [(one.text, one.citations) for one in summary.statements]
    said += [(side.text, side.citations) for one in summary.disagreements for side in one.sides]
    for text, numbers in said:
        for number in numbers:
            citation = by_id[number]
            stored = services.article(citation.article_id)
            article = stored.article
            assert citation.quote == article.text[citation.start : citation.end] != ""
            assert not article.is_boilerplate(citation.start, citation.end)
            candidate = Candidate(Reading(stored), citation.start, citation.end, 0, 0, 0, 0.0)
            assert verify(text, [evidence_of(candidate)]).supported, text
    assert summary.reading.cited == len({citation.article_id for citation in summary.citations})


@pytest.mark.parametrize("style", STYLES)
def test_every_style_keeps_its_promises(
    sample_services: Services, summarizer: Summarizer, style: Style
) -> None:
    summary = summarizer.summarize(SummaryRequest(style=style, max_words=120), EVERYTHING)
    assert summary.status == "summarized"
    assert summary.style == style
    assert_promises(summary, sample_services)
    assert 0 < words_of(summary) <= 120
    assert summary.reading.articles == sample_services.articles()[0]


def test_an_article_is_summarized_by_what_it_says(sample_services: Services, summarizer: Summarizer) -> None:
    request = SummaryRequest(sources=("flood-barrier-approved.txt",), max_words=100)
    summary = summarizer.summarize(request, EVERYTHING)
    assert_promises(summary, sample_services)
    assert "£412 million" in summary.summary
    assert "31 to 17" in summary.summary
    assert {citation.source for citation in summary.citations} == {"flood-barrier-approved.txt"}
    starts = [summary.citations[one.citations[0] - 1].start for one in summary.statements]
    assert starts == sorted(starts)
    assert "HARROWMOUTH —" not in summary.summary
    assert not any(one.text.endswith("?") for one in summary.statements)


def test_only_within_one_article_sentences_need_be_nearer_to_be_of_one_theme(
    summarizer: Summarizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    def watched(forms: Choosable, term_weights: dict[str, float], max_words: int) -> list[int]:
        seen.append(forms.same_theme)
        return choose(forms, term_weights, max_words)

    monkeypatch.setattr("service.summary_statements.choose", watched)
    one, two = "flood-barrier-approved.txt", "flood-barrier-costs.md"
    summarizer.summarize(SummaryRequest(sources=(one,), max_words=100), EVERYTHING)
    assert set(seen) == {SAME_THEME_IN_ONE}
    seen.clear()
    summarizer.summarize(SummaryRequest(sources=(one, two), max_words=100), EVERYTHING)
    assert set(seen) == {SAME_THEME}


def test_the_events_tell_how_far_it_is_and_end_with_the_summary(summarizer: Summarizer) -> None:
    events = list(summarizer.events(SummaryRequest(max_words=60), EVERYTHING))
    read = [event for event in events if isinstance(event, ReadingEvent)]
    said = [event for event in events if isinstance(event, StatementEvent)]
    assert events == [*read, *said, events[-1]]
    assert read[-1].done == read[-1].total
    assert [one.done for one in read] == sorted({one.done for one in read})
    last = events[-1]
    assert isinstance(last, SummaryDone)
    assert tuple(one.statement for one in said) == last.summary.statements


def test_near_copies_are_read_once_and_cited_together(
    sample_services: Services, summarizer: Summarizer
) -> None:
    request = SummaryRequest(sources=("trilateral-clarion.txt", "trilateral-meridian.txt"), style="compare")
    summary = summarizer.summarize(request, EVERYTHING)
    assert_promises(summary, sample_services)
    assert (summary.reading.articles, summary.reading.near_copies, summary.reading.cited) == (2, 1, 1)
    for citation in summary.citations:  # one sentence stands in one of the two copies only
        assert len(citation.also_in) == (0 if "$8 million" in citation.quote else 1)
    assert summary.shared
    assert all(set(one.outlets) == {"Meridian Post", "Northern Clarion"} for one in summary.shared)
    assert [one.outlet for one in summary.singles] == ["Meridian Post"]
    assert "$8 million" in summary.singles[0].statements[0].text


def test_a_topic_gathers_all_that_is_about_it_and_nothing_else(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(SummaryRequest(topic="aukus", style="bullets"), EVERYTHING)
    assert {citation.source for citation in summary.citations} <= {"aukus.md", "feed.jsonl#3"}
    assert summary.reading.articles >= 2
    assert summary.subject == "aukus"


def test_a_topic_that_the_archive_does_not_know_is_no_topic(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(SummaryRequest(topic="volleyball transfer window"), EVERYTHING)
    assert summary.status == "abstained"
    assert not summary.statements
    assert summary.reason is not None
    assert "volleyball" in summary.reason
    assert summary.reading.articles == 0


def test_filters_that_admit_nothing_are_named(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(SummaryRequest(), ArticleFilter(outlets=frozenset({"Nowhere Gazette"})))
    assert summary.status == "abstained"
    assert summary.reason == "No article passes the filters."


def test_filters_limit_what_is_read(summarizer: Summarizer) -> None:
    outlet = ArticleFilter(outlets=frozenset({"Pacific Courier"}))
    summary = summarizer.summarize(SummaryRequest(), outlet)
    assert {citation.outlet for citation in summary.citations} == {"Pacific Courier"}


@pytest.mark.parametrize(
    ("sources", "told"),
    [(("flood-barrier-approved.txt", "flood-barrier-costs.md"), ["£412 million", "£506 million"]),
     (("club-fans.md", "club-march.txt"), ["2,500", "8,000"])],
)  # fmt: skip
def test_a_thing_measured_twice_is_shown_side_by_side(
    sample_services: Services, summarizer: Summarizer, sources: tuple[str, ...], told: list[str]
) -> None:
    summary = summarizer.summarize(
        SummaryRequest(sources=sources, style="compare", max_words=250), EVERYTHING
    )
    assert_promises(summary, sample_services)
    (found,) = summary.disagreements
    sides = sorted(side.text for side in found.sides)
    assert all(any(figure in side for side in sides) for figure in told), sides


def test_shortened_sentences_are_the_articles_words_in_order(
    sample_services: Services, summarizer: Summarizer
) -> None:
    """What is left out is marked, but for an opening, after which the sentence begins with a capital."""
    shorter = 0
    for source in ("aukus.md", "defence-command.txt", "trilateral-meridian.txt", "moon-seats.md"):
        summary = summarizer.summarize(SummaryRequest(sources=(source,), max_words=100), EVERYTHING)
        assert_promises(summary, sample_services)
        for statement in summary.statements:
            quote = summary.citations[statement.citations[0] - 1].quote
            words = re.findall(r"\w+", re.sub(r"\[[^\]]*\]", "", statement.text).casefold())
            remaining = iter(re.findall(r"\w+", quote.casefold()))
            assert all(word in remaining for word in words), statement.text
            shorter += "…" in statement.text
    assert shorter


def test_a_file_of_many_records_is_all_of_them(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(SummaryRequest(sources=("feed.jsonl",)), EVERYTHING)
    assert summary.reading.articles == 4


def test_a_limit_that_no_sentence_meets_gives_one(summarizer: Summarizer) -> None:
    summary = summarizer.summarize(SummaryRequest(max_words=1), EVERYTHING)
    assert len(summary.statements) == 1


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (SummaryRequest(topic="  "), InvalidRequest),
        (SummaryRequest(max_words=0), InvalidRequest),
        (SummaryRequest(style="poem"), InvalidRequest),  # type: ignore[arg-type]
        (SummaryRequest(sources=("no-such-story.txt",)), ArticleNotFound),
    ],
)
def test_what_cannot_be_summarized_is_refused_at_once(
    summarizer: Summarizer, request_: SummaryRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        summarizer.events(request_, EVERYTHING)


def test_dates_in_a_timeline_ascend(sample_services: Services, summarizer: Summarizer) -> None:
    request = SummaryRequest(topic="tidal barrier Harrowmouth", style="timeline", max_words=200)
    summary = summarizer.summarize(request, EVERYTHING)
    assert_promises(summary, sample_services)
    days = [event.date for event in summary.events if len(event.date) == len("2024-03-06")]
    assert days
    assert days == sorted(days)
    told = [event.statement for event in summary.events]
    assert [*told, *summary.undated] == list(summary.statements)

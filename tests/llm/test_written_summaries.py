"""A weak model that summarizes: whatever it writes, what is shown can be checked again and holds, and nothing hangs."""

from __future__ import annotations

import pytest

from service.events import StatementEvent
from service.labels import LABEL
from service.summaries import ReadingEvent, SummaryDone, SummaryRequest
from service.support import SupportScorer
from service.wiring import Services
from tests.llm.watched_model import failing
from tests.service.injection_cases import prompt_words_in
from tests.service.written_summaries import assert_kept, cited_by

pytestmark = pytest.mark.timeout(280)

REQUESTS = (
    SummaryRequest(sources=("club-march.txt",), max_words=80),
    SummaryRequest(sources=("club-takeover.txt", "club-march.txt"), style="bullets", max_words=80),
    SummaryRequest(topic="flood barrier", style="timeline", max_words=100),
    SummaryRequest(sources=("aukus.md", "beijing-reaction.txt"), style="compare", max_words=100),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one.style)
def test_nothing_unverified_is_shown_in_a_summary(llm_services: Services, request_: SummaryRequest) -> None:
    *events, done = llm_services.summarize_events(request_)
    assert isinstance(done, SummaryDone)
    summary = done.summary
    shown = tuple(event.statement for event in events if isinstance(event, StatementEvent))
    read = [event for event in events if isinstance(event, ReadingEvent)]
    assert shown == summary.statements
    assert read[-1].done == read[-1].total
    assert summary.status == "summarized"
    assert summary.model is not None
    assert summary.model.startswith("smollm2")
    assert summary.usage.completion_tokens > 0
    assert (summary.engine == "extractive") <= (summary.engine_note is not None)
    assert sum(len(one.text.split()) for one in summary.statements) <= request_.max_words
    assert_kept(summary, llm_services)
    scorer = SupportScorer(llm_services._embedder.embed)
    for statement in summary.statements:
        assert LABEL.search(statement.text) is None
        if statement.support == "verified":
            assert failing(statement.text, cited_by(statement, summary, llm_services), scorer) is None
    assert prompt_words_in(summary.summary) == ()


def test_a_second_time_no_article_is_read_again(llm_services: Services) -> None:
    request = REQUESTS[1]
    first, second = llm_services.summarize(request), llm_services.summarize(request)
    assert second.usage.prompt_tokens < first.usage.prompt_tokens or first.usage == second.usage
    assert second.usage.prompt_tokens > 0

"""The words that a report shows in their surroundings: what an answer cites, and what it should have said.

They are kept with the run, because the articles may not be at hand where a report is read, and may have changed since.
"""

from __future__ import annotations

from collections.abc import Iterator

from eval.gold import GoldCase
from eval.measures import Context, Observation
from eval.measures_wording import facts_missing, said
from eval.phrase_places import places
from eval.runs import Excerpt

AROUND_CHARS = 160
"""Of the article, before and after."""


def excerpts(case: GoldCase, observation: Observation, context: Context) -> tuple[Excerpt, ...]:
    """An excerpt for each citation, the closest ones of an abstention included, whose quote is where it says; and one
    for each fact that is not said and that an article found, and allowed, holds."""
    return (*_cited(observation, context), *_missing(case, observation, context))


def _cited(observation: Observation, context: Context) -> Iterator[Excerpt]:
    answer = observation.answer
    cited = () if answer is None else (*answer.citations, *answer.closest)
    for one in {(one.article_id, one.start, one.end): one for one in cited}.values():
        text = context.text_of(one.article_id)
        if text[one.start : one.end] == one.quote:
            yield _excerpt("cited", one.article_id, one.source, text, one.start, one.end)


def _missing(case: GoldCase, observation: Observation, context: Context) -> Iterator[Excerpt]:
    answer = observation.answer
    if answer is None or case.abstain:
        return
    words = said(answer) if answer.status == "answered" else ""
    found = [(rank, one) for rank, one in enumerate(observation.found, start=1) if one.source in case.sources]
    articles = {one.article_id: one.source for _, one in found}
    for group in facts_missing(case.facts, words):
        standing = [
            (rank, one, context.text_of(one.article_id), place)
            for rank, one in found
            for phrase in group
            for place in places(phrase, context.text_of(one.article_id)[one.start : one.end])
        ]
        if standing:
            rank, one, text, (start, end) = standing[0]
            place = (one.start + start, one.start + end)
            yield _excerpt("missing", one.article_id, one.source, text, *place, rank)
            continue
        for article_id, source in articles.items():
            text = context.text_of(article_id)
            if unseen := [place for phrase in group for place in places(phrase, text)]:
                yield _excerpt("missing", article_id, source, text, *unseen[0])
                break


def _excerpt(
    role: str, article_id: str, source: str, text: str, start: int, end: int, rank: int | None = None
) -> Excerpt:
    before = text[max(0, start - AROUND_CHARS) : start]
    after = text[end : end + AROUND_CHARS]
    if start > AROUND_CHARS:
        before = before.partition(" ")[2] or before
    if end + AROUND_CHARS < len(text):
        after = after.rpartition(" ")[0] or after
    return Excerpt.model_validate(
        {
            "role": role,
            "article_id": article_id,
            "source": source,
            "start": start,
            "end": end,
            "before": before,
            "text": text[start:end],
            "after": after,
            "rank": rank,
        }
    )

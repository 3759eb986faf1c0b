"""Who said what: every quotation of the archive by speaker and subject."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.articles import ArticleFilter, Quotation
from ingest.records import StoredArticle
from service.answers import AttributedQuotation
from service.citing import article_url
from service.library import Library
from service.speakers import same_speaker
from service.terms import key_set, terms_of

READ_AT_ONCE = 200


def quotations(
    library: Library,
    *,
    speaker: str | None,
    about: str | None,
    filters: ArticleFilter,
    limit: int,
    public_url: str,
) -> list[AttributedQuotation]:
    """Quotations in the order of sources and text; `about` needs every one of its content words in the quotation or
    in the sentences around it that give its context."""
    wanted = terms_of(about) if about else ()
    found: list[AttributedQuotation] = []
    for stored in _articles(library, filters):
        for quotation in stored.analysis.quotations:
            if speaker is not None and not same_speaker(speaker, quotation.speaker):
                continue
            context = stored.article.text[quotation.context_start : quotation.context_end]
            if wanted:
                keys = key_set(context) | key_set(stored.article.text[quotation.start : quotation.end])
                if not all(term.matches(keys) for term in wanted):
                    continue
            found.append(_row(stored, quotation, context, public_url))
            if len(found) >= limit:
                return found
    return found


def _articles(library: Library, filters: ArticleFilter) -> Iterator[StoredArticle]:
    allowed = library.admitted(filters)
    records = sorted(library.shelf().records.values(), key=lambda record: record.source)
    ids = [record.article_id for record in records if allowed is None or record.article_id in allowed]
    for start in range(0, len(ids), READ_AT_ONCE):
        batch = ids[start : start + READ_AT_ONCE]
        stored = library.articles(batch)
        yield from (stored[article_id] for article_id in batch if article_id in stored)


def _row(stored: StoredArticle, quotation: Quotation, context: str, public_url: str) -> AttributedQuotation:
    article = stored.article
    return AttributedQuotation(
        article_id=article.article_id,
        source=article.source,
        title=article.title,
        outlet=article.outlet,
        published_at=article.published_at,
        speaker=quotation.speaker,
        kind=quotation.kind,
        quote=article.text[quotation.start : quotation.end],
        start=quotation.start,
        end=quotation.end,
        line=article.line_at(quotation.start),
        context=context,
        url=article_url(public_url, article.article_id, quotation.start, quotation.end),
    )

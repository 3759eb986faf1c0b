"""Numbered citations: each verbatim, each once, near-copies folded into "also in"."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.datelines import dateline_length
from service.answers import Citation
from service.candidates import Candidate
from service.library import Library
from service.verification import plain


class Citations:
    """Collects the citations of one answer and numbers them from 1 in the order they are first used."""

    def __init__(self, library: Library, public_url: str) -> None:
        self._library = library
        self._shelf = library.shelf()
        self._public_url = public_url
        self._by_span: dict[tuple[str, int, int], Citation] = {}

    def cite(self, candidates: Sequence[Candidate]) -> tuple[Citation, ...]:
        """Citations for these candidates; a near-copy of an article already among them is not cited again."""
        cited: list[Citation] = []
        used: set[str] = set()
        for candidate in candidates:
            article_id = candidate.article.article_id
            if used.intersection(self._shelf.copies.get(article_id, ())):
                continue
            used.add(article_id)
            cited.append(self._citation(candidate))
        return tuple(cited)

    def all(self) -> tuple[Citation, ...]:
        """Every citation so far, by number."""
        return tuple(self._by_span.values())

    def _citation(self, candidate: Candidate) -> Citation:
        article = candidate.article
        key = (article.article_id, candidate.start, candidate.end)
        known = self._by_span.get(key)
        if known is not None:
            return known
        citation = Citation(
            id=len(self._by_span) + 1,
            article_id=article.article_id,
            source=article.source,
            title=article.title,
            outlet=article.outlet,
            published_at=article.published_at,
            quote=candidate.text,
            start=candidate.start,
            end=candidate.end,
            line=article.line_at(candidate.start),
            speaker=_speaker(candidate),
            url=article_url(self._public_url, article.article_id, candidate.start, candidate.end),
            also_in=self._also_in(article.article_id, candidate.text),
        )
        self._by_span[key] = citation
        return citation

    def _also_in(self, article_id: str, words: str) -> tuple[str, ...]:
        """The near-copies that carry these very words: one may lack a sentence that the other has.
        Datelines differ between copies."""
        copies = self._library.articles(self._shelf.copies.get(article_id, ())).values()
        quoted = plain(words[dateline_length(words) :])
        return tuple(sorted(copy.article.source for copy in copies if quoted in plain(copy.article.text)))


def article_url(public_url: str, article_id: str, start: int, end: int) -> str:
    """Where the source page opens with the words `start..end` highlighted."""
    return f"{public_url}/articles/{article_id}#c{start}-{end}"


def _speaker(candidate: Candidate) -> str | None:
    """The one speaker of the candidate's quotations; None when nobody or several speak."""
    speakers = list(
        dict.fromkeys(quotation.speaker for quotation in candidate.quotations if quotation.speaker)
    )
    return speakers[0] if len(speakers) == 1 else None

"""An article's analysis as JSON values, arrays rather than objects, because it is most of what a read parses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ingest.articles import Analysis, Mention, Quotation, Sentence

_MENTION_KINDS: tuple[Literal["name", "title", "pronoun"], ...] = ("name", "title", "pronoun")
_QUOTATION_KINDS: tuple[Literal["direct", "indirect"], ...] = ("direct", "indirect")


def analysis_fields(analysis: Analysis) -> list[Any]:
    """An analysis as JSON values: arrays of numbers, and each name written once."""
    names: dict[str, int] = {}

    def number(name: str | None) -> int | None:
        return None if name is None else names.setdefault(name, len(names))

    quotations = [
        [
            quotation.start,
            quotation.end,
            _QUOTATION_KINDS.index(quotation.kind),
            number(quotation.speaker),
            quotation.speaker_start,
            quotation.speaker_end,
            quotation.context_start,
            quotation.context_end,
        ]
        for quotation in analysis.quotations
    ]
    mentions = [
        [mention.start, mention.end, number(mention.name), _MENTION_KINDS.index(mention.kind)]
        for mention in analysis.mentions
    ]
    sentences = [[sentence.start, sentence.end, sentence.paragraph] for sentence in analysis.sentences]
    return [sentences, quotations, mentions, list(names)]


def analysis_from(fields: Sequence[Any]) -> Analysis:
    """The inverse of `analysis_fields`."""
    sentences, quotations, mentions, names = fields
    return Analysis(
        sentences=tuple(Sentence(*fields) for fields in sentences),
        quotations=tuple(
            Quotation(start, end, _QUOTATION_KINDS[kind], None if name is None else names[name], *rest)
            for start, end, kind, name, *rest in quotations
        ),
        mentions=tuple(
            Mention(start, end, names[name], _MENTION_KINDS[kind]) for start, end, name, kind in mentions
        ),
    )

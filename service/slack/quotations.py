"""The words behind an answer, shown when somebody asks for them.

The button carries where the words stand (article, first and last character, and a check of the words), not the words:
they are read from the index again, so what is shown is what the article says, whichever replica is asked, and an
article that has changed since is found out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.records import StoredArticle
from service.answers import Citation
from service.slack.mrkdwn import literal, shortened
from service.slack.parts import (
    MOST_VALUE_CHARS,
    MOST_VIEW_BLOCKS,
    Block,
    line,
    plain,
    quotation,
    rich_text,
    small_print,
    words,
)
from service.slack.sources import MOST_NAME_CHARS, MOST_TITLE_CHARS
from service.terminal import day_of

MOST_QUOTE_CHARS = 2500
_MOST_SHOWN = (MOST_VIEW_BLOCKS - 1) // 2
_TITLE = {"type": "plain_text", "text": "Quotations"}
_CLOSE = {"type": "plain_text", "text": "Close"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the words of citation `number` stand: a half-open range of code points, and the check of its words."""

    number: int
    article_id: str
    start: int
    end: int
    check: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words found again; `words` is None when the article has changed or gone."""

    number: int
    words: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    source: str = ""
    line: int = 0


def places_value(citations: Iterable[Citation]) -> str:
    """The button's value: as many places as it has room for."""
    value = ""
    for citation in citations:
        place = (
            f"{citation.id}:{citation.article_id}:{citation.start}:{citation.end}:{_check(citation.quote)}"
        )
        longer = f"{value};{place}" if value else place
        if len(longer) > MOST_VALUE_CHARS:
            break
        value = longer
    return value


def places_of(value: str) -> list[Place]:
    """The places of a button's value; what is none is left out, for anybody may send one."""
    found = []
    for part in value.split(";"):
        fields = part.split(":")
        numeric = len(fields) == 5 and all(fields[n].isascii() and fields[n].isdigit() for n in (0, 2, 3))
        if numeric and all(len(fields[n]) < 10 for n in (0, 2, 3)):
            found.append(Place(int(fields[0]), fields[1], int(fields[2]), int(fields[3]), fields[4]))
    return found


def quoted(place: Place, stored: StoredArticle | None) -> Quoted:
    """The words at a place, if they are still the same."""
    if stored is None:
        return Quoted(place.number)
    article = stored.article
    said = article.text[place.start : place.end]
    if not said or _check(said) != place.check:
        return Quoted(place.number, source=article.source)
    return Quoted(
        place.number,
        said,
        article.outlet,
        article.published_at,
        article.source,
        article.text.count("\n", 0, place.start) + 1,
    )


def loading_view() -> dict[str, Any]:
    """The window at once, before the words are there: a trigger of Slack's is good for three seconds."""
    blocks = [rich_text(line(words("Looking them up …")))]
    return {"type": "modal", "title": _TITLE, "close": _CLOSE, "blocks": blocks}


def quotations_view(found: Sequence[Quoted]) -> dict[str, Any]:
    """The window with the words."""
    blocks: list[Block] = []
    for one in found[:_MOST_SHOWN]:
        if one.words is None:
            gone = f"[{one.number}] The article has changed since, or is gone. Ask again."
            blocks.append(rich_text(line(words(gone))))
            continue
        said = shortened(plain(one.words), MOST_QUOTE_CHARS)
        blocks.append(rich_text(quotation(words(f"[{one.number}] ", bold=True), words(said))))
        day = day_of(one.published_at) if one.published_at else None
        named = [literal(shortened(part, MOST_NAME_CHARS)) for part in (one.outlet, day) if part]
        source = literal(shortened(one.source, MOST_TITLE_CHARS))
        blocks.append(small_print(" · ".join([*named, f"{source}, line {one.line}"])))
    if len(found) > _MOST_SHOWN:
        blocks.append(small_print(f"… and {len(found) - _MOST_SHOWN} more."))
    if not blocks:
        blocks.append(rich_text(line(words("This answer has no quotations."))))
    return {"type": "modal", "title": _TITLE, "close": _CLOSE, "blocks": blocks}


def _check(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:6]

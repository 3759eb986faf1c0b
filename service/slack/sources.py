"""Sources under an answer: outlet, date and a link to the highlighted passage, or else the file and its line."""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Citation
from service.slack.mrkdwn import link, literal, shortened, web_address
from service.slack.parts import Block, Element, anchor, joined, small_print, words
from service.terminal import day_of

MOST_TITLE_CHARS = 90
MOST_NAME_CHARS = 50
MOST_DATE_CHARS = 30
MOST_COPIES = 3
"""A line must fit in one text (3,000 characters) although `&` takes five when it is escaped."""


def source_blocks(citations: Sequence[Citation], public_url: str) -> list[Block]:
    """Small print with one line for each citation, in their order."""
    return [small_print(text) for text in joined(source_line(one, public_url) for one in citations)]


def source_line(citation: Citation, public_url: str) -> str:
    """`[1] Pacific Courier · 11 April 2024 · AUKUS partners weigh …`, in mrkdwn."""
    parts = [] if citation.outlet is None else [literal(shortened(citation.outlet, MOST_NAME_CHARS))]
    if citation.published_at:
        parts.append(literal(shortened(day_of(citation.published_at), MOST_DATE_CHARS)))
    title = shortened(citation.title or citation.source, MOST_TITLE_CHARS)
    address = web_address(citation.url, public_url)
    if address is not None:
        parts.append(link(address, title))
    else:
        if citation.title:
            parts.append(literal(title))
        parts.append(f"{literal(shortened(citation.source, MOST_TITLE_CHARS))}, line {citation.line}")
    if citation.also_in:
        parts.append(f"also in {_copies(citation.also_in)}")
    return f"*[{citation.id}]* {' · '.join(parts)}"


def markers(numbers: Sequence[int], citations: Sequence[Citation], public_url: str) -> list[Element]:
    """` [1] [2]` behind a statement, each a link to the highlighted passage where there is an address."""
    by_id = {citation.id: citation for citation in citations}
    found: list[Element] = []
    for number in numbers:
        cited = by_id.get(number)
        address = web_address(cited.url, public_url) if cited is not None else None
        found.append(words(" "))
        found.append(words(f"[{number}]") if address is None else anchor(address, f"[{number}]"))
    return found


def _copies(sources: Sequence[str]) -> str:
    named = ", ".join(literal(shortened(source, MOST_NAME_CHARS)) for source in sources[:MOST_COPIES])
    more = len(sources) - MOST_COPIES
    return f"{named} and {more} more" if more > 0 else named

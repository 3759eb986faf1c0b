"""The lines an article prints between its headline and its story: outlet, byline, date, in any order.

"Tokyo Bay Herald", "By Jane Doe, Capitol Ledger", "The Echo — 19 March 2024 — by Jane Doe". A line counts only when
every piece of it is one of these three, so that a first sentence never passes for a header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.articles import Span
from ingest.datelines import BYLINE, byline_names
from ingest.publication_dates import full_date_only, take_written_date

MAX_HEADER_LINES = 6
MAX_LINE_CHARS = 140

_NAME = re.compile(r"^(?:[Tt]he )?[A-Z][\w’'&.-]*(?: (?:[A-Z][\w’'&.-]*|of|and|the|de|&)){0,5}$")
_FROM_PERSON = re.compile(
    r"^From (?P<name>[A-Z][\w’'.-]+(?: [A-Z][\w’'.-]+){1,3}) in (?:[A-Z][\w’'.-]+,? ?){1,4}$"
)
_FROM_AGENCY = re.compile(r"^From (?:the |The )?[A-Z][\w’'&-]*(?: [A-Z][\w’'&-]*){0,4}$")
_OUTLET_WORD = re.compile(
    r"\b(?:post|times|herald|wire|news|journal|tribune|ledger|press|daily|weekly|courier|gazette|chronicle|review|echo|"
    r"sentinel|clarion|guardian|magazine|observer|standard|telegraph|mail|today|agency|star|globe|bulletin|examiner|"
    r"dispatch|mirror|independent|record|network|media|radio|television|tv|reporter|inquirer|monitor|online|digest)\b",
    re.IGNORECASE,
)
_STAMP = re.compile(r"^(?:(?:first |originally )?published|posted|date)(?: on| at)?:?$", re.IGNORECASE)
_UPDATE = re.compile(r"\b(?:updated|modified)\b", re.IGNORECASE)
_DAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b,?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says, and its lines (without line breaks)."""

    lines: tuple[Span, ...] = ()
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published_at: str | None = None


@dataclass(slots=True)
class _Line:
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    is_update: bool = False
    certain: bool = False


def header_of(text: str, lines: Sequence[Span]) -> Header:
    """The header that begins at the first of `lines` (the filled lines below the headline), or an empty one.

    A name alone is an outlet only beside a line that holds a byline or a date.
    """
    found: list[tuple[Span, _Line]] = []
    for span in lines[:MAX_HEADER_LINES]:
        line = _read(span.of(text))
        if line is None:
            break
        if line.outlet and found and _is_by(found[-1][0].of(text)):
            line.authors, line.outlet = (line.outlet,), None
        found.append((span, line))
    while found and not found[-1][1].certain and not any(line.certain for _, line in found):
        found.pop()
    if not found:
        return Header()
    read = [line for _, line in found]
    return Header(
        lines=tuple(span for span, _ in found),
        outlet=next((line.outlet for line in read if line.outlet), None),
        authors=next((line.authors for line in read if line.authors), ()),
        published_at=next(
            (
                line.published_at
                for late in (False, True)
                for line in read
                if line.published_at and line.is_update == late
            ),
            None,
        ),
    )


def _read(raw: str) -> _Line | None:
    """What a header line says; None when any piece of it is something else."""
    text = " ".join(re.sub(r"[*_`>]+", " ", raw).split())
    if not text or len(text) > MAX_LINE_CHARS:
        return None
    line = _Line()
    if _is_by(text) or _FROM_AGENCY.match(text):
        line.certain = _is_by(text)
        return line
    if person := _FROM_PERSON.match(text):
        line.authors, line.certain = (person["name"],), True
        return line
    line.published_at, rest = take_written_date(text)
    if line.published_at:
        line.certain = True
        line.is_update = bool(_UPDATE.search(rest))
        rest = _DAY.sub(" ", _UPDATE.sub(" ", rest))
    for piece in re.split(r"\s[—–|·•-]\s|[|•]|(?<=[a-z]),\s|\s{2,}", f" {rest} "):
        piece = piece.strip(" ,.:;—–-()")
        if not _take(piece, line):
            return None
    return line


def _is_by(line: str) -> bool:
    """Whether a line is the word "by" alone: the name follows on the next line, or was lost."""
    return line.strip().casefold() in ("by", "by:")


def _take(piece: str, line: _Line) -> bool:
    if not piece or _STAMP.match(piece) or piece.casefold() in ("last", "at", "on", "first"):
        return True
    if BYLINE.match(piece):
        line.authors = byline_names(piece)
        line.certain |= bool(line.authors)
        return bool(line.authors)
    if not _NAME.match(piece) or full_date_only(piece):
        return False
    if line.authors and not _OUTLET_WORD.search(piece):
        line.authors += (piece,)
    elif line.outlet is None:
        line.outlet = piece
    else:
        return False
    return True

"""Options that several commands share: which articles may be used, and JSON instead of text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ingest.articles import ArticleFilter

MAX_QUESTION_CHARS = 2000
"""What the HTTP API takes, so that a question fares the same whoever answers it."""

Outlets = Annotated[
    list[str] | None,
    typer.Option("--outlet", metavar="NAME", help="Only articles of this outlet; may be repeated."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="FILE", help="Only this source file; may be repeated."),
]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="DATE", help="Only articles of this day (YYYY-MM-DD) or later."),
]
Before = Annotated[
    str | None,
    typer.Option("--before", metavar="DATE", help="Only articles of this day (YYYY-MM-DD) or earlier."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def filters_of(
    outlets: list[str] | None, sources: list[str] | None, after: str | None, before: str | None
) -> ArticleFilter:
    """The filter these options describe.

    Raises:
        BadParameter: a date is none, the period is empty, or a name is blank.
    """
    from ingest.articles import ArticleFilter

    first, last = _day(after, "--after"), _day(before, "--before")
    if first and last and first > last:
        raise typer.BadParameter(f"--after {first} is later than --before {last}")
    return ArticleFilter(
        outlets=frozenset(_named(outlets, "--outlet")),
        sources=frozenset(_named(sources, "--source")),
        after=first,
        before=last,
    )


def words_of(text: str, what: str) -> str:
    """A question or query without surrounding white space.

    Raises:
        BadParameter: it is empty, too long, or not UTF-8.
    """
    words = text.strip()
    if not words:
        raise typer.BadParameter(f"{what} is empty")
    if not words.isascii() and any("\ud800" <= sign <= "\udfff" for sign in words):
        raise typer.BadParameter(f"{what} holds bytes that are not UTF-8")
    if len(words) > MAX_QUESTION_CHARS:
        raise typer.BadParameter(
            f"{what} has {len(words):,} characters; at most {MAX_QUESTION_CHARS:,} are taken"
        )
    return words


def _named(names: list[str] | None, option: str) -> list[str]:
    found = [name.strip() for name in names or ()]
    if not all(found):
        raise typer.BadParameter(f"{option} needs a name")
    return found


def _day(value: str | None, option: str) -> str | None:
    if value is None:
        return None
    try:
        if not re.match(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError
        return datetime.fromisoformat(value).date().isoformat()
    except ValueError:
        raise typer.BadParameter(f"{option} {value!r} is not a date such as 2024-04-10") from None

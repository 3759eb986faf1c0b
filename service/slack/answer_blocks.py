"""An answer as Block Kit: statements with markers, disagreements, sources; or the abstention and what comes closest.

Pure. Statements and quotations stand in `rich_text`, where nothing an article says can be markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.answers import Answer, Citation, Disagreement, Statement
from service.slack.mrkdwn import escaped, literal, one_line, shortened
from service.slack.parts import (
    MOST_FALLBACK_CHARS,
    Block,
    Element,
    line,
    plain,
    quotation,
    rich_text,
    small_print,
    text_blocks,
    words,
)
from service.slack.sources import markers, source_blocks

ANSWER_BLOCK = "dateline-answer"
"""Begins the id of an answer's first block: by it the bot knows its own answers in a thread."""
MOST_QUOTE_CHARS = 1200
MOST_SIDES_CHARS = 600
MOST_NOTE_CHARS = 500
READING = "Reading the articles …"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is shown, without buttons; `citations` are those whose words a reader may ask for."""

    text: str
    blocks: tuple[Block, ...]
    citations: tuple[Citation, ...] = ()


def answer_view(answer: Answer, public_url: str = "") -> Rendered:
    """The whole answer."""
    if answer.status == "abstained":
        return _abstention(answer, public_url)
    blocks = statement_blocks(answer.statements, answer.citations, public_url)
    blocks += disagreement_blocks(answer.disagreements, answer.citations, public_url)
    blocks += source_blocks(answer.citations, public_url)
    blocks += note_blocks(answer.engine_note)
    return Rendered(fallback(answer.answer), identified(blocks), answer.citations)


def partial_view(statements: Sequence[Statement], citations: Sequence[Citation], public_url: str) -> Rendered:
    """What there is so far."""
    blocks = statement_blocks(statements, citations, public_url)
    text = " ".join(one.text for one in statements)
    return Rendered(fallback(text), (*blocks, small_print(READING)), ())


def statement_blocks(
    statements: Sequence[Statement], citations: Sequence[Citation], public_url: str
) -> list[Block]:
    """One statement as a paragraph, several as a list."""
    lines = [statement_line(one, citations, public_url) for one in statements]
    return text_blocks(lines, listed=len(lines) > 1)


def statement_line(
    statement: Statement, citations: Sequence[Citation], public_url: str, *before: Element
) -> Element:
    """A statement and its markers; `before` begins the line."""
    said = words(plain(statement.text))
    return line(*before, said, *markers(statement.citations, citations, public_url))


def disagreement_blocks(
    disagreements: Sequence[Disagreement], citations: Sequence[Citation], public_url: str
) -> list[Block]:
    """Each disagreement with its sides in a list."""
    found = []
    for one in disagreements:
        about = shortened(plain(one.about), MOST_SIDES_CHARS)
        sides = [
            line(
                words(shortened(plain(side.text), MOST_SIDES_CHARS)),
                *markers(side.citations, citations, public_url),
            )
            for side in one.sides
        ]
        heading = line(words("Sources disagree: ", bold=True), words(about))
        listed = text_blocks(sides, listed=True)
        found.append(rich_text(heading, *listed[0]["elements"]))
        found += listed[1:]
    return found


def note_blocks(note: str | None) -> list[Block]:
    """A remark on the engine, where there is one."""
    return [small_print(literal(shortened(plain(note), MOST_NOTE_CHARS)))] if note else []


def fallback(text: str) -> str:
    """Text for notifications. Markup is escaped, so an article cannot mention anybody here either."""
    return shortened(escaped(one_line(text)), MOST_FALLBACK_CHARS) or "Dateline"


def identified(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, the first marked as an answer's."""
    if not blocks:
        return ()
    return (blocks[0] | {"block_id": ANSWER_BLOCK}, *blocks[1:])


def _abstention(answer: Answer, public_url: str) -> Rendered:
    said = [words("The articles do not answer this.", bold=True)]
    if answer.reason:
        said.append(words(" " + shortened(plain(answer.reason), MOST_SIDES_CHARS)))
    blocks = [rich_text(line(*said))]
    if answer.closest:
        blocks.append(rich_text(line(words("What comes closest:"))))
        for citation in answer.closest:
            quoted = shortened(plain(citation.quote), MOST_QUOTE_CHARS)
            blocks.append(
                rich_text(quotation(words(quoted), *markers([citation.id], [citation], public_url)))
            )
        blocks += source_blocks(answer.closest, public_url)
    blocks += note_blocks(answer.engine_note)
    return Rendered(fallback(answer.answer), identified(blocks), answer.closest)

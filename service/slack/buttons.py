"""The buttons under an answer, and what their presses bring back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from service.slack.answer_blocks import Rendered
from service.slack.mrkdwn import shortened
from service.slack.parts import (
    Block,
    Element,
    Message,
    actions,
    button,
    line,
    pages,
    person,
    rich_text,
    words,
)
from service.slack.quotations import places_value

QUOTATIONS = "dateline_quotations"
UP = "dateline_up"
DOWN = "dateline_down"
SHARE = "dateline_share"
MOST_QUESTION_CHARS = 1500


def answer_messages(
    rendered: Rendered,
    key: str,
    question: str,
    *,
    may_rate: bool,
    may_share: bool,
    shown_question: bool = False,
) -> tuple[Message, ...]:
    """The messages of an answer, with its buttons at the end. `key` is the answer's own; `shown_question` puts the
    question above, where it is not to be seen otherwise."""
    row: list[Element] = []
    if rendered.citations:
        row.append(button("Show quotations", QUOTATIONS, places_value(rendered.citations)))
    value = answer_value(key, question)
    if may_rate:
        row += [button("👍 Helpful", UP, value), button("👎 Not helpful", DOWN, value)]
    if may_share:
        row.append(button("Share to channel", SHARE, value))
    above = [_asked(question)] if shown_question else []
    return pages(rendered.text, [*above, *rendered.blocks, *([actions(row)] if row else [])])


def shared_messages(rendered: Rendered, question: str, user_id: str) -> tuple[Message, ...]:
    """The same answer for everybody in the channel, with the question and who shared it."""
    heading = rich_text(line(person(user_id), words(" asked: "), words(_short(question), italic=True)))
    places = places_value(rendered.citations)
    row = [button("Show quotations", QUOTATIONS, places)] if places else []
    return pages(rendered.text, [heading, *rendered.blocks, *([actions(row)] if row else [])])


def answer_value(key: str, question: str) -> str:
    """What a press on a verdict brings back: the answer's key, and the question for when the key is forgotten."""
    return json.dumps({"a": key, "q": question[:MOST_QUESTION_CHARS]}, ensure_ascii=False)


def answer_of(value: str) -> tuple[str, str]:
    """Key and question of a button's value; empty ones where it holds none."""
    try:
        found = json.loads(value)
    except ValueError:
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("a", "")), str(found.get("q", ""))


def is_answer(blocks: Sequence[Block], block_id: str) -> bool:
    """Whether a message of the bot's holds an answer."""
    return any(str(block.get("block_id", "")).startswith(block_id) for block in blocks)


def _asked(question: str) -> Block:
    return rich_text(line(words("You asked: "), words(_short(question), italic=True)))


def _short(question: str) -> str:
    return shortened(question, 500) or "–"

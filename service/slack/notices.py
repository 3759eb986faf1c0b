"""What the bot says besides answers: help, that it is at work or busy, and what went wrong, in words."""

from __future__ import annotations

from ingest.errors import DatelineError, RateLimited, TransientError
from service.slack.answer_blocks import READING, fallback
from service.slack.mrkdwn import shortened
from service.slack.parts import Message, bullets, line, plain, rich_text, small_print, words
from service.slack.requests import MAX_QUESTION_CHARS

HELP_LINES = (
    ("@Dateline What did Biden say about AUKUS?", "in a channel; the answer comes in the thread"),
    ("What did Biden say about AUKUS?", "in a direct message"),
    ("/dateline ask …", "only you see the answer, and may share it"),
    ("/dateline summarize AUKUS timeline", "or brief, bullets, compare; also with @Dateline"),
    ("Ask Dateline about this", "among a message's shortcuts (⋮)"),
)
SUMMARIZING = "Reading the articles to summarize them …"
BUSY = "I am answering as many questions as I can at the moment. Please ask again in a minute."
ALREADY_SHARED = "This answer has been shared here already."
FORGOTTEN = "I no longer have this answer at hand. Please ask again, then share it."
THANKS = "Thank you, that is noted."
TOO_LONG_IN_PRIVATE = (
    "The rest is too long for a private answer: mention me in a channel, or write to me directly."
)
UNSAID = "Something went wrong, and it is my fault. It is in the log; please try again."


def help_message(*, rated: bool) -> Message:
    """How to ask."""
    lines = [line(words(example, bold=True), words(f" – {what}")) for example, what in HELP_LINES]
    intro = line(words("I answer from the archive's articles only, and cite their words. Ask me:\n"))
    kept = "A press on 👍 or 👎 keeps question, answer and verdict, and not who pressed. " if rated else ""
    mentioned = (
        "In a thread, mention me again to go on; I read your questions to me and my answers, nothing else."
    )
    return Message(
        "I answer questions from the archive's articles. Mention me, write to me, or use /dateline.",
        (rich_text(intro, bullets(lines)), small_print(kept + mentioned)),
    )


def working(summary: bool = False) -> Message:
    """What stands where the answer will be."""
    text = SUMMARIZING if summary else READING
    return Message(text, (small_print(text),))


def notice(text: str) -> Message:
    """A sentence or two of the bot's own, or a reason in words that may hold foreign text."""
    shown = shortened(plain(text), 2000)
    return Message(fallback(shown), (rich_text(line(words(shown))),))


def too_long(question: str) -> Message:
    """A question that is none."""
    return notice(f"That has {len(question):,} characters; a question may have {MAX_QUESTION_CHARS:,}.")


def trouble(error: BaseException) -> Message:
    """What went wrong, for the one who asked: Dateline's own errors in their words, others without any."""
    if isinstance(error, RateLimited):
        return notice(BUSY)
    if isinstance(error, TransientError):
        return notice(f"I cannot answer just now: {error}. Please try again in a minute.")
    if isinstance(error, DatelineError):
        return notice(f"I cannot do that: {error}.")
    return notice(UNSAID)

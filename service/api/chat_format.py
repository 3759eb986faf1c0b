"""Between OpenAI's conversations and Dateline's questions and answers: messages in, a message text out.

The text is built piece by piece by `ReplyText`, whether it is streamed or not, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Answer, Citation, Statement
from service.api.chat_errors import Refused
from service.api.chat_schemas import Annotation, ChatMessage, Extras, UrlCitation
from service.api.schemas import MAX_HISTORY_TURNS, MAX_TURN_CHARACTERS
from service.conversation import Turn

MAX_QUESTION_CHARACTERS = 2000
SOURCES = "\n\nSources:\n"
CLOSEST = "\n\nClosest found:\n"


def conversation(messages: Sequence[ChatMessage]) -> tuple[str, tuple[Turn, ...]]:
    """The question, which is the last message of the user, and what users and assistant said before it.

    Of a long history the latest `MAX_HISTORY_TURNS` turns count, and of a long turn the beginning; the lists of
    sources that earlier replies ended with are left out. System, developer and tool messages are not read.

    Raises:
        Refused: there is no question, or it is too long.
    """
    last = max((place for place, item in enumerate(messages) if item.role == "user"), default=None)
    if last is None:
        raise Refused(
            400, "there is no user message: the last one is the question", param="messages", code="empty"
        )
    question = messages[last].content.strip()
    where = f"messages.{last}.content"
    if not question:
        raise Refused(400, "the question is empty", param=where, code="empty")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise Refused(
            400,
            f"the question has {len(question):,} characters; {MAX_QUESTION_CHARACTERS:,} are read at most",
            param=where,
            code="string_above_max_length",
        )
    turns: list[Turn] = []
    for message in messages[:last]:
        if message.role == "user" and message.content.strip():
            turns.append(Turn("user", message.content[:MAX_TURN_CHARACTERS]))
        elif message.role == "assistant" and (words := _statements_of(message.content)):
            turns.append(Turn("assistant", words[:MAX_TURN_CHARACTERS]))
    return question, tuple(turns[-MAX_HISTORY_TURNS:])


def _statements_of(reply: str) -> str:
    """An earlier reply without the list it ended with."""
    for heading in (SOURCES, CLOSEST):
        head, found, tail = reply.rpartition(heading)
        if found and all(line.startswith("- ") for line in tail.splitlines()):
            reply = head
    return reply.strip()


class ReplyText:
    """The text of one reply as it grows: each method adds to it and gives what it added.

    `base_url` (without a slash at its end) is put before article pages whose address is only a path.
    """

    def __init__(self, base_url: str) -> None:
        self.text = ""
        self._base_url = base_url
        self._said: list[Statement] = []
        self._markers: list[tuple[int, int, int]] = []

    def statement(self, statement: Statement) -> str:
        """One verified statement and its markers."""
        before = len(self.text)
        self._said.append(statement)
        self.text += " " if self.text else ""
        self._mark(statement.text, statement.citations)
        return self.text[before:]

    def ending(self, answer: Answer) -> str:
        """What is still unsaid: an abstention, parts without an answer, disagreements, a note, and the sources."""
        before = len(self.text)
        for statement in answer.statements:
            if statement not in self._said:
                self.statement(statement)
        if not self.text:
            self.text = answer.answer
        elif answer.reason:
            self.text += f"\n\n{answer.reason}"
        for disagreement in answer.disagreements:
            self.text += f"\n\nThe sources disagree: {_one_line(disagreement.about)}"
            for side in disagreement.sides:
                self.text += "\n- "
                self._mark(side.text, side.citations)
        if answer.engine_note:
            self.text += f"\n\n{answer.engine_note}"
        self._list(SOURCES, [(f"[{item.id}] ", item) for item in answer.citations])
        self._list(CLOSEST, [("", item) for item in answer.closest])
        return self.text[before:]

    def extras(self, answer: Answer) -> Extras:
        """What goes with the finished text. Every marker in it has its annotation."""
        citations = [item.model_copy(update={"url": self._address(item)}) for item in answer.citations]
        cited = {item.id: item for item in citations}
        annotations = [
            Annotation(
                url_citation=UrlCitation(
                    start_index=start,
                    end_index=end,
                    title=_one_line(cited[number].title or cited[number].source),
                    url=cited[number].url,
                )
            )
            for start, end, number in self._markers
            if number in cited
        ]
        return Extras(
            annotations=annotations, citations=citations, status=answer.status, engine=answer.engine
        )

    def _mark(self, words: str, numbers: Sequence[int]) -> None:
        self.text += words
        for number in numbers:
            self.text += " "
            start = len(self.text)
            self.text += f"[{number}]"
            self._markers.append((start, len(self.text), number))

    def _list(self, heading: str, items: Sequence[tuple[str, Citation]]) -> None:
        if items:
            self.text += heading + "\n".join(f"- {label}{self._place(item)}" for label, item in items)

    def _place(self, citation: Citation) -> str:
        day = citation.published_at[:10] if citation.published_at else None
        named = [citation.title or citation.source, citation.outlet, day]
        return ", ".join(_one_line(part) for part in named if part) + f": {self._address(citation)}"

    def _address(self, citation: Citation) -> str:
        return f"{self._base_url}{citation.url}" if citation.url.startswith("/") else citation.url


def _one_line(text: str) -> str:
    return " ".join(text.split())

"""What a chat completion says, chunk by chunk: its text without the model's private reasoning, its end, its
usage.

The openai client's own `Stream` is not used: it cannot tell a stream that was finished from one that was cut
off between two events, nor an answer that is no stream at all. What is read here is server-sent events, so
far as the protocol needs them
(https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).

An event that is not JSON is a fault on the way, `UpstreamUnavailable`, and may pass; JSON of another shape is
a server that speaks another protocol, `UpstreamRefused`, and will not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ingest.errors import UpstreamRefused, UpstreamUnavailable
from service.answers import Usage
from service.llm import FinishReason

WHAT = "the language model"
DONE = "[DONE]"
MAX_EVENT_BYTES = 4_000_000

FINISH_REASONS: Mapping[str, FinishReason] = MappingProxyType({"stop": "stop", "length": "length"})
"""Every other one (`content_filter`, `tool_calls`, a server's own) is "other"."""

_OPENING = re.compile(r"\s*<(think|thinking)>", re.IGNORECASE)
_OPENINGS = ("<think>", "<thinking>")


@dataclass(slots=True)
class Tally:
    """What an answer has taken so far: everything `written`, hidden reasoning too, and `said`, the server's
    own numbers.

    `prompt_tokens` are estimated, and 0 until the server has accepted the request.
    """

    prompt_tokens: int = 0
    written: list[str] = field(default_factory=list)
    said: Usage | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """What one chunk adds. `alive` says whether the model has done anything, be it only to reason."""

    text: str = ""
    alive: bool = False
    finish_reason: FinishReason | None = None


def event_data(body: Iterable[bytes]) -> Iterator[str]:
    """The data of each server-sent event, those of `error` lines too, which llama.cpp writes.

    Raises:
        UpstreamRefused: an event beyond 4 MB.
    """
    rest = b""
    data: list[str] = []
    for chunk in body:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > MAX_EVENT_BYTES or sum(map(len, data)) > MAX_EVENT_BYTES:
            raise UpstreamRefused(f"{WHAT} sent an event of more than {MAX_EVENT_BYTES // 1_000_000} MB")
        for line in lines:
            name, _, value = line.rstrip(b"\r").decode("utf-8", "replace").partition(":")
            if name in ("data", "error"):
                data.append(value.removeprefix(" "))
            elif not name and not value and data:
                yield "\n".join(data)
                data = []
    if rest.startswith(b"data:"):  # some servers leave the last event without its empty line
        data.append(rest[len(b"data:") :].decode("utf-8", "replace").strip())
    if data:
        yield "\n".join(data)


def parsed(document: str | bytes) -> Any:
    """JSON.

    Raises:
        UpstreamUnavailable: it is none.
    """
    try:
        return json.loads(document)
    except ValueError as error:
        raise UpstreamUnavailable(f"{WHAT} sent something that is not JSON") from error


def read_chunk(chunk: Any, tally: Tally, *, part: str = "delta") -> Delta:
    """What a chunk adds; its usage goes to the tally, as does the text, hidden or not.

    Args:
        part: "delta", or "message" for a completion that came in one piece.

    Raises:
        UpstreamRefused: it is not the protocol's.
    """
    try:
        usage = chunk.get("usage")
        if usage:
            tally.said = Usage(
                prompt_tokens=int(usage["prompt_tokens"]),
                completion_tokens=int(usage.get("completion_tokens") or 0),
            )
        choices = chunk["choices"] if not usage else chunk.get("choices") or []
        mine = [choice for choice in choices if choice.get("index", 0) == 0]
        if not mine:
            return Delta(alive=bool(usage))
        delta = mine[0].get(part) or {}
        text = _text(delta.get("content"))
        hidden = _text(delta.get("reasoning_content") or delta.get("reasoning"))
        said = mine[0].get("finish_reason")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UpstreamRefused(f"{WHAT} gave an answer that is not the OpenAI protocol's") from error
    tally.written += [one for one in (hidden, text) if one]
    reason = None if said is None else FINISH_REASONS.get(str(said), "other")
    return Delta(text, bool(text or hidden or reason), reason)


def _text(content: Any) -> str:
    """A content's text: a string, or of a list of parts those that are text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part["text"]) for part in content if part.get("type") == "text")
    raise TypeError("content is neither text nor a list of parts")


class ReasoningFilter:
    """Takes `<think>…</think>` from the beginning of a text that comes in pieces, however they are cut.

    Only the beginning counts: later on the words may be an article's. Reasoning that is never ended leaves
    nothing. A server whose template has opened the tag already, so that the text holds its end alone, has to
    be told to take the reasoning out itself (vLLM's `--reasoning-parser`, llama.cpp's `--reasoning-format`).
    """

    def __init__(self) -> None:
        self._held = ""
        self._read: Callable[[], str] = self._at_start
        self._closing = ""

    def feed(self, piece: str) -> str:
        """What may be passed on now."""
        self._held += piece
        return self._read()

    def finish(self) -> str:
        """What was held back, once the text has ended."""
        held, self._held = self._held, ""
        return held if self._read == self._at_start else ""

    def _at_start(self) -> str:
        opening = _OPENING.match(self._held)
        if opening:
            self._closing = f"</{opening[1].lower()}>"
            self._held = self._held[opening.end() :]
            self._read = self._inside
            return self._inside()
        begun = self._held.lstrip().lower()
        if any(tag.startswith(begun) for tag in _OPENINGS):
            return ""
        self._read = self._through
        return self._through()

    def _inside(self) -> str:
        end = self._held.lower().find(self._closing)
        if end < 0:
            self._held = self._held[-len(self._closing) :]
            return ""
        self._held = self._held[end + len(self._closing) :]
        self._read = self._after
        return self._after()

    def _after(self) -> str:
        self._held = self._held.lstrip()
        if self._held:
            self._read = self._through
        return self._through()

    def _through(self) -> str:
        held, self._held = self._held, ""
        return held


__all__ = ["DONE", "WHAT", "Delta", "ReasoningFilter", "Tally", "event_data", "parsed", "read_chunk"]

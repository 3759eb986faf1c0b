"""The body of a chat completion, and what of it a server may refuse.

OpenAI's newer models refuse `max_tokens` and a temperature, older servers its successor
`max_completion_tokens`, some of them `stream_options`. `max_tokens` comes first, because a server that does
not know a field may ignore it without a word, and everyone but those models knows this one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from service.llm import ChatMessage

Fields = dict[str, Any]


def request_fields(messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float) -> Fields:
    """Everything but the model's name. Characters that UTF-8 cannot carry become question marks."""
    return {
        "messages": [
            {"role": message.role, "content": message.content.encode("utf-8", "replace").decode("utf-8")}
            for message in messages
        ],
        "max_tokens": max_tokens,
        "temperature": temperature,
        "stream_options": {"include_usage": True},
    }


def without(fields: Mapping[str, Any], refused: Collection[str]) -> Fields:
    """The fields without those that a server refuses, or with what stands in for them."""
    left = dict(fields)
    for name in refused:
        WAYS_OUT[name](left)
    return left


def refused_field(error: BaseException | None, sent: Mapping[str, Any]) -> str | None:
    """Which field of the request, of those that have a way out, the openai client's exception complains of.

    It is the error's `param`, or the first one that the message names.
    """
    if getattr(error, "status_code", None) not in (400, 422):
        return None
    candidates = WAYS_OUT.keys() & sent.keys()
    param = getattr(error, "param", None)
    if param in candidates:
        return str(param)
    named = re.search(rf"\b({'|'.join(sorted(candidates))})\b", str(error)) if candidates else None
    return named[1] if named else None


def _drop(name: str) -> Callable[[Fields], None]:
    def drop(fields: Fields) -> None:
        fields.pop(name, None)

    return drop


def _newer_limit(fields: Fields) -> None:
    fields["max_completion_tokens"] = fields.pop("max_tokens")


WAYS_OUT: Mapping[str, Callable[[Fields], None]] = MappingProxyType(
    {
        "max_tokens": _newer_limit,
        "stream_options": _drop("stream_options"),
        "temperature": _drop("temperature"),
    }
)

__all__ = ["WAYS_OUT", "refused_field", "request_fields", "without"]

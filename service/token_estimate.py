"""How many tokens a text has, without the model's tokenizer: an estimate that errs upwards.

A prompt that is thought too long loses a passage; one that is thought too short is refused, or cut without a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from service.llm import ChatMessage

BYTES_A_TOKEN = 3
TOKENS_A_MESSAGE = 8
"""For the role and the marks around a message; OpenAI's models take 3 or 4."""

_DIGIT = re.compile(r"[0-9]")


def estimated_tokens(text: str) -> int:
    """A token for each digit and for each 3 bytes of UTF-8 of the rest.

    Measured on 22 articles and their 394 sentences against the tokenizers cl100k, o200k, Llama 3 and Qwen 3: an article
    is counted 1.2 to 1.6 times as long as it is, and none too short. Single lines of little else than punctuation or
    emoji, and languages that a tokenizer knows badly (cl100k on Arabic), can have up to a third more tokens than this.
    """
    digits = len(_DIGIT.findall(text))
    return digits + math.ceil((len(text.encode("utf-8", "replace")) - digits) / BYTES_A_TOKEN)


def prompt_tokens(messages: Sequence[ChatMessage]) -> int:
    """Tokens of a whole prompt."""
    return sum(estimated_tokens(message.content) + TOKENS_A_MESSAGE for message in messages)


__all__ = ["BYTES_A_TOKEN", "TOKENS_A_MESSAGE", "estimated_tokens", "prompt_tokens"]

"""What was said before a question, so that a follow-up ("And what did Kishida say?") can be understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of a conversation, oldest first in a history."""

    role: Literal["user", "assistant"]
    content: str

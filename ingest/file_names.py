"""Which names a file may have to be cited by it: names are shown in terminals, on pages and in logs.

A line break in a name writes a line of its own into a log, an escape sequence repaints a terminal, and a sign that
turns the direction of writing makes `gpj.exe` of `exe.jpg`. Everything else, in every script, is a fine name.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def trouble_with_name(name: str) -> str | None:
    """Why a file cannot be cited by this name, in words; None when it can."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        return "its name is not valid UTF-8"
    if _CONTROL.search(name):
        return "its name holds a line break or another control character"
    if _TURNING.search(name):
        return "its name holds a sign that turns the direction of writing"
    return None


def shown_name(name: str) -> str:
    """The name with what `trouble_with_name` objects to written as escapes."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if "\ud800" <= character <= "\udfff" or _CONTROL.match(character) or _TURNING.match(character)
        else character
        for character in name
    )

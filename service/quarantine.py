"""Untrusted text on its way into a prompt, and back: nothing in it can pass for a delimiter, a label or a role.

Words of articles and readers stand in a prompt beside Dateline's own. What tells the two apart is a few signs: the
tags around the articles, labels such as `[3.2]`, the control tokens of chat templates (`<|im_start|>`, `[INST]`), the
role names of older ones (`### System:`, `Human:`). A server that renders a chat template reads such a token as
structure wherever it stands, so no instruction to the model helps against it. Here each of those signs is replaced by
a look-alike that no template, tokenizer or label parser knows, and nothing else is touched:

    < ⟨   > ⟩   | ❘        everywhere
    [ ⟦   ] ⟧              unless they hold a few ordinary words, as in “[the president] agreed”
    ( ⟮   ) ⟯   【 ⦗       where they would read as a label: (3.2), 【1†source】
    # ♯                    when doubled, or standing alone
    : ꞉                    after the name of a role

The replacement is reversible. A model that quotes `⟦3.2⟧` is understood by `released`, which gives back `[3.2]`; one
that writes the ordinary sign instead means the same and is understood too. A look-alike that stood in the text
already is marked with `⧵`. So a quotation is compared with its source as `released(what the model wrote)` against
`legible(source)`; labels are read from what the model wrote *before* it is released.

Characters that nobody sees (controls, bidirectional overrides, zero-width and tag characters, variation selectors),
which hide text from readers but not from models, are left out, and white space becomes one blank, so that escaped
text is always one line. `released(quarantined(text)) == legible(text)` for every text.
"""

from __future__ import annotations

import re

OPENING = "<articles>"
"""The line before the articles of a prompt."""
CLOSING = "</articles>"
"""The line after them. Neither can be made by `quarantined`."""

_PLAIN = "<>|[]#()【:"
_LOOKALIKE = "⟨⟩❘⟦⟧♯⟮⟯⦗꞉"
_MARK = "⧵"
_TO_LOOKALIKE = str.maketrans(_PLAIN, _LOOKALIKE)
_TO_PLAIN = str.maketrans(_LOOKALIKE, _PLAIN)

# Cc but white space, Cf but the visible Arabic signs, surrogates, private use, variation selectors, blank letters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_TAKEN = re.compile(f"[{_MARK}{_LOOKALIKE}]")
_RELEASE = re.compile(f"{_MARK}([{_MARK}{_LOOKALIKE}])|[{_LOOKALIKE}]")
_ALWAYS = re.compile(r"[<>|]")
_BRACKETS = re.compile(r"\[([^\[\]]*)\](?!\()|[\[\]]")
# A superset of what `service.labels` reads as a label, in linear time on any text.
_LENTICULAR = re.compile(r"【(?=[^】]{0,40}\d)")
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_LETTERS = re.compile(r"[^\W\d_]+")
_DOTTED = re.compile(r"\d\.\d")
_DIGIT = re.compile(r"\d")
_LABEL_WORDS = frozenset(
    """article articles source sources sentence sentences passage passages evidence citation citations ref refs see
    cf""".split()
)
_HASHES = re.compile(r"#{2,}|(?<!\S)#(?!\S)")
_ROLES = (
    "system|developer|human|user|assistant|model|ai|bot|gpt|tool|function|instructions?|response|question|answer|"
    "input|output|context|prompt"
)
_ROLE = re.compile(rf"(?<![^\W_])(?:{_ROLES})(?![^\W_])[\W_]*:", re.IGNORECASE)
_ROLE_NAME = re.compile(rf"(?:{_ROLES}|inst|sys)", re.IGNORECASE)
_ORDINARY = re.compile(r"(?:[^\W\d_]|[ ,.'’-]){1,80}")
_CAPITALS = re.compile(r"[A-Z][A-Z]")


def legible(text: str) -> str:
    """The characters of a text that a reader sees, on one line: unseen ones left out, white space as one blank."""
    return " ".join(_UNSEEN.sub("", text).split())


def quarantined(text: str) -> str:
    """`text` as one line that holds no delimiter, label, control token or role name. Linear in its length."""
    marked = _TAKEN.sub(rf"{_MARK}\g<0>", legible(text))
    bare = _ALWAYS.sub(_disguise, marked)
    unbracketed = _BRACKETS.sub(lambda match: match[0] if _is_ordinary(match[1]) else _disguise(match), bare)
    unlabelled = _PARENTHESES.sub(
        lambda match: _disguise(match) if _is_label(match[1]) else match[0],
        _LENTICULAR.sub(_disguise, unbracketed),
    )
    return _ROLE.sub(_disguise_colons, _HASHES.sub(_disguise, unlabelled))


def released(text: str) -> str:
    """Words that a model copied out of quarantined text, in the signs of the source. Any text is accepted."""
    return _RELEASE.sub(lambda match: match[1] or match[0].translate(_TO_PLAIN), text)


def _is_ordinary(inside: str | None) -> bool:
    """Whether brackets around `inside` are an editor's: words in lower or title case, and no role's name."""
    return (
        inside is not None
        and _ORDINARY.fullmatch(inside) is not None
        and any(character.islower() for character in inside)
        and not _CAPITALS.search(inside)
        and not _ROLE_NAME.fullmatch(inside.strip(" ,.'’-"))
    )


def _is_label(inside: str) -> bool:
    """Whether round brackets around `inside` may be a label: "3.2", "3.2 and 4.1", "Article 3", but not "2019"."""
    words = {word.casefold() for word in _LETTERS.findall(inside)}
    return (
        words <= _LABEL_WORDS | {"and", "to"}
        and _DIGIT.search(inside) is not None
        and (_DOTTED.search(inside) is not None or not words.isdisjoint(_LABEL_WORDS))
    )


def _disguise(match: re.Match[str]) -> str:
    """Every sign of a match as its look-alike."""
    return match[0].translate(_TO_LOOKALIKE)


def _disguise_colons(match: re.Match[str]) -> str:
    return match[0].replace(":", _LOOKALIKE[-1])

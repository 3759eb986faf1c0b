"""Text for a page with some of its words marked; whatever it holds, only the marks are HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

from eval.phrase_places import Place, merged, places

_NUMBERS = re.compile(r"\[(\d+)\]")


def marked(text: str, phrases: Iterable[str], kind: str) -> Markup:
    """The text, escaped, with every place of the phrases in a `<mark>` of class `kind`."""
    return _with_marks(text, merged([place for phrase in phrases for place in places(phrase, text)]), kind)


def at(text: str, spans: Iterable[Place], kind: str) -> Markup:
    """The text, escaped, with a `<mark>` of class `kind` at each span."""
    return _with_marks(text, merged(list(spans)), kind)


def statement(text: str, faults: Sequence[str], said: Sequence[str]) -> Markup:
    """A statement in which words at fault are marked `bad`, and else those that meet a fact `good`."""
    bad = merged([place for phrase in faults for place in places(phrase, text)])
    good = [
        place
        for place in merged([place for phrase in said for place in places(phrase, text)])
        if all(place[1] <= start or end <= place[0] for start, end in bad)
    ]
    kinds = dict.fromkeys(bad, "bad") | dict.fromkeys(good, "good")
    return _with_kinds(text, kinds)


def with_links(text: str, targets: Mapping[int, str]) -> Markup:
    """The text, escaped, whose `[n]` link to `targets[n]`, as far as there is one."""
    parts, last = [Markup()], 0
    for found in _NUMBERS.finditer(text):
        target = targets.get(int(found.group(1)))
        if target is not None:
            parts += [
                escape(text[last : found.start()]),
                Markup('<a href="#{}">[{}]</a>').format(target, found.group(1)),
            ]
            last = found.end()
    return Markup().join([*parts, escape(text[last:])])


def _with_marks(text: str, spans: Sequence[Place], kind: str) -> Markup:
    return _with_kinds(text, dict.fromkeys(spans, kind))


def _with_kinds(text: str, kinds: Mapping[Place, str]) -> Markup:
    parts, last = [Markup()], 0
    for (start, end), kind in sorted(kinds.items()):
        parts += [
            escape(text[last:start]),
            Markup('<mark class="{}">{}</mark>').format(kind, text[start:end]),
        ]
        last = end
    return Markup().join([*parts, escape(text[last:])])

"""Charts as inline SVG: no script draws them, colours come from the page's own classes, and each says in words what it
shows. Sizes are in user units of the view box; the page stretches it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 320.0
BINS = 16


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values stand on an axis from `low` to `high`, drawn `width` wide."""

    low: float
    high: float
    width: float = WIDTH

    def at(self, value: float) -> float:
        """The place of a value; those beyond an end are put there."""
        if self.high <= self.low:
            return self.width / 2
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(share * self.width, 2)


def interval(value: float, low: float, high: float, scale: Scale, limit: float | None = None) -> Markup:
    """A figure as a dot on its 95 % interval, and as an upright line what is required of it."""
    parts = [
        _line(0, 8, scale.width, 8, "axis"),
        _line(scale.at(low), 8, scale.at(high), 8, "range"),
        Markup('<circle class="dot" cx="{}" cy="8" r="4"/>').format(scale.at(value)),
    ]
    if limit is not None:
        parts.append(_line(scale.at(limit), 1, scale.at(limit), 15, "limit"))
    return _svg(scale.width, 16, Markup().join(parts), "interval")


def difference(value: float, low: float, high: float, reach: float, direction: str) -> Markup:
    """A difference as a dot on its interval, around an upright nought; `reach` is the end of the axis on both sides."""
    scale = Scale(-reach, reach, 120.0)
    parts = [
        _line(0, 8, scale.width, 8, "axis"),
        _line(scale.at(0), 1, scale.at(0), 15, "nought"),
        _line(scale.at(low), 8, scale.at(high), 8, f"range {direction}"),
        Markup('<circle class="dot {}" cx="{}" cy="8" r="4"/>').format(direction, scale.at(value)),
    ]
    return _svg(scale.width, 16, Markup().join(parts), "interval")


def bar(parts: Sequence[tuple[str, float]], whole: float) -> Markup:
    """Parts of a whole beside each other, each by its class; what they leave is the empty end of the bar."""
    drawn, x = [], 0.0
    for kind, size in parts:
        width = round(WIDTH * size / whole, 2) if whole else 0.0
        if width:
            drawn.append(
                Markup('<rect class="{}" x="{}" y="0" width="{}" height="10"/>').format(kind, x, width)
            )
        x = round(x + width, 2)
    ground = Markup('<rect class="ground" x="0" y="0" width="{}" height="10"/>').format(WIDTH)
    return _svg(WIDTH, 10, Markup().join([ground, *drawn]), "bar", stretched=True)


def histogram(values: Sequence[float], marks: Sequence[tuple[str, float]], unit: str, title: str) -> Markup:
    """How many values lie where, on a logarithmic axis where they are far apart; `marks` are upright lines with names.

    Values are positive; there is at least one.
    """
    low, high = min(values), max(values)
    spread = low > 0 and high / low > 8
    start, end = (math.log(low), math.log(high)) if spread else (0.0, high)
    counts = [0] * BINS
    for value in values:
        share = ((math.log(value) if spread else value) - start) / (end - start) if end > start else 0.0
        counts[min(BINS - 1, int(share * BINS))] += 1
    height, base, step = 84.0, 108.0, WIDTH / BINS
    most = max(counts)
    drawn = [
        Markup('<rect class="column" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>').format(
            round(n * step + 1, 2),
            round(base - height * count / most, 2),
            round(step - 2, 2),
            round(height * count / most, 2),
        )
        for n, count in enumerate(counts)
        if count
    ]
    scale = Scale(start, end)
    for number, (name, value) in enumerate(marks):
        x = scale.at(math.log(value) if spread and value > 0 else value)
        anchor = "end" if x > WIDTH / 2 else "start"
        side = -5 if anchor == "end" else 5
        drawn.append(_line(x, 4 + 15 * number, x, base, "limit"))
        drawn.append(_text(x + side, 13 + 15 * number, f"{name} {value:,.0f} {unit}", anchor))
    drawn.append(_line(0, base, WIDTH, base, "axis"))
    drawn.append(_text(0, base + 15, f"{low:,.0f} {unit}", "start"))
    drawn.append(_text(WIDTH, base + 15, f"{high:,.0f} {unit}" + (", logarithmic" if spread else ""), "end"))
    return _svg(WIDTH, base + 20, Markup().join(drawn), "histogram", title=title)


def _svg(
    width: float,
    height: float,
    inside: Markup,
    kind: str,
    *,
    stretched: bool = False,
    title: str | None = None,
) -> Markup:
    words = Markup('role="img" aria-label="{}"').format(title) if title else Markup('aria-hidden="true"')
    shape = Markup(' preserveAspectRatio="none"') if stretched else Markup("")
    return Markup('<svg class="{}" viewBox="0 0 {} {}" {}{} focusable="false">{}</svg>').format(
        kind, f"{width:g}", f"{height:g}", words, shape, inside
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, x1, y1, x2, y2)


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(words))

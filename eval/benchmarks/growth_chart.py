"""A picture of growth as SVG: small charts side by side, chunks to the right on a scale of powers, no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 300, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 44, 32
COLUMNS = 3
COLOURS = ("#1f6fb2", "#c2571a", "#3a8a3f")
INK, FAINT, PAPER = "#333333", "#d8d8d8", "#ffffff"


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: its name and its points, (chunks, value)."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Some lines under one title. The scale begins at 0 and reaches at least `least_top`; a `limit` is drawn dashed."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    limit: float | None = None
    least_top: float = 0.0


def picture(charts: Sequence[Chart], caption: str) -> str:
    """All charts as one SVG document, `COLUMNS` in a row, with a caption below."""
    rows = -(-len(charts) // COLUMNS)
    width, height = COLUMNS * WIDTH, rows * HEIGHT + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="11" '
        'font-family="system-ui, Helvetica, Arial, sans-serif">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
    ]
    for number, chart in enumerate(charts):
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x} {y})">{_chart(chart)}</g>')
    parts += [_text(LEFT / 4, height - 12, caption), "</svg>\n"]
    return "\n".join(parts)


def _chart(chart: Chart) -> str:
    sizes = [size for line in chart.lines for size, _ in line.points]
    values = [value for line in chart.lines for _, value in line.points]
    top = _round_up(max([*values, chart.limit or 0.0, chart.least_top, 1e-9]))
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    spread = high - low or 1.0

    def across(size: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(size) - low) / spread

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    parts = [_text(LEFT / 4, 16, f"{chart.title} ({chart.unit})", weight="bold")]
    for part in range(5):
        value = top * part / 4
        parts.append(_rule(LEFT, up(value), WIDTH - RIGHT, up(value), FAINT))
        parts.append(_text(LEFT - 6, up(value) + 4, _short(value), anchor="end"))
    parts += [
        _text(across(size), HEIGHT - BOTTOM + 16, _short(size), anchor="middle")
        for size in sorted(set(sizes))
    ]
    if chart.limit is not None:
        parts.append(_rule(LEFT, up(chart.limit), WIDTH - RIGHT, up(chart.limit), INK, dash="4 3"))
    for number, line in enumerate(chart.lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(size):.1f},{up(value):.1f}" for size, value in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across(size):.1f}" cy="{up(value):.1f}" r="3" fill="{colour}"/>'
            for size, value in line.points
        ]
        parts.append(_text(LEFT + 90 * number, 32, f"● {line.name}", colour=colour))
    return "\n".join(parts)


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", weight: str = "normal", colour: str = INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{colour}">{escape(words)}</text>'
    )


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "none") -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-dasharray="{dash}"/>'
    )


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 times a power of ten, which quarters well."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if value <= step * power * (1 + 1e-9))


def _short(value: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"

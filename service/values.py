"""Numbers, percentages, money and dates in running text, in one normal form each.

The verifier compares them ("54,000" is 54000, "1 percent" is 1%, "two weeks" stays words), answers to "how many" and
"when" are recognized by them, and disagreements are found with them.

Normal forms:
    number      "54000", "1.5"; scale words multiply: "1.2 million" is "1200000"
    words       "two" stays "two": a word in a statement needs that word in the evidence
    percent     "1%"
    money       "usd 12000000"
    date        "2024-04-10", "--04-10" (no year), "2024-04" (no day), "--04"
    year        "2027"
    weekday     "wednesday"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

Kind = Literal["number", "words", "percent", "money", "date", "year", "weekday"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value at `text[start:end]`, its kind and its normal form."""

    start: int
    end: int
    kind: Kind
    normal: str
    written: str = field(default="", compare=False)

    def agrees(self, other: Value) -> bool:
        """Whether the two are the same value; a date without a year agrees with the same day of any year, and
        a month or year agrees with a date in it when `other` is the more exact one."""
        if self.kind == other.kind and self.normal == other.normal:
            return True
        if {self.kind, other.kind} <= {"date", "year"}:
            return _date_within(self.normal, other.normal)
        if {self.kind, other.kind} == {"number", "year"}:
            return self.normal == other.normal
        return False


_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = (
    r"(?P<{0}>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?"
    r"|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<{0}>(?:1[5-9]|20|21)\d\d)"
_SCALES = {"hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "m": 10**6, "mn": 10**6,
           "billion": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12, "tn": 10**12}  # fmt: skip
_SCALE = r"(?:[\s-]?(?P<{0}>hundred|thousand|million|billion|trillion|mn|bn|tn|[kmb](?![A-Za-z])))?"
_FIGURE = r"(?P<{0}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_CURRENCIES = {"$": "usd", "us$": "usd", "£": "gbp", "€": "eur", "¥": "jpy", "dollar": "usd", "dollars": "usd",
               "pound": "gbp", "pounds": "gbp", "euro": "eur", "euros": "eur", "yen": "jpy", "a$": "aud", "c$": "cad",
               "yuan": "cny", "₹": "inr", "rupees": "inr", "cents": "cent"}  # fmt: skip

_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("date", re.compile(r"\b(?P<y>(?:1[5-9]|20|21)\d\d)-(?P<m>[01]\d)-(?P<d>[0-3]\d)(?!\d)")),
    (
        "date",
        re.compile(
            rf"\b{_MONTH.format('m')}\s+{_DAY.format('d')}\b(?!\.\d|%|\s*(?:percent|per cent))"
            rf"(?:,?\s+{_YEAR.format('y')}\b)?"
        ),
    ),
    (
        "date",
        re.compile(
            rf"\b{_DAY.format('d')}\s+(?:of\s+)?{_MONTH.format('m')}(?:,?\s+{_YEAR.format('y')}\b)?(?!\w)"
        ),
    ),
    ("date", re.compile(rf"\b{_MONTH.format('m')}\s+(?:of\s+)?{_YEAR.format('y')}\b")),
    (
        "money",
        re.compile(
            rf"(?P<c>US\$|A\$|C\$|[$£€¥₹])\s?{_FIGURE.format('n')}{_SCALE.format('s')}(?!\w)", re.IGNORECASE
        ),
    ),
    (
        "money",
        re.compile(
            rf"\b{_FIGURE.format('n')}{_SCALE.format('s')}\s+(?:U\.?S\.?\s+|American\s+)?(?P<c>dollars?|pounds?|euros?|yen|yuan|rupees|cents)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "percent",
        re.compile(rf"(?<![\w.]){_FIGURE.format('n')}\s?(?:%|percent\b|per\s+cent\b|percentage\s+points?\b)"),
    ),
    ("weekday", re.compile(r"\b(?P<w>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)s?\b")),
    ("year", re.compile(rf"(?<![\w.,$£€¥-]){_YEAR.format('y')}s?(?![\w%]|[.,]\d)")),
    ("date", re.compile(rf"\b{_MONTH.format('m').replace('May|', '')}(?!\w)")),
    (
        "number",
        re.compile(
            rf"(?<![\w.]){_FIGURE.format('n')}(?:st|nd|rd|th)?{_SCALE.format('s')}(?![\w])", re.IGNORECASE
        ),
    ),
    (
        "words",
        re.compile(
            r"\b(?P<t>(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(?:one|two|three|four|five|six|seven|eight|nine)|two|three|four|five|six|seven|eight|nine"
            r"|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty"
            r"|sixty|seventy|eighty|ninety|dozens?|hundreds?|thousands?|millions?|billions?|trillions?)"
            r"(?:[\s-]+(?:dozen|hundred|thousand|million|billion|trillion))?)\b",
            re.IGNORECASE,
        ),
    ),
)


@lru_cache(maxsize=1 << 14)
def values_of(text: str) -> tuple[Value, ...]:
    """Every value in `text`, in order, none overlapping another; the earlier patterns win."""
    taken: list[tuple[int, int]] = []
    values: list[Value] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            normal = _normal(kind, match)
            if normal is not None:
                taken.append((match.start(), match.end()))
                values.append(Value(match.start(), match.end(), kind, normal, match.group()))
    return tuple(sorted(values, key=lambda value: value.start))


def _normal(kind: Kind, match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    if kind == "date":
        return _date_normal(groups)
    if kind == "weekday":
        return groups["w"].lower()
    if kind == "year":
        return groups["y"]
    if kind == "words":
        return " ".join(groups["t"].lower().split())
    figure = _scaled(groups["n"], groups.get("s"))
    if figure is None:
        return None
    if kind == "percent":
        return f"{figure}%"
    if kind == "money":
        return f"{_CURRENCIES[groups['c'].lower()]} {figure}"
    return figure


def _date_normal(groups: dict[str, str | None]) -> str | None:
    month_text, day_text, year = groups.get("m"), groups.get("d"), groups.get("y")
    if month_text is None:
        return None
    month = int(month_text) if month_text.isdigit() else _MONTHS[month_text.rstrip(".").lower()]
    if not 1 <= month <= 12:
        return None
    normal = f"{year or '-'}-{month:02d}"
    if day_text is None:
        return normal
    day = int(day_text)
    return f"{normal}-{day:02d}" if 1 <= day <= 31 else None


def _scaled(figure: str, scale: str | None) -> str | None:
    try:
        number = Decimal(figure.replace(",", ""))
    except InvalidOperation:
        return None
    if scale:
        number *= _SCALES[scale.lower()]
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date_within(stated: str, evidence: str) -> bool:
    """Whether the evidence's date says at least as much as the stated one, and nothing against it."""
    stated_parts, evidence_parts = _parts(stated), _parts(evidence)
    agrees = False
    for said, known in zip(stated_parts, evidence_parts, strict=True):
        if said is None:
            continue
        if known is None or said != known:
            return False
        agrees = True
    return agrees


def _parts(normal: str) -> tuple[str | None, str | None, str | None]:
    if normal.startswith("--"):
        month, _, day = normal[2:].partition("-")
        return None, month, day or None
    year, _, rest = normal.partition("-")
    month, _, day = rest.partition("-")
    return year, month or None, day or None

"""How English questions write dates: the expressions that `service.calendar_days` turns into days.

Data and patterns, apart from the code that gives them a meaning.
"""

from __future__ import annotations

import re

from ingest.publication_dates import MONTHS

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of each season, three months long, of the northern half of the earth."""
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "last": 4,
}
COUNTS = {
    word: number
    for number, word in enumerate("a one two three four five six seven eight nine ten eleven twelve".split())
} | {"a": 1, "an": 1, "few": 3, "couple": 2}
WEEKDAYS = tuple("monday tuesday wednesday thursday friday saturday sunday".split())
MONTHS_THAT_ARE_NAMES = frozenset((3, 4, 5, 6, 8))
"""March, April, May, June, August: "after May resigned" and "by June Carter" are no dates."""
VERBS = frozenset(("may", "march", "mar"))
"""Months that mean something else without a capital."""

_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b(?![:%]|[.,]\d)"
_YEAR = r"(?:1[6-9]|20|21)\d\d\b(?!%)"
_COUNT = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|few|couple(?:\s+of)?)"
)
_UNIT = r"(?:day|week|month|quarter|year)s?"
_TILL = r"(?:and|to|until|till|through)\s+(?:the\s+)?"
_OF = r"(?:\s+of|,)?\s+"

EXPRESSION = re.compile(
    r"(?<![\w.,$£€¥#/:-])(?=[\dQHabcdefhijlmnopstwy])(?:"
    # 2023-10-22; 2023/10/22
    r"(?P<iso>\d{4}(?P<sep>[-/])\d\d(?P=sep)\d\d)(?![\d-])"
    # between 3 and 9 October 2023; from October 3 to 9
    rf"|(?:between|from)\s+(?:the\s+)?(?:(?P<day_a>{_DAY})\s+{_TILL}(?P<till_a>{_DAY})\s+(?:of\s+)?(?P<month_a>{_MONTH})(?:,?\s+(?P<year_a>{_YEAR}))?"
    rf"|(?P<month_b>{_MONTH})\s+(?P<day_b>{_DAY})\s+{_TILL}(?P<till_b>{_DAY})(?!\s+(?:of\s+)?{_MONTH})(?:,?\s+(?P<year_b>{_YEAR}))?)"
    # early October 2023; the end of 2023; the week of October 9
    r"|(?:(?P<part>early|mid|late)(?:\s+in)?[\s-]+|(?:the\s+)?(?P<part_of>beginning|start|middle|end)\s+of\s+|(?P<week>(?:the\s+)?week\s+(?:of|beginning|starting))\s+)?(?:"
    # October 22-24, 2023; Oct. 22; October 2023; October
    rf"(?P<month>{_MONTH})(?:\s+(?P<day>{_DAY})(?:\s?[-–—]\s?(?P<till>{_DAY}))?)?(?:,?\s+(?:of\s+)?(?P<year>{_YEAR}))?"
    # 22-24 October 2023; the 22nd of October
    rf"|(?:the\s+)?(?P<day_c>{_DAY})(?:\s?[-–—]\s?(?P<till_c>{_DAY}))?\s+(?:of\s+)?(?P<month_c>{_MONTH})(?:,?\s+(?P<year_c>{_YEAR}))?"
    # 2023; 2021-2023
    rf"|(?P<bare>{_YEAR})(?:\s?[-–—]\s?(?P<bare_till>{_YEAR}))?(?![\w-]|[.,]\d))"
    # Q3 2023; the third quarter of 2023; H1 2023
    rf"|(?:Q(?P<quarter>[1-4])|(?:the\s+)?(?P<nth_quarter>first|second|third|fourth|last|[1-4](?:st|nd|rd|th))\s+quarter){_OF}(?P<year_d>{_YEAR})"
    rf"|(?:H(?P<half>[12])|(?:the\s+)?(?P<nth_half>first|second)\s+half){_OF}(?P<year_e>{_YEAR})"
    # summer 2023; winter 2023-24
    rf"|(?:the\s+)?(?P<season>spring|summer|autumn|fall|winter){_OF}(?P<year_f>{_YEAR})(?:[-–/]\d\d(?:\d\d)?\b)?"
    r"|(?P<now>today|tonight|this\s+(?:morning|afternoon|evening)|yesterday|last\s+night)\b"
    r"|(?P<same>(?:that|the)\s+(?:very\s+)?same\s+(?:day|date))\b"
    rf"|(?:(?:in|over|during|for|within)\s+)?(?:the\s+)?(?:last|past)\s+(?P<count>{_COUNT})\s+(?P<unit>{_UNIT})\b"
    rf"|(?P<ago>{_COUNT})\s+(?P<unit_ago>{_UNIT})\s+ago\b"
    rf"|(?:the\s+)?(?P<which>last|this\s+past|past|this)\s+(?:(?P<one>week|month|quarter|year|weekend)|(?P<named_month>{_MONTH})"
    r"|(?P<named_season>spring|summer|autumn|fall|winter)|(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday))\b(?!\s+of\b)"
    r")",
    re.IGNORECASE,
)

_TIME = (
    r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d+)?)?"
    r"(?:\s?(?P<half>[ap]\.?m\b\.?))?(?:\s?(?P<zone>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?"
)
TIME_AFTER = re.compile(rf"(?:,?\s+(?:at\s+)?|T){_TIME}", re.IGNORECASE)
TIME_BEFORE = re.compile(rf"\b{_TIME}\s*,?\s+(?:on\s+)?(?:the\s+)?$", re.IGNORECASE)

BEFORE = re.compile(
    r"\b(?P<cue>on\s+or\s+before|no\s+later\s+than|not\s+after|before\s+or\s+on|earlier\s+than|prior\s+to|ahead\s+of"
    r"|up\s+(?:to|until|till)|until|till|through|before|by)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
AFTER = re.compile(
    r"\b(?P<cue>on\s+or\s+after|no\s+earlier\s+than|not\s+before|after\s+or\s+on|later\s+than"
    r"|(?:starting|beginning)(?:\s+(?:on|from|in))?|since|after|following|from)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
EXCLUSIVE = frozenset(("earlier than", "prior to", "ahead of", "before", "later than", "after", "following"))
"""Cues that leave out the date itself."""
ONWARDS = re.compile(
    r",?\s+(?:onwards?\b|or\s+later\b|and\s+(?:later|after)\b|forward\b|on\b(?=\s*(?:[,.?]|$)))", re.I
)
OR_EARLIER = re.compile(r",?\s+(?:or|and)\s+(?:earlier|before)\b", re.IGNORECASE)
BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?$", re.IGNORECASE)
TO = re.compile(r",?\s+(?:and\s+)?(?:to|until|till|through)\s+(?:the\s+)?|\s?[-–—]\s?", re.IGNORECASE)
AND = re.compile(r",?\s+and\s+(?:the\s+)?", re.IGNORECASE)

DAY_CUE = re.compile(
    r"\b(?:on|since|before|after|by|until|till|from|to|and|between|of|the)\s+$", re.IGNORECASE
)
MONTH_CUE = re.compile(
    r"\b(?:in|since|during|until|till|throughout|through|within|by|of|from|to|after|before|between|and|for|month)\s+$",
    re.I,
)
SURE_MONTH_CUE = re.compile(
    r"\b(?:in|since|during|until|till|throughout|within|month\s+of)\s+$", re.IGNORECASE
)
"""Before a month that is a name as well."""
MONTH_FOLLOWS = re.compile(
    rf"\s+(?:and|or|to|until|through)\s+{_MONTH}(?!\w)|\s?[-–—]\s?{_MONTH}(?!\w)", re.IGNORECASE
)
YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|during|until|till|throughout|through|before|after|by|from|of|to|between|and|for|year|fiscal|than)\s+|\()$",
    re.IGNORECASE,
)
YEAR_ALONE_AFTER = re.compile(r"\s*(?:[),.?!;]|$)")
COUNTED = re.compile(
    r"\s+(?:articles?|stories|reports|pieces|people|dollars|euros|pounds|points|yards|miles|kilomet(?:re|er)s|km|votes"
    r"|cases|deaths|jobs|homes|units|players|employees|workers|runs|goals|words|times|percent|per\s+cent|million|billion"
    r"|cars|seats|tons|tonnes|hours|minutes|met(?:re|er)s|feet|acres|copies|passengers|troops|soldiers|members)\b",
    re.IGNORECASE,
)
"""What makes the number before it a count and no year."""

"""How news English says on which day something happens, beside written dates: weekdays, "two days later", the future.

Data and patterns for `service.event_dates`; written dates and "last week" are read by `service.calendar_days`.
"""

from __future__ import annotations

import re

WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
WEEKDAY = re.compile(
    rf"(?:\b(?P<which>last|next|this|coming)\s+)?\b(?P<weekday>{'|'.join(WEEKDAYS)})\b"
    r"(?P<part>\s+(?:morning|afternoon|evening|night)\b)?(?!['’]?s\b(?!\s+[a-z]))"
)
"""Not "on Mondays"."""
PART_OF_A_NAME = re.compile(
    r"(?:\b(?:Black|Good|Super|Ash|Fat|Cyber|Bloody|Giving|Easter|Palm|Freaky|Holy|Maundy|Sheffield|every|each|any|most)\s+"
    r"|\b(?:The|Ruby|Happy)\s+)$"
)
NAME_FOLLOWS = re.compile(
    r"\s+(?:Night\b|Morning\b|Addams|Times|Telegraph|Mail|Mirror|Express|Post|Herald|Ticket|School|League|through\b)"
    r"|\s*[-–—]\s*(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
)
NEXT = re.compile(
    r"\b(?:(?P<tomorrow>tomorrow)|next\s+(?P<next>week|month|year|weekend)|later\s+(?P<later>this\s+(?:week|month|year)))\b",
    re.IGNORECASE,
)
LATER = re.compile(
    r"\b(?:(?P<count>an?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})\s+(?P<unit>day|week|month|year)s?"
    r"\s+(?P<side>later|afterwards|earlier|before(?=\s*[,.;]))"
    r"|the\s+(?:next|following)\s+(?P<next>day|morning|evening|night)"
    r"|the\s+(?P<previous>day|night|evening)\s+before(?=\s*[,.;]|\s*$)"
    r"|(?P<same>(?:that|the)\s+same\s+(?:day|evening|night|morning)))\b",
    re.IGNORECASE,
)
COUNTS = {
    word: n for n, word in enumerate("zero one two three four five six seven eight nine ten".split())
} | {"a": 1, "an": 1}

FUTURE = re.compile(
    r"\b(?:will|won['’]t|shall|would|upcoming|going\s+to|next|scheduled|due|slated|poised|planned|plans?|expects?|expected|set"
    r"\s+(?:to|for)|set\b(?=\s*$)|(?:is|are|was|were)\s+(?:set|due|to|meeting|holding|hosting|headed|arriving|likely)"
    r"|coming|intends?|about\s+to|must|can|could|may|should)\b|['’]ll\b",
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:was|were|had|has|have|did|said|told|met|held|took|made|gave|\w{2,}ed)\b", re.IGNORECASE
)

PRESENT = re.compile(
    r"\b(?:is|are|isn['’]t|aren['’]t|takes\s+place|take\s+place|starts?|begins?|opens?|kicks?\s+off|returns?|faces?|plays?|hosts?"
    r"|meets?|closes?|ends?|arrives?|resumes?|continues?|votes?|goes)\b"
)
"""Present tense that dates tell the future with: "the talks begin on Friday"."""

NOT_ITS_TIME = re.compile(
    r"\b(?:since|by|until|till|before|after|from|through|between|than(?:\s+in)?|for|about|around\s+the\s+time\s+of"
    r"|from\s+(?:about\s+|around\s+|nearly\s+)?[£$€]?\d[\w.,%]*(?:\s+\w+){0,2}\s+in"
    r"|(?:re)?elections?(?:\s+day)?\s+(?:in|on)|anniversary\s+(?:in|on)"
    r"|(?:treaty|law|act|deal|pact|agreement|war|crisis|budget|constitution|film|album|season|edition|class|model|version"
    r"|record|levels?|figure|survey|poll|study|report|revolution|election|constitution|recession)\s+of)\s+"
    r"(?:the\s+)?(?:(?:early|late|mid|end\s+of|fiscal|financial|year|spring|summer|autumn|fall|winter|season|of)\s+)*$",
    re.IGNORECASE,
)
"""Before a date: what lies on one side of it, or is named after it, is not dated by it."""
SET_FOR = re.compile(
    r"\b(?:set|scheduled|planned|due|slated|booked|billed|postponed|delayed|convicted|announced)\s+(?:for|by)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
REDUCED = re.compile(
    r"^\W*(?:the|a|an|\w+['’]s)\s(?:[\w’'-]+\s){0,4}?[\w-]+ed\s(?:[\w’'-]+\s){0,6}$", re.IGNORECASE
)
VERB_FOLLOWS = re.compile(r"\s+(?:is|was|are|were|has|had|have|will|would|could|may|might)\b")
"""Around the date of "The bridge opened two weeks ago is …", which is not that of the sentence."""
ATTRIBUTIVE_YEAR = re.compile(r"\b(?:the|a|an|its|his|her|their|in\s+the|\w+['’]s)\s+$", re.IGNORECASE)
"""Before a year that is an adjective: "the 2024 election"."""

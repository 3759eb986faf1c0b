"""The patterns by which questions are read: kinds of answer, verbs of speech, titles, empty words.

Data about English questions, apart from the code that applies it (`service.questions`).
"""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """The kind of answer a question expects."""

    SPEECH = "speech"  # what did X say about Y
    WHO_SAID = "who_said"  # who said Y
    WHO = "who"
    DEFINE = "define"  # what is AUKUS, who is Toshi Yoshihara
    NAME = "name"  # what is the name of
    WHICH = "which"  # which company, what team: a name that is not a person's
    COUNT = "count"  # how many, how long, how old
    AMOUNT = "amount"  # how much, what does it cost
    PERCENT = "percent"
    WHEN = "when"
    WHERE = "where"
    WHY = "why"
    YES_NO = "yes_no"
    OPEN = "open"


SAY = (
    r"say|says|said|saying|tell|tells|told|think|thinks|believe|believes|claim|claims|claimed|argue|argues|argued"
    r"|stated|comment|commented|mention|mentioned|describe|described|describes|call|called|respond|responded"
    r"|react|reacted|explain|explained|warn|warned|stress|stressed|emphasi[sz]e|emphasi[sz]ed|insist|insisted|note|noted"
    r"|remark|remarked|suggest|suggested|praise|praised|critici[sz]e|critici[sz]ed|tout|touted|promise|promised"
    r"|pledge|pledged|vow|vowed|urge|urged|predict|predicted|express|expressed|feel|felt|reply|replied|add|added"
    r"|quoted|talk|talked|speak|spoke"
)
SPEECH_NOUN = (
    r"views?|positions?|stances?|opinions?|reactions?|responses?|comments?|messages?|remarks?|words?|take|promises?"
    r"|warnings?|statements?|thoughts?|assessment|attitude|explanation|description|argument|criticism|quotes?|quotations?"
)
ABOUT = (
    r"(?:about|on|regarding|concerning|of|to|towards?|when asked about|for|with regard to|over|in|at|during|that"
    r"|as|by)"
)
WHAT = r"(?:what|how|why|where|when|which|whom?)"
AUX = r"(?:did|does|do|has|had|have|is|was|were|would|will|could|can|might|may|should|must|are)"

SPEECH = (
    re.compile(
        rf"^(?:and\s+|but\s+|so\s+)?{WHAT}\b(?:\s+(?:else|all|words?|things?))?\s+"
        r"(?:did|does|do|has|had|have|will|would|could|can|might|may|should)\s+(?P<s>.+?)\s+"
        rf"(?:(?:have|has)\s+)?(?:to\s+)?(?:also\s+|publicly\s+|ever\s+)?(?P<v>{SAY})\b(?!\s+(?:with|to)\b)(?P<t>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:and\s+)?{WHAT}\s+(?:is|are|was|were)\s+(?P<s>.+?)\s+(?P<v>saying|telling|claiming|arguing|warning|calling)\b(?P<t>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:and\s+)?(?:what|how)(?:\s+(?:is|was|were|are|about))?(?:['’]s)?\s+(?P<s>.+?)(?:['’]s?|s['’])\s+(?:\w+\s+)?"
        rf"(?:{SPEECH_NOUN})\b(?P<t>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:and\s+)?where\s+(?:does|did|do)\s+(?P<s>.+?)\s+stand\s+(?:on|over|regarding|when\s+it\s+comes\s+to)\s+(?P<t>.+)$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:and\s+)?what\s+(?P<s>(?:the\s+(?:[\w’'-]+\s+){0,2}?|(?-i:[A-Z]))[\w.’'-]*(?:\s+(?-i:[A-Z])[\w.’'-]+)*)\s+"
        r"(?P<v>said|says|told|tells|thinks|thought|argued|claimed)\b(?P<t>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^what\s+(?:is|was|were|are)\s+the\s+(?:{SPEECH_NOUN})\s+(?:of|by|from)\s+(?P<s>.+?)\s+{ABOUT}\s+(?P<t>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:did|does|has|had)\s+(?P<s>.+?)\s+(?:ever\s+)?(?P<v>{SAY})\b(?!\s+(?:with|to)\b)(?P<t>.*)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?:(?:show|give|find|list)\s+(?:me\s+)?)?(?:the\s+|any\s+|all\s+)?(?:quotes?|quotations?|comments?|remarks?|statements?)\s+"
        rf"(?:from|by|of)\s+(?P<s>.+?)(?:\s+{ABOUT}\s+(?P<t>.*))?$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?P<s>(?:[A-Z][\w.’'-]+\s+){1,4})(?:on|about)\s+(?P<t>[^?]+)\??$"),
)
ACCORDING = re.compile(
    r"\baccording to\s+(?P<s>[^,?]+?)(?=,|\?|$|\s+(?:what|who|when|where|why|how)\b)", re.IGNORECASE
)
WHO_SAID = re.compile(
    rf"^(?:and\s+)?who(?:\s+(?:else|was it|is it|has|had))?\s+(?:that\s+)?(?P<v>{SAY})\b(?P<t>.*)$"
    rf"|^(?:whose\s+words\s+are|who\s+is\s+quoted)\b(?P<u>.*)$",
    re.IGNORECASE,
)
# Verbs after "who" that are speech only in another sense: "who called the election", "who is called…".
KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.DEFINE,
        re.compile(
            r"^(?i:(?:and\s+|so\s+)?(?:who|what)(?:\s+(?:is|are|was|were)|['’]s)\s+(?:the\s+)?)"
            r"(?:[A-Z][\w.’'&-]*(?:\s+|$|\?)){1,5}\??$"
        ),
    ),
    (Kind.NAME, re.compile(r"\bwhat\s+(?:is|are|was|were)\s+the\s+(?:full\s+|first\s+)?names?\s+of\b", re.I)),
    (
        Kind.PERCENT,
        re.compile(r"\b(?:what|which)\s+(?:percentage|percent|per cent|share|proportion)\b|\bhow many percent\b", re.I),
    ),
    (
        Kind.AMOUNT,
        re.compile(
            r"\bhow\s+(?:big|large|high|small|low)\b[^?]*?\b(?:budgets?|costs?|prices?|bills?|fees?|fines?|debts?|deficits?|loans?"
            r"|salar(?:y|ies)|wages?|bids?|levy|levies|funds?|revenues?|profits?|loss(?:es)?|tax(?:es)?|payments?|donations?"
            r"|grants?|prize|rewards?|bonus(?:es)?|spending|investments?|package)\b",
            re.I,
        ),
    ),
    (
        Kind.COUNT,
        re.compile(
            r"\bhow\s+(?:many|long|old|far|high|tall|big|large|fast|often|deep|wide|heavy)\b|\b(?:what|which)\s+(?:(?:is|was|were|are)\s+)?(?:the\s+)?(?:\w+\s+)?(?:number|size|age|length|height|depth|width|score|magnitude|vote|margin|rate|speed|distance|turnout|capacity|toll|figure|count|tally|attendance)\b",
            re.I,
        ),
    ),
    (
        Kind.AMOUNT,
        re.compile(
            r"\bhow\s+much\b|\bwhat\s+(?:(?:is|was|were|are)\s+)?(?:the\s+)?(?:(?:total|overall|estimated)\s+)?(?:cost|price|amount|sum|budget|value|fee|fine)\b|\bwhat\s+(?:does|did|will|would)\s+.+\b(?:costs?|pays?|paid|charged?)\b",
            re.I,
        ),
    ),
    (
        Kind.WHEN,
        re.compile(
            r"^(?:and\s+|so\s+)?(?:since\s+|until\s+|by\s+)?when\b|\b(?:on\s+|in\s+|by\s+)?(?:what|which)\s+(?:date|day|year|month|time|weekday)\b",
            re.I,
        ),
    ),
    (
        Kind.WHERE,
        re.compile(
            r"^(?:and\s+|so\s+)?where\b|\b(?:in\s+|at\s+|to\s+|from\s+)?(?:what|which)\s+(?:city|country|place|location|town|venue|state|region)\b",
            re.I,
        ),
    ),
    (
        Kind.WHY,
        re.compile(
            r"^(?:and\s+|but\s+|so\s+)?why\b|\bfor what reason\b"
            r"|\bwhat\s+(?:is\s+the\s+|was\s+the\s+)?(?:reason|cause|purpose)\b",
            re.I,
        ),
    ),
    (
        Kind.WHO,
        re.compile(
            r"^(?:and\s+|so\s+)?(?:with\s+|to\s+|by\s+|from\s+)?(?:who|whom|whose)\b|\b(?:what|which)\s+(?:[\w.’'-]+\s+){0,2}?(?:person|leader|official|minister|expert|president|politician|analyst|diplomat|envoy|ambassador|secretary|senator|mayor|scholar|professor|player|coach|manager|singer|actor|author|artist|astronaut|woman|man)\b",
            re.I,
        ),
    ),
    (
        Kind.WHICH,
        re.compile(
            rf"^(?:and\s+|so\s+)?(?:(?:in|at|on|to|from|by|with|for|of|against|under)\s+)?(?:which|what)\s+(?!{AUX}\b)\w+",
            re.I,
        ),
    ),
    (Kind.YES_NO, re.compile(rf"^(?:and\s+|but\s+|so\s+)?(?:{AUX}|are|am|isn['’]t|didn['’]t|doesn['’]t)\b", re.I)),
)  # fmt: skip
TITLES = frozenset(
    """president vice prime minister premier chancellor king queen prince secretary senator sen rep representative
    governor mayor minister mr mrs ms dr prof professor sir lord lady first general gen admiral captain chief ceo
    chairman chairwoman chair director spokesman spokeswoman spokesperson us u.s american japanese chinese
    philippine philippines british russian former then-president leader the a an foreign defense defence state
    head coach judge justice pope archbishop bishop emperor""".split()
)
EMPHASIS = re.compile(r"\s+(?:exactly|actually|really|precisely)\s+", re.IGNORECASE)
DESCRIBED = frozenset(
    """auditors auditor analysts analyst experts expert leaders leader supporters fans critics residents police
    organisers organizers company companies contractor contractors report reports union unions government scientists
    researchers players protesters campaigners lawyers prosecutors doctors engineers economists voters lawmakers
    councillors officials authorities witnesses sides countries people survivors families investors builders""".split()
)
"""Last words of speakers who are described and not named. Whoever else is asked about is somebody in particular, in
whatever case the name is typed."""
TALK = frozenset("talk talked speak spoke mention mentioned".split())
QUESTION_WORDS = frozenset(
    "what who whom whose which when where why how much many long old did does do".split()
)
EMPTY_TOPIC = frozenset(
    """say tell think believe claim argue comment mention describe call respond react explain warn stress
    emphasize insist note remark suggest view position stance opinion reaction response message word words statement
    thing things exactly asked question questions article articles report reports reported according news happen
    happened happening mean know information detail details kind sort type name talk speak spoke anything something
    everything quote quotes quoted reporter reporters want wants wanted hope hopes need needs help helps
    try tries happens plan plans intend intends going""".split()
)
# Words that only name the kind of answer: "how much money", "what percentage", "on what date".
KIND_WORDS = {
    Kind.AMOUNT: frozenset(
        "money cash cost price amount sum total overall estimated large big high small low pay pays paid".split()
    ),
    Kind.PERCENT: frozenset("percentage percent share proportion cent".split()),
    Kind.COUNT: frozenset("number total size count tally figure".split()),
    Kind.WHEN: frozenset("date day year month time weekday last next".split()),
    Kind.WHERE: frozenset("city country place location town venue region located".split()),
    Kind.WHY: frozenset("reason cause purpose".split()),
    Kind.WHO: frozenset("person".split()),
}


JOINT = re.compile(
    r"(?:,\s*|\s+)(?:and|but)\s+(?=(?:(?:by|in|at|on|to|from|with|for)\s+)?(?:what|who|whom|whose|when|where|why|how|which)\b)",
    re.IGNORECASE,
)
ASKED_NOUN = re.compile(
    r"\b(?:which|what)\s+(?:[\w.’'-]+\s+){0,2}?(?:countr\w+|nations?|cit\w+|states?|compan\w+|firms?|universit\w+|teams?|clubs?"
    r"|part\w+|agenc\w+|outlets?|newspapers?|islands?|rivers?|towns?)\b",
    re.IGNORECASE,
)
COUNTED_END = re.compile(
    r"\b(?:did|does|do|has|had|have|is|was|were|are|will|would|can|could|there|to|in|on|at|by|for|from|that|who|which|between)\b|[,?]",
    re.IGNORECASE,
)

"""The patterns by which a question is seen to lean on what was said before it.

Data about English conversation, apart from the code that applies it (`service.follow_ups`, `service.rephrasing`).
"""

from __future__ import annotations

import re

from service.question_patterns import AUX, SAY

_END = r"\s*[?.!]*\s*$"
_OPENER = r"(?:(?:and|but|so|or|ok(?:ay)?|well|then)[,\s]+)*"

MODALS = frozenset("did does do will would could can might may should must".split())
AUXILIARIES = frozenset("is are was were has have had be been am".split())
DETERMINERS = frozenset("the a an this that these those".split())
COMMON_VERBS = frozenset(
    """approve build buy sell pay give take make get go come open close begin start end stop win lose join leave hold
    keep plan want need hope try agree decide vote march meet visit sign send receive spend raise cut cost run lead own
    use help find found form create launch move change reject refuse oppose support back protest demand ask offer
    expect intend ban allow appoint elect attack defend dismiss drown play sing serve work live stay
    resign die fall rise grow see know show bring choose become turn put set call claim promise announce""".split()
)
TIME_NOUNS = frozenset("time day date year month week".split())
PLACE_PREPOSITIONS = frozenset("in at to from near inside outside".split())
VERBS_OF_SPEECH = frozenset(re.sub(r"\[sz\]", "s", SAY).split("|")) - frozenset(
    "call note claim comment promise praise express".split()
)
PLACES = frozenset(
    """gaza kyiv kiev crimea donbas taipei jerusalem damascus tehran pyongyang seoul delhi islamabad kabul baghdad
    beirut cairo brussels geneva europe asia africa america arctic antarctica london paris berlin rome madrid hawaii
    california texas florida ohio oregon pennsylvania seattle chicago boston york hong kong okinawa osaka sydney
    melbourne perth toronto montreal vancouver scotland wales england hague""".split()
)
"""Places beside the countries and capitals of `service.equivalents`, where a lone name would pass for a person."""

COURTESY = re.compile(
    r"^\s*(?:(?:thanks(?:\s+(?:a\s+lot|so\s+much|again))?|thank\s+you(?:\s+(?:so|very)\s+much)?|ok(?:ay)?|great"
    r"|good|nice|perfect|cool|right|i\s+see|got\s+it|interesting|wow|hi|hello|hey(?:\s+there)?|good\s+(?:morning"
    r"|afternoon|evening)|cheers|understood|alright|all\s+right|fine|well|please|bye|goodbye)"
    r"(?:\s*[.!,;:…–—-]+\s*|\s*$))+",
    re.IGNORECASE,
)
REPLIED = re.compile(
    r"\b(?:reply|replied|respond|responded|answer|answered|react|reacted)[?\s.]*$", re.IGNORECASE
)
"""Verbs that say by themselves what was spoken of: what had just been put to the speaker."""
OPENER = re.compile(r"^\s*(?:and|but|so|or|also|then)\b[,\s]+(?=\S)", re.IGNORECASE)
CORRECTION = re.compile(
    r"^(?:(?:no|nope|sorry|wait|actually|oh|pardon)[,.!\s]+)*"
    r"(?:(?:i\s+(?:meant|mean|was\s+asking\s+about|am\s+asking\s+about)|i['’]m\s+asking\s+about|rather|make\s+that"
    r"|not\s+(?P<old>[^,]+?)(?:,\s*(?:but\s+)?|\s+but\s+))\s*|(?<=[,.!\s]))(?:about\s+)?(?P<x>[^?]+?)"
    rf"(?:,?\s+(?:not|instead\s+of)\s+[^,?]+|\s+instead)?{_END}",
    re.IGNORECASE,
)
CORRECTS = re.compile(
    r"^(?:(?:no|nope|sorry|wait|actually|oh|pardon)[,.!\s]+)+(?!(?:what|who|when|where|why|how|which|did|does|is|are"
    r"|was|were|will|can|could|has|have)\b)|^(?:i\s+mean[t]?\b|rather\b|make\s+that\b|not\s+\S+(?:\s+\S+)?,)",
    re.IGNORECASE,
)
SWAP = re.compile(
    rf"^(?:{_OPENER}(?:(?:what|how)\s+about|what\s+of)\s+|(?:and|or|but)[,\s]+)(?P<x>[^?]+?){_END}",
    re.IGNORECASE,
)
BARE_PHRASE = re.compile(r"^(?P<x>[^?.!,]+)\?+\s*$")
HAS_VERB = re.compile(rf"\b(?:{AUX}|who|whom|whose|what|when|where|why|how|which|{SAY})\b", re.IGNORECASE)
DOUBT = re.compile(
    rf"^{_OPENER}(?:(?:no|oh)[,\s]+)?(?:really|seriously|is\s+(?:that|this|it)\s+(?:true|right|so|correct|certain)"
    r"|are\s+you\s+(?:sure|certain|serious)(?:\s+(?:of|about)\s+(?:that|this|it))?|(?:did|does|is|was)\s+(?:that|it)\s+really"
    rf"|how\s+do\s+you\s+know(?:\s+that)?|says\s+who|source|sources|(?:what(?:['’]s|\s+is)\s+)?(?:the|your)\s+source){_END}",
    re.IGNORECASE,
)
MORE = re.compile(
    rf"^{_OPENER}(?:please\s+)?(?:(?:can|could|would|will)\s+you\s+)?(?:please\s+)?(?:(?:tell|give|show)\s+(?:me|us)\s+"
    r"(?:(?:some|a\s+bit|a\s+little|any)\s+)?(?:more|further)(?:\s+(?:details?|information|info))?"
    r"(?:\s+(?:about|on|of)\s+(?:that|this|it))?|(?:any\s+)?(?:more|further)(?:\s+(?:details?|information|info))?"
    r"|go\s+on|continue|elaborate(?:\s+on\s+(?:that|this|it))?|explain(?:\s+(?:that|this|it))?(?:\s+further)?"
    r"|expand\s+on\s+(?:that|this|it)|more\s+(?:about|on)\s+(?:that|this|it)|details?|(?:and\s+)?(?:what|anything)\s+else)"
    rf"(?:,?\s+please)?{_END}",
    re.IGNORECASE,
)
WHO_ELSE = re.compile(rf"^{_OPENER}(?:who|anyone|anybody)\s+else{_END}", re.IGNORECASE)
WHO_SAID_THAT = re.compile(
    rf"^{_OPENER}who\s+(?P<v>said|says|claimed|claims|thinks|thought|stated|told\s+you|reported)"
    rf"(?:\s+(?:that|so|this|it|those\s+words))?{_END}",
    re.IGNORECASE,
)
BARE = re.compile(
    rf"^{_OPENER}(?P<w>(?:since\s+|until\s+)?when|where(?:\s+exactly)?|why(?:\s+not)?|how\s+much|how\s+many|how\s+long"
    r"|how\s+come|how|(?:for|by)\s+how\s+much|who|(?:by|with|to|from|for|against)\s+whom?|who\s+(?:from|for|with|by|to)|what\s+for|on\s+what\s+(?:day|date)|in\s+what\s+year"
    r"|(?:at\s+)?what\s+time|(?:on\s+)?which\s+day|(?:in\s+)?which\s+year|what\s+(?:year|day|date)"
    r"|(?:in|on|at|to|from|by|with|for|of|under)\s+(?:what|which)\s+\w+)"
    r"(?:\s+(?:exactly|precisely|then))?"
    r"(?:\s+(?:is|was|were|are|did|does|do|will|would|has|had)(?:n['’]t)?\s+(?:that|this|it|all\s+that)"
    r"(?:\s+(?:be|been|so|then|exactly|happen(?:ed|ing)?|occur(?:red)?|take\s+place|taken\s+place|come\s+about"
    rf"|the\s+case|do\s+(?:that|it|this|so)))?|\s+so(?:\s+\w+)?)?{_END}",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"^(?:(?:and|but|so)\s+)?(?:who|whom|whose|what|when|where|why|how|which|tell|summari[sz]e|explain"
    r"|(?:by|from|with|to|for|in|on|at|since|until)\s+(?:whom?|which|what|when|how)"
    rf"|{AUX})\b",
    re.IGNORECASE,
)
WHO_IS_THAT = re.compile(rf"^{_OPENER}who(?:['’]s|\s+is|\s+was)\s+(?:that|this|it){_END}", re.IGNORECASE)
COMPLEMENT = re.compile(
    r"\s+(?:of|with|between|for|in|at|on|from|against|to|that|which|who|called|named)\b", re.IGNORECASE
)
SAID_IT = re.compile(rf"\b(?:{SAY})\s+$", re.IGNORECASE)
AGREEMENT = frozenset(
    """agree agreed agrees disagree disagreed disagrees object objected concur comply approve approved confirm confirmed
    deny denied dissent protest protested refuse refused""".split()
)
"""Verbs that are said of something which a follow-up leaves out: "Did Kishida agree?"."""
CLAUSE = re.compile(
    rf"\b(?:that|when|who|which|if|because|while|after|before|and|but|than|as|{SAY})\b", re.IGNORECASE
)
OBJECT_PRONOUNS = frozenset("him her them it".split())
TRAILING = re.compile(
    rf"^{_OPENER}(?P<c>(?!(?:what|who|when|where|why|how|which|{AUX})\b)[^?]+?)[,.;]\s*(?:and\s+|but\s+|so\s+)?"
    rf"(?P<w>when|why|where|how)(?:\s+(?:is|was|did)\s+(?:that|it|this)(?:\s+happen)?)?{_END}",
    re.IGNORECASE,
)
ORDINAL = re.compile(
    r"^(?:the\s+)?(?P<o>first|second|third|fourth|fifth|last|other|former|latter)(?:\s+(?:one|ones))?$",
    re.IGNORECASE,
)
ORDINALS = ("first", "second", "third", "fourth", "fifth")
ATTRIBUTES = frozenset(
    """cost costs price size name date age height length weight number reason cause purpose aim goal timetable
    schedule deadline budget result results outcome risk risks location address origin history""".split()
)
"""Nouns that are said of something: "What about the cost?" asks for the cost of what was spoken of."""
GROUP_NOUNS = frozenset(
    """company firm club team group organisation organization agency contractor business party union bank government
    country report council committee court army police""".split()
)
REPLIES = re.compile(
    r"\b(?:repl(?:y|ied)|respond(?:ed)?|answer(?:ed)?|react(?:ed)?|say\s+to\s+that)\b", re.IGNORECASE
)

PERSON_PRONOUNS = {"he": "m", "him": "m", "his": "m", "himself": "m",
                   "she": "f", "her": "f", "hers": "f", "herself": "f"}  # fmt: skip
THING_PRONOUNS = frozenset({"it", "its", "this", "that"})
GROUP_PRONOUNS = frozenset({"they", "them", "their", "theirs", "these", "those"})
POSSESSIVES = frozenset({"his", "hers", "its", "their", "theirs"})
PRONOUN = re.compile(
    r"(?<![\w'’-])(?:he|him|his|himself|she|hers?|herself|it|its|they|them|theirs?|this|that|these|those|there)(?![\w-])",
    re.IGNORECASE,
)
DEMONSTRATIVE_ALONE = re.compile(
    r"\s*(?:[?.!,;]|$)|\s+(?:was|is|were|are|will|would|did|does|do|has|had|have|happens?|happened|means?|costs?|takes?"
    r"|works?|and|or|but|in|on|at|to|for|with|important|true|right|possible|legal)\b",
    re.IGNORECASE,
)
BEFORE_DEMONSTRATIVE = frozenset(
    """is was were are did does do will would can could should has had have about of on to for with from by at in
    like after before over and or but why when where how said say says do does mean of""".split()
)
EXPLETIVE = re.compile(
    r"\b(?:is|was|isn['’]t|wasn['’]t|would|will|how\s+\w+\s+is|makes?|made)\s+it\s+(?:be\s+)?(?:not\s+|really\s+|still\s+)?"
    r"(?:true|false|possible|impossible|likely|unlikely|certain|clear|legal|safe|correct|known|said|reported|right"
    r"|important|necessary|expected|a\s+fact|the\s+case|that|who)\b"
    r"|\b(?:do|does|did|will|would|can|could|might|may)\s+it\s+(?:take|cost|matter|help|hurt|pay)\b(?=.*\bto\s+\w+)"
    r"|\bit\s+(?:helps?|helped|pays?|takes?|took|makes\s+sense|made\s+sense|is|was|would\s+be)\s+(?:\w+\s+)?to\b"
    r"|\bwhat\s+time\s+is\s+it\b|\b(?:is|was)\s+it\s+[A-Z]\w+.*\b(?:who|that)\b|\bit\s+(?:is|was)\s+\w+\s+that\b"
    r"|\b(?:is|was)\s+it\s+(?:raining|snowing|cold|hot)\b",
    re.IGNORECASE,
)
EXISTENTIAL_BEFORE = frozenset("is are was were be been isn’t aren’t isn't aren't will can".split())
EXISTENTIAL_AFTER = re.compile(r"\s+(?:is|are|was|were|be|been|has|have|had)\b", re.IGNORECASE)

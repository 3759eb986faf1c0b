"""General knowledge of news English that stemming cannot give: irregular verbs, countries and their adjectives and
capitals, abbreviations, and function words.

These tables are data about the language, not about any archive or question. A word maps to extra *keys*; two words
match when they share a key, so "Tokyo" can stand for Japan without Japan standing for every city in it.
"""

from __future__ import annotations

# Words that carry no content of their own. Question words are handled in `service.questions`.
FUNCTION_WORDS = frozenset(
    """a an the this that these those such and or but nor so yet if then than as at by for from in into of off on
    onto out over per to toward towards under until up upon via with within without about above across after against
    along amid among around before behind below beneath beside between beyond down during except near since through
    throughout is are was were be been being am do does did doing done have has had having will would shall should
    can could may might must ought i me my mine we us our ours you your yours he him his she her hers it its they
    them their theirs who whom whose which what when where why how there here not no any some each every either
    neither both all also just only very too own same other another s t d ll re ve m itself himself herself
    themselves myself yourself ourselves again further once more most much many few less least several while because
    although though whether upon let lets please tell me give show there's often
    already ever currently now still yet exactly actually really today's""".split()
)

# Past forms that a stemmer leaves apart from their verb.
IRREGULAR = {
    form: verb
    for verb, forms in {
        "arise": "arose arisen",
        "become": "became",
        "begin": "began begun",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "catch": "caught",
        "choose": "chose chosen",
        "come": "came",
        "cut": "cut",
        "deal": "dealt",
        "die": "died dead death",
        "draw": "drew drawn",
        "drive": "drove driven",
        "fall": "fell fallen",
        "feel": "felt",
        "fight": "fought",
        "find": "found",
        "fly": "flew flown",
        "get": "got gotten",
        "give": "gave given",
        "go": "went gone",
        "grow": "grew grown growth",
        "hear": "heard",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "lay": "laid",
        "lead": "led",
        "leave": "left",
        "lend": "lent",
        "lose": "lost loss",
        "make": "made",
        "mean": "meant",
        "meet": "met meeting",
        "pay": "paid",
        "rise": "rose risen",
        "run": "ran",
        "say": "said",
        "see": "saw seen",
        "seek": "sought",
        "sell": "sold sale",
        "send": "sent",
        "shoot": "shot",
        "show": "showed shown",
        "sit": "sat",
        "speak": "spoke spoken speech",
        "spend": "spent",
        "stand": "stood",
        "steal": "stole stolen",
        "strike": "struck",
        "swear": "swore sworn",
        "take": "took taken",
        "teach": "taught",
        "tell": "told",
        "think": "thought",
        "understand": "understood",
        "wear": "wore worn",
        "win": "won",
        "withdraw": "withdrew withdrawn",
        "write": "wrote written",
        "join": "joined joining",
        "sign": "signed",
        "injure": "injury injuries",
    }.items()
    for form in forms.split()
}

# Country: adjectives and people; then capitals and seats of power by which newsrooms name a government.
_COUNTRIES = {
    "unitedstates": ("american americans america", "washington"),
    "unitedkingdom": ("british britain briton britons", "london westminster"),
    "japan": ("japanese", "tokyo"),
    "china": ("chinese", "beijing"),
    "russia": ("russian russians", "moscow kremlin"),
    "philippines": ("philippine filipino filipinos", "manila"),
    "australia": ("australian australians", "canberra"),
    "taiwan": ("taiwanese", "taipei"),
    "ukraine": ("ukrainian ukrainians", "kyiv kiev"),
    "israel": ("israeli israelis", ""),
    "palestine": ("palestinian palestinians", ""),
    "france": ("french", "paris"),
    "germany": ("german germans", "berlin"),
    "italy": ("italian italians", "rome"),
    "spain": ("spanish spaniards", "madrid"),
    "india": ("indian indians", "delhi"),
    "iran": ("iranian iranians", "tehran"),
    "iraq": ("iraqi iraqis", "baghdad"),
    "turkey": ("turkish turks", "ankara"),
    "canada": ("canadian canadians", "ottawa"),
    "mexico": ("mexican mexicans", ""),
    "brazil": ("brazilian brazilians", "brasilia"),
    "egypt": ("egyptian egyptians", "cairo"),
    "poland": ("polish poles", "warsaw"),
    "sweden": ("swedish swedes", "stockholm"),
    "norway": ("norwegian norwegians", "oslo"),
    "finland": ("finnish finns", "helsinki"),
    "denmark": ("danish danes", "copenhagen"),
    "netherlands": ("dutch", "hague"),
    "belgium": ("belgian belgians", "brussels"),
    "ireland": ("irish", "dublin"),
    "portugal": ("portuguese", "lisbon"),
    "greece": ("greek greeks", "athens"),
    "korea": ("korean koreans", "seoul"),
    "vietnam": ("vietnamese", "hanoi"),
    "indonesia": ("indonesian indonesians", "jakarta"),
    "pakistan": ("pakistani pakistanis", "islamabad"),
    "syria": ("syrian syrians", "damascus"),
    "lebanon": ("lebanese", "beirut"),
    "saudi": ("saudis", "riyadh"),
    "nigeria": ("nigerian nigerians", "abuja"),
    "kenya": ("kenyan kenyans", "nairobi"),
    "argentina": ("argentine argentinian", ""),
    "europe": ("european europeans", ""),
    "africa": ("african africans", ""),
    "asia": ("asian asians", ""),
    "iceland": ("icelandic icelanders", "reykjavik"),
    "switzerland": ("swiss", "bern"),
    "austria": ("austrian austrians", "vienna"),
    "scotland": ("scottish scots", "edinburgh"),
    "wales": ("welsh", "cardiff"),
    "england": ("english", ""),
}

COUNTRY_KEYS = frozenset(_COUNTRIES)
"""The key under which each country is found, whichever of its names is written."""

# Lower-cased surface form (or stemmed phrase joined by a space) to extra keys.
EXTRA_KEYS: dict[str, tuple[str, ...]] = {
    **{word: (country,) for country, (people, _) in _COUNTRIES.items() for word in people.split()},
    **{word: (country,) for country, (_, seats) in _COUNTRIES.items() for word in seats.split()},
    "potus": ("president",),
    "commander-in-chief": ("president",),
    "premier": ("prime", "minister"),
    "presser": ("press", "conference"),
    "uk": ("unitedkingdom",),
    "usa": ("unitedstates",),
    "nato": ("alliance",),
    "ai": ("artificial", "intelligence"),
    "gdp": ("gross", "domestic", "product"),
    "defence": ("defense",),
    "centre": ("center",),
    "programme": ("program",),
    "labour": ("labor",),
    "modernise": ("modernize",),
    "modernising": ("modernize",),
    "organisation": ("organization",),
    "recognise": ("recognize",),
    "tensions": ("tension",),
    "astronauts": ("astronaut",),
    "troops": ("soldier", "troop", "servicemember"),
    "soldiers": ("troop",),
    "servicemembers": ("troop",),
    "personnel": ("troop",),
    "cash": ("money",),
    "dollars": ("money",),
    "injured": ("hurt", "wound"),
    "wounded": ("hurt", "injur"),
    "killed": ("die",),
    "crowd": ("people",),
    "crowds": ("people",),
    "marchers": ("people",),
    "protesters": ("people",),
    "demonstrators": ("people",),
    "spectators": ("people",),
    "residents": ("people",),
    "passengers": ("people",),
    "spouse": ("wife", "husband"),
    "wife": ("spouse",),
    "husband": ("spouse",),
}

# Runs of words that are one name; the value is the key they share.
PHRASES: dict[tuple[str, ...], str] = {
    ("united", "states"): "unitedstates",
    ("united", "kingdom"): "unitedkingdom",
    ("great", "britain"): "unitedkingdom",
    ("artificial", "intelligence"): "ai",
    ("gross", "domestic", "product"): "gdp",
    ("prime", "minister"): "primeminister",
}

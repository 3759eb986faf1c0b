"""Titles and nationalities: "Japanese Prime Minister", "the premier", "POTUS", as (office, nation) pairs.

"The prime minister" means the last named prime minister, and "the Japanese premier" the Japanese one, so both have
to be read into the same terms. An office is a canonical word ("prime minister"); a nation is a lower-case country
name ("japan"), or None where the article does not say.
"""

from __future__ import annotations

import re

from ingest.speech_words import COMMON_PERSON_NOUNS, PERSON_NOUNS

# Written form → office. Forms with capitals before a name, lower case elsewhere.
OFFICES: dict[str, str] = {
    form: office
    for office, forms in {
        "president": "president|pres|potus|commander-in-chief|commander in chief",
        "vice president": "vice president|vice-president|veep",
        "prime minister": "prime minister|premier|pm",
        "chancellor": "chancellor",
        "leader": "leader|supreme leader|strongman|party leader|opposition leader",
        "king": "king",
        "queen": "queen",
        "prince": "prince|crown prince",
        "princess": "princess",
        "pope": "pope|pontiff",
        "first lady": "first lady",
        "foreign minister": "foreign minister|foreign secretary|secretary of state",
        "defense secretary": "defense secretary|defence secretary|defense minister|defence minister|defense chief",
        "treasury secretary": "treasury secretary|finance minister|chancellor of the exchequer",
        "press secretary": "press secretary",
        "secretary-general": "secretary-general|secretary general",
        "secretary": "secretary",
        "minister": "minister",
        "attorney general": "attorney general|attorney-general",
        "governor": "governor|gov",
        "mayor": "mayor",
        "senator": "senator|sen",
        "congressman": "congressman|congresswoman|representative|rep|lawmaker|mp",
        "speaker": "house speaker|speaker",
        "ambassador": "ambassador|envoy",
        "general": "general|gen",
        "admiral": "admiral|adm",
        "colonel": "colonel|col",
        "captain": "captain|capt",
        "sergeant": "sergeant|sgt",
        "sheriff": "sheriff",
        "chief": "police chief|chief",
        "commissioner": "commissioner",
        "judge": "judge|justice|chief justice",
        "prosecutor": "prosecutor|district attorney",
        "lawyer": "lawyer|attorney|solicitor|barrister",
        "chief executive": "chief executive|ceo|chief executive officer|boss|executive",
        "founder": "founder|co-founder|cofounder",
        "chairman": "chairman|chairwoman|chair|chairperson",
        "director": "director|executive director",
        "spokesperson": "spokesperson|spokesman|spokeswoman",
        "coach": "coach|head coach|manager|gaffer",
        "professor": "professor|prof|academic",
        "doctor": "dr|doctor|physician|surgeon",
        "researcher": "researcher|scientist",
        "analyst": "analyst|strategist|expert",
        "actor": "actor|actress",
        "singer": "singer|rapper|songwriter|musician|pop star",
        "writer": "author|writer|novelist|columnist|journalist|reporter",
        "filmmaker": "filmmaker|film-maker|producer",
        "player": "striker|midfielder|defender|goalkeeper|quarterback|pitcher|winger|forward|centre-back|boxer",
        "teacher": "teacher|principal|headteacher",
        "owner": "owner",
        "bishop": "bishop|archbishop|cardinal",
        "courtesy": "mr|mrs|ms|miss|mx|sir|lady|lord|dame|rev|reverend|madame|messrs|hon",
    }.items()
    for form in forms.split("|")
}

HEADS_OF_STATE = ("president", "prime minister", "chancellor", "leader", "king", "queen")
FEMALE_TITLES = frozenset(
    "mrs|ms|miss|lady|dame|queen|princess|first lady|congresswoman|chairwoman|spokeswoman|actress|madame".split(
        "|"
    )
)
MALE_TITLES = frozenset(
    "mrs ms miss lady dame queen princess first\xa0lady congresswoman chairwoman spokeswoman actress madame".split(
        " "
    )
) | {"first lady"}
MALE_TITLES = frozenset("mr sir king prince lord congressman chairman spokesman pope".split())

NATIONS: dict[str, str] = {
    form: nation
    for nation, forms in {
        "united states": "us|u.s|american|america|united states|usa|u.s.a",
        "united kingdom": "uk|u.k|british|britain|united kingdom|english|england|scottish|scotland|welsh",
        "japan": "japan|japanese",
        "china": "china|chinese",
        "philippines": "philippine|philippines|filipino",
        "australia": "australia|australian",
        "south korea": "south korea|south korean|korean|korea",
        "north korea": "north korea|north korean",
        "taiwan": "taiwan|taiwanese",
        "india": "india|indian",
        "pakistan": "pakistan|pakistani",
        "russia": "russia|russian|kremlin",
        "ukraine": "ukraine|ukrainian",
        "france": "france|french",
        "germany": "germany|german",
        "italy": "italy|italian",
        "spain": "spain|spanish",
        "poland": "poland|polish",
        "hungary": "hungary|hungarian",
        "israel": "israel|israeli",
        "palestine": "palestinian|palestine",
        "egypt": "egypt|egyptian",
        "iran": "iran|iranian",
        "iraq": "iraq|iraqi",
        "turkey": "turkey|turkish",
        "saudi arabia": "saudi arabia|saudi",
        "canada": "canada|canadian",
        "mexico": "mexico|mexican",
        "brazil": "brazil|brazilian",
        "argentina": "argentina|argentine",
        "indonesia": "indonesia|indonesian",
        "vietnam": "vietnam|vietnamese",
        "thailand": "thailand|thai",
        "singapore": "singapore|singaporean",
        "new zealand": "new zealand",
        "netherlands": "dutch|netherlands",
        "ireland": "irish|ireland",
        "sweden": "swedish|sweden",
        "norway": "norwegian|norway",
        "finland": "finnish|finland",
        "south africa": "south africa|south african",
        "nigeria": "nigerian|nigeria",
        "denmark": "danish|denmark",
        "switzerland": "swiss|switzerland",
        "greece": "greek|greece",
        "portugal": "portuguese|portugal",
        "belgium": "belgian|belgium",
        "austria": "austrian|austria",
        "czech republic": "czech|czech republic|czechia",
        "romania": "romanian|romania",
        "serbia": "serbian|serbia",
        "belarus": "belarusian|belarus",
        "syria": "syrian|syria",
        "lebanon": "lebanese|lebanon",
        "qatar": "qatari|qatar",
        "yemen": "yemeni|yemen",
        "afghanistan": "afghan|afghanistan",
        "bangladesh": "bangladeshi|bangladesh",
        "sri lanka": "sri lankan|sri lanka",
        "malaysia": "malaysian|malaysia",
        "myanmar": "burmese|myanmar",
        "cambodia": "cambodian|cambodia",
        "kenya": "kenyan|kenya",
        "ethiopia": "ethiopian|ethiopia",
        "sudan": "sudanese|sudan",
        "morocco": "moroccan|morocco",
        "algeria": "algerian|algeria",
        "chile": "chilean|chile",
        "colombia": "colombian|colombia",
        "peru": "peruvian|peru",
        "venezuela": "venezuelan|venezuela",
        "cuba": "cuban|cuba",
        "haiti": "haitian|haiti",
        "european union": "eu|e.u|european|european union|european commission",
        "united nations": "un|u.n|united nations",
        "nato": "nato",
    }.items()
    for form in forms.split("|")
}


_SHORT_FORMS = frozenset("pres gov sen rep gen adm col capt prof".split())


def office_of(words: str) -> str | None:
    """The office that a noun names ("premier" → "prime minister", "engineer" → "engineer"), or None."""
    lowered = words.lower().rstrip(".")
    office = OFFICES.get(lowered)
    if office is None and lowered in PERSON_NOUNS and lowered not in COMMON_PERSON_NOUNS:
        return lowered
    return office


def title_references() -> re.Pattern[str]:
    """Compiles the pattern of "the [adjective] title", with `nation` and `office` groups.

    Not "the president of …" (which names another office) nor "the presidential …".
    """
    forms = "|".join(
        re.escape(form).replace(r"\ ", " ")
        for form in sorted({*OFFICES, *(PERSON_NOUNS - COMMON_PERSON_NOUNS)}, key=len, reverse=True)
        if OFFICES.get(form) != "courtesy" and form not in _SHORT_FORMS
    )
    nations = "|".join(
        re.escape(
            form.title() if form not in {"us", "uk", "eu", "un", "u.s", "u.k", "e.u", "u.n"} else form.upper()
        )
        for form in sorted(NATIONS, key=len, reverse=True)
    )
    return re.compile(  # the office's own adjectives are not the nation: "the chief engineer"
        rf"\b[Tt]he (?:(?P<former>former |late |then-)|(?P<nation>{nations})\.? )?"
        rf"(?:chief |head |lead |then |former )?(?P<office>(?i:{forms}))\b"
        r"(?![-–]\w| of\b| for\b|ial\b)|\b(?P<bare>POTUS)\b"
    )

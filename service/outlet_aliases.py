"""The names under which readers know an outlet, derived from how the archive's metadata writes it.

Feeds write outlets as "BBC News - Technology", "Cnbc | World Business News Leader" or "CBSSports.com"; readers write
"BBC News", "the BBC", "CNBC", "CBS Sports". The rules here are about how newspapers are named in English, not about any
one newspaper. `service.outlets` finds these names in questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from service.equivalents import FUNCTION_WORDS
from service.terms import fold

NAMEPLATES = frozenset(
    """times post herald journal tribune gazette chronicle telegraph globe observer mail sun star mirror express
    standard courier examiner ledger register record review inquirer sentinel bulletin dispatch argus echo
    advertiser""".split()
)
"""Last words by which a newspaper is called for short ("the Times"), when only one outlet of the archive has it."""
_ORDINARY = NAMEPLATES | frozenset(
    """guardian independent verge age roar fortune wired polygon rivals eos time atlantic economist spectator nation
    hill week conversation intercept outline ringer cut root information record edge wire quartz slate axios vox
    national international general today tomorrow daily weekly monthly morning evening sunday world wide global local
    business financial finance economic market markets money investor trade industry line insider live science
    scientific nature health medical medicine sport sports sporting football golf music game games gaming film movie
    movies culture art arts style life lifestyle travel food home house news press media report reports reporter
    politics political tech technology digital computer computing security space earth environment energy climate
    city street country people public new old free standard seeking advanced students young big next open first
    opinion education weather entertainment discover popular motor car auto family women men fashion beauty
    defender advocate messenger monitor mercury voice leader republic statesman citizen beacon pioneer argus
    mashable newsletter magazine variety billboard deadline rolling stone eater grist""".split()
)
"""Words that names of outlets are made of and that mean something else without a capital."""
SECTIONS = frozenset(
    """news world us uk national local international politics business economy finance money markets technology tech
    science health environment climate energy education sport sports football opinion comment lifestyle life style
    travel food fashion culture art arts books film movies music tv television entertainment celebrity gaming games
    weather video top stories latest home and""".split()
)
_OTHER_INITIALS = frozenset("us usa uk eu un uae ai it pm mp mps tv pc ceo cfo nba nfl nhl mlb".split())
_SEPARATOR = re.compile(r"\s+[-–—|•·]+\s+|\s*[|•]\s*|:\s+|\s*::\s*|\s*»\s*")
_DOMAIN = re.compile(
    r"\.(?:com|org|net|co|io|info|news|gov|edu|tv|eu|us|in|(?:co|com|org)\.[a-z]{2}|[a-z]{2})$", re.I
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"&|[^\W_]+")
_LONG_WORD = 8
_SHORT_HEAD = 5


class Trust(IntEnum):
    """What it takes for words to be taken as the outlet."""

    CONTEXT = 0
    """Quotes, or words about reporting beside them: "Fox", "FT", "Age"."""
    ORDINARY = 1
    """A capital that its place does not explain, or as above: "Fortune", "The Age"."""
    NAME = 2
    """Capitals, at the start of a sentence too, or as above: "Live Science"."""
    DISTINCT = 3
    """Nothing: "TechCrunch", "the sydney morning herald"."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One way to write an outlet. `key` is squeezed (see `squeeze`); `words` says in how many words it is normally
    written; `capitals` that it is all capitals; `derived` that it is a short form which two outlets may share by
    accident and then names neither."""

    key: str
    words: int
    trust: Trust
    capitals: bool = False
    derived: bool = False


@dataclass(frozen=True, slots=True)
class OutletName:
    """A metadata name taken apart: the publication, and the section (or motto) behind it, "" when there is none."""

    written: str
    publication: str
    section: str

    @property
    def publication_key(self) -> str:
        """The same for every section of a publication."""
        return squeeze(_without_the(self.publication))


def squeeze(text: str) -> str:
    """Letters and digits only, folded, "&" as "and": "CBS Sports", "CBSSports" and "cbs-sports" are one key."""
    return "".join("and" if word == "&" else fold(word) for word in _WORD.findall(text))


def take_apart(name: str) -> OutletName:
    """Split a metadata name at its first separator. "World news | The Paper" is turned round: a part that consists of
    words for sections is the section, wherever it stands."""
    written = " ".join(name.split())
    parts = _SEPARATOR.split(written, maxsplit=1)
    if len(parts) < 2 or not squeeze(parts[0]) or not squeeze(parts[1]):
        return OutletName(name, written, "")
    first, second = parts
    if _is_section(first) and not _is_section(second):
        first, second = second, first
    return OutletName(name, first, second)


def aliases_of(outlet: OutletName) -> Iterator[Alias]:
    """Every name of the publication (never of the section alone)."""
    publication = outlet.publication
    domain = _DOMAIN.search(publication)
    bare = publication[: domain.start()] if domain else publication
    bare = re.sub(r"(?<=\w)\s+(?:magazine|newspaper|online)$", "", bare, flags=re.IGNORECASE)
    head = _without_the(bare)
    words = _words(head)
    trust = _trust(words, bool(domain))
    if domain:
        yield Alias(squeeze(publication), len(_words(publication)), Trust.DISTINCT)
    elif len(words) == 1 and len(words[0]) > 2:
        yield Alias(squeeze(head) + "com", 2, Trust.DISTINCT)
    if bare != head:
        yield Alias("the" + squeeze(head), len(words) + 1, trust)
        yield Alias(squeeze(head), len(words), Trust.CONTEXT if trust == Trust.ORDINARY else trust)
    else:
        yield Alias(squeeze(head), len(words), trust)
    yield from _short_forms(words)


def section_keys(outlet: OutletName) -> Iterator[str]:
    """The whole name with its section, in the forms that readers shorten it to: "BBC News Technology" and
    "BBC Technology"."""
    section = squeeze(outlet.section)
    head = _without_the(outlet.publication)
    for key in {squeeze(outlet.publication), squeeze(head)}:
        yield key + section
    words = _words(head)
    if len(words) == 2 and fold(words[1]) == "news":
        yield fold(words[0]) + section


def _short_forms(words: list[str]) -> Iterator[Alias]:
    folded = [fold(word) for word in words]
    if len(words) == 2 and folded[1] == "news" and len(words[0]) <= _SHORT_HEAD:
        acronym = words[0].isupper() and len(words[0]) > 2
        trust = _trust(words[:1], False)
        if trust != Trust.DISTINCT:
            trust = Trust.ORDINARY if acronym else Trust.CONTEXT
        yield Alias(folded[0], 1, trust, capitals=acronym and trust != Trust.DISTINCT, derived=True)
    if len(words) >= 2 and folded[-1] in NAMEPLATES:
        yield Alias("the" + folded[-1], 2, Trust.ORDINARY, derived=True)
    plate = folded[-1] in NAMEPLATES if folded else False
    telling = [word for word in folded if word not in FUNCTION_WORDS and word != "&"]
    for some in {tuple(telling), tuple(word for word in folded if word != "&")}:
        initials = "".join(word[0] for word in some)
        if (2 if plate else 3) <= len(some) <= 5 and initials not in _OTHER_INITIALS:
            trust = Trust.NAME if plate and len(some) > 2 else Trust.CONTEXT
            yield Alias(initials, 1, trust, capitals=True, derived=True)


def _trust(words: list[str], is_domain: bool) -> Trust:
    """How much a name of these words (no leading "The") can stand by itself."""
    if is_domain or len(words) > 2:
        return Trust.DISTINCT
    known = [fold(word) in _ORDINARY or fold(word) in FUNCTION_WORDS for word in words]
    if len(words) == 2:
        return Trust.NAME if all(known) else Trust.DISTINCT
    word = words[0] if words else ""
    odd = bool(_CAMEL.search(word)) or any(map(str.isdigit, word))
    voiceless = len(word) > 2 and word.isascii() and not re.search("[aeiouy]", word, re.IGNORECASE)
    unusual = len(word) >= _LONG_WORD and not all(known)
    return Trust.DISTINCT if odd or voiceless or unusual else Trust.ORDINARY


def _is_section(text: str) -> bool:
    return all(fold(word) in SECTIONS or word == "&" for word in _WORD.findall(text))


def _without_the(text: str) -> str:
    return re.sub(r"^the\s+(?=\w)", "", text, flags=re.IGNORECASE)


def _words(text: str) -> list[str]:
    """Words as a reader would write them: "CBSSports" is one here, since what is written in one word is a name."""
    return _WORD.findall(text)


__all__ = [
    "NAMEPLATES",
    "SECTIONS",
    "Alias",
    "OutletName",
    "Trust",
    "aliases_of",
    "section_keys",
    "squeeze",
    "take_apart",
]

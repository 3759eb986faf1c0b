"""Words of news English that tell what happened from what is only possible, planned, wished, denied or alleged.

General knowledge of the language, as `service.support_opposites` is. The division of complement-taking words into those
that imply their complement ("managed to") and those that do not ("tried to") is Karttunen's ("Implicative Verbs",
Language 47, 1971).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from service.terms import stem

POSSIBLE, PLANNED, DONE = 1, 2, 3
"""How far an act has come: may happen or is said to have; will happen; has happened."""

MODALS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys("can could may might should cannot".split(), POSSIBLE)
    | dict.fromkeys("will would shall must 'll 'd wo won".split(), PLANNED)
)

_POSSIBLE = """
want wanted wants wish hope hoped hopes hoping seek seeking sought aim propose proposed proposal consider considering
considered explore exploring explored discuss discussed discussion likely ask asked asking urge urged call calls called
calling offer offered refuse refused refusal decline declined try tried tries trying attempt fail failed failure
possible possibly possibility chance talks negotiation negotiate bid invite invited invitation weigh weighing study
studying debate debating mull mulling contemplate demand demanded request requested need needs needed threaten
threatened threat deny denied denies denial accuse accused allege alleged suspect suspected charged believed thought
rumoured rumored reported oppose opposed reject rejected avoid avoided prevent prevented unable reluctant ready eager
keen willing hesitate warn warned option idea potential suggest suggested suggestion recommend recommended risk fear
feared feasible allow allowed permit permitted enable encourage persuade pressure push pushing campaign apply applied
application hopeful interested interest impossible unlikely instead rather without
"""
_PLANNED = """
plan planned plans planning intend intended intention agree agreed agreement promise promised vow vowed pledge pledged
expect expected due set scheduled schedule prepare prepared preparing about poised decide decided decision going order
ordered commit committed commitment ought bound slated supposed
"""
_IMPLICATIVE = """
begin began begun start started managed manage continue continued use used force forced had help helped come came get
got proceed remember remembered go went able succeed succeeded keep kept finish finished stop stopped cause caused lead
led
"""

NOT_GOVERNED_AFTER = frozenset("after by since when while following because upon having".split())
"""Before an -ing form, these say that it happened, whatever governs the clause."""

CONDITIONS = frozenset("if unless whether provided".split())
HEDGES = frozenset(
    """allegedly purportedly reportedly supposedly possibly perhaps maybe potentially probably apparently""".split()
)
CLAUSAL = """
deny denied denies doubt doubted hope hoped wish wished demand demanded propose proposed suggest suggested recommend
fear feared allege alleged rumour rumor pretend imagine predict predicted request requested insist
""".split()
"""Before "that", these leave open whether the clause holds; "deny" and "doubt" do so without it, too."""
_DENIES = "deny doubt"

SKIPPED = frozenset(
    """not n't never ever also still soon even just now then only again both either be been being have has get
    formally officially one day someday eventually""".split()
)
"""What may stand between a modal and its verb; words in -ly may as well."""
BE = frozenset("am is are was were 's 're 'm".split())
HAVE = frozenset("has have had 've having".split())
UNCHANGED = frozenset("cut set put hit shut spread let cost bet split quit".split())
"""Verbs whose past looks like their base."""
NOT_PAST = frozenset(
    """hundred sacred naked wicked united kindred dead death growth loss sale speech injury injuries
    alleged proposed planned said told asked added called""".split()
)
"""Words that look like past forms, or are listed with them, and claim no act; verbs of saying introduce others."""

_MORE_PAST = """
break broke broken
sink sank sunk
throw threw thrown
freeze froze frozen
hide hid hidden
ride rode ridden
shake shook shaken
shrink shrank shrunk
swim swam swum
sing sang sung
ring rang rung
spring sprang sprung
eat ate eaten
forget forgot forgotten
forgive forgave
tear tore torn
wake woke woken
bend bent
bind bound
dig dug
feed fed
flee fled
hang hung
light lit
sleep slept
slide slid
stick stuck
sweep swept
swing swung
bear bore borne
beat beaten
bite bit bitten
blow blew blown
undergo underwent undergone
overthrow overthrew overthrown
undertake undertook undertaken
oversee oversaw overseen
"""
"""Past forms that `service.equivalents` does not list."""

_KIN = """
join enter accede
approve adopt pass ratify endorse
close shut
buy acquire purchase
build construct
quit resign
open launch
kill murder
attack invade
sign conclude
ban prohibit outlaw
"""
"""Each line: verbs one of which may stand for another."""
MEMBERS = frozenset("member members part partner partners participant participants signatory".split())
JOINING = "join enter accede admit participate expand".split()

STRONGER = (
    ("guilty convicted convict", "", "accuse charge suspect allege indict arrest deny"),
    (
        "admitted admit admits confessed conceded",
        "guilty acknowledge",
        "claim allege suggest accuse deny suspect said",
    ),
    ("proved proven prove proves", "show demonstrate", "claim allege suggest believe said argue"),
    ("confirmed confirm confirms", "", "claim allege suggest suspect believe think rumour rumor"),
)
"""Words that make a fact of what the source only claims; what they may follow from; what stands there instead."""

WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "all every everyone everybody entire": "all every each everyone everybody entire entirely whole both any"
        " total full none no throughout fully anyone",
        "only sole": "only just sole solely alone merely single lone but except unless until one",
        "first": "first 1st initial initially inaugural debut earliest new maiden opening never"
        " pioneer unprecedented",
        "never": "never not no n't ever none nobody without nothing neither nor cannot unprecedented first yet",
    }
)
"""Words that claim more than their noun, and those in the source from which they may follow."""


@lru_cache(maxsize=1)
def governors() -> Mapping[str, int]:
    """Stem of a word that governs an infinitive or gerund → how far that has come; 0: as far as the word itself."""
    return MappingProxyType(
        {stem(word): POSSIBLE for word in _POSSIBLE.split()}
        | {stem(word): PLANNED for word in _PLANNED.split()}
        | {stem(word): 0 for word in _IMPLICATIVE.split()}
        | {"wo": PLANNED}
    )


@lru_cache(maxsize=1)
def past_forms() -> Mapping[str, str]:
    """Past form → stem of its verb, for those that `service.equivalents` leaves out."""
    lines = [line.split() for line in _MORE_PAST.strip().splitlines()]
    return MappingProxyType({form: stem(verb) for verb, *forms in lines for form in forms})


@lru_cache(maxsize=1)
def clausal() -> frozenset[str]:
    """Stems of `CLAUSAL`."""
    return frozenset(stem(word) for word in CLAUSAL)


@lru_cache(maxsize=1)
def denying() -> frozenset[str]:
    """Stems of those that need no "that"."""
    return frozenset(stem(word) for word in _DENIES.split())


@lru_cache(maxsize=1)
def kin() -> Mapping[str, frozenset[str]]:
    """Stem of a verb → stems of those that may stand for it, itself among them."""
    lines = [frozenset(stem(word) for word in line.split()) for line in _KIN.strip().splitlines()]
    return MappingProxyType({word: line for line in lines for word in line})

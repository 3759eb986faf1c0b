"""Words of news English that contradict each other when one stands where the source has the other.

General knowledge of the language, as `service.equivalents` is; pairs whose members are also used side by side without
contradiction ("old" and "new") are left out where that is usual.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from service.terms import stem

# Each line: sides that exclude each other, with the words of each.
_OPPOSED = """
rise rose risen increase grow grew growth climb climbed soar surge : fall fell fallen decrease decline drop plunge
soar surge : slump tumble sink sank slide slid
raise raised lift : cut lower reduce
expand widen grow : contract narrow reduce shrink
gain profit surplus : loss deficit shortage
win won victory winner : lose lost defeat loser
more : less fewer
most : least
higher : lower
highest biggest largest : lowest smallest
high : low
large big huge : small tiny
up : down
before earlier : after later
begin began begun start launch : end finish stop halt
open opened : close closed
continue resume : stop halt suspend cancel abandon
accept approve grant welcome : reject refuse deny oppose
allow permit let legalize : ban forbid prohibit prevent block
support back favor : oppose reject
agree : disagree refuse
confirm admit acknowledge : deny denied
arrive enter join : leave left depart exit
buy bought purchase : sell sold
guilty convict convicted : innocent acquit acquitted
alive survive survived : dead die died killed
man men boy male : woman women girl female
brother : sister : father : mother : son : daughter : husband : wife
public : private
strong stronger strengthen : weak weaker weaken
success succeed successful : failure fail failed unsuccessful
legal : illegal
safe : unsafe dangerous
include : exclude
add : remove
hire appoint : dismiss fire sack
attack : defend
peace : war
ally friend : enemy foe
north northern : south southern : east eastern : west western
first : second : third : fourth : fifth : sixth : seventh : eighth : ninth : tenth
federal : provincial : municipal
gold : silver : bronze
rich wealthy : poor
positive : negative
conservative : liberal
democrat democratic : republican
major : minor
majority : minority
maximum : minimum
best : worst
better improve : worse worsen
import : export
arrest detain imprison jail : release free freed
build construct create : destroy demolish dismantle
encourage : discourage
praise : criticize condemn
voluntary optional : mandatory compulsory
temporary : permanent
domestic : foreign
mild : severe
peaceful : violent
possible : impossible
likely : unlikely
known : unknown
crewed manned : uncrewed unmanned
official formal : unofficial informal
common often frequent : rare rarely
always : never
everyone everybody : nobody
none : all every
many : few
day : night
morning : evening
summer : winter
employer : employee
teacher : student
doctor : patient
lender : borrower
victim : suspect attacker
prosecution : defense
murder : manslaughter
deploy send sent : withdraw withdrew
uphold : overturn
upgrade : downgrade
tighten : loosen ease
inflation : deflation
boom : recession
reveal disclose : conceal hide
unite : divide
urban : rural
civilian : military
impose : lift
cheap : expensive
healthy : sick
accelerate : slow
upper : lower
senior : junior
elder older oldest : younger youngest
indoor : outdoor
birth born : death died
marry married : divorce divorced
lend : borrow
true : false
unanimous : divided
voluntarily : forcibly
fully : partially partly
significantly sharply : slightly marginally
above over : below under
inside : outside
"""


_NEGATIVE_PREFIX = re.compile(r"(?:un|non-?|il|ir)(?=\w{5})")


def opposites_of(word: str) -> frozenset[str]:
    """Stems that contradict the stem `word`. A negative prefix makes one as well: "popular" and "unpopular"."""
    known = _table().get(word, frozenset())
    bare = _NEGATIVE_PREFIX.sub("", word, count=1) if _NEGATIVE_PREFIX.match(word) else ""
    return known | ({bare} if bare else {f"un{word}", f"non{word}"})


@lru_cache(maxsize=1)
def _table() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _OPPOSED.strip().splitlines():
        sides = [{stem(word) for word in side.split()} for side in line.split(" : ")]
        for side in sides:
            others = set().union(*(other for other in sides if other is not side)) - side
            for word in side:
                table.setdefault(word, set()).update(others)
    return MappingProxyType({word: frozenset(others) for word, others in table.items()})

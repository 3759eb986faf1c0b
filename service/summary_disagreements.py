"""Where the sources of a summary cannot all be right, as readers are shown it: each side's own words, cited."""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Disagreement, Side
from service.candidates import Candidate
from service.cited_words import evidence_of
from service.citing import Citations
from service.conflicts import Conflict, ConflictSide, conflicts
from service.summary_sentences import SummarySentence
from service.summary_text import shown
from service.verification import verify

MOST_SHOWN = 5
"""Disagreements of one summary; those of its most central sentences come first."""
MOST_WORDINGS = 2
"""Statements of one side."""


def disagreeing(sentences: Sequence[SummarySentence], beside: Sequence[SummarySentence]) -> list[Conflict]:
    """The disagreements among sentences. `beside` are sentences of the same articles about other things: with them it
    shows which words the sentences have in common by chance. Where figures differ, one side may be among them: "Police
    put the crowd at 2,500" has no word of the march that it is about."""
    own = set(sentences)
    found = []
    for conflict in conflicts((*sentences, *beside)):
        sides = [bool(own.intersection((side.sentence, *side.also))) for side in conflict.sides]
        if all(sides) or (conflict.kind == "figure" and any(sides)):
            found.append(conflict)
    return found


def doubtful(found_conflicts: Sequence[Conflict]) -> list[SummarySentence]:
    """The sentences that are not to be said as plain statements: what is stated as settled while others leave it open,
    and figures on all sides but the one that most outlets have (the first one, where they are as many)."""
    found: list[SummarySentence] = []
    for conflict in found_conflicts[:MOST_SHOWN]:
        believed = conflict.sides[1:]
        if conflict.kind == "figure":
            believed = (max(conflict.sides, key=lambda side: len(side.also)),)
        doubted = [side for side in conflict.sides if side not in believed]
        found += [one for side in doubted for one in (side.sentence, *side.also)]
    return found


def told_apart(found_conflicts: Sequence[Conflict], citations: Citations) -> tuple[Disagreement, ...]:
    """The disagreements all of whose sides pass verification, each side citing those who say so."""
    found: list[Disagreement] = []
    for conflict in found_conflicts[:MOST_SHOWN]:
        wordings = [_wordings(side) for side in conflict.sides]
        if all(wordings):
            sides = [
                Side(text=text, citations=tuple(one.id for one in citations.cite(cited)))
                for side in wordings
                for text, cited in side
            ]
            found.append(Disagreement(about=conflict.about, sides=tuple(sides)))
    return tuple(found)


def _wordings(side: ConflictSide) -> list[tuple[str, list[Candidate]]]:
    """What a side says, each with all whose words bear it out; who says the same with other details says it apart."""
    told: list[tuple[str, list[Candidate]]] = []
    for sentence in (side.sentence, *side.also):
        known = next((cited for text, cited in told if _bears_out(text, sentence)), None)
        if known is not None:
            known.append(sentence.candidate)
        elif len(told) < MOST_WORDINGS and _bears_out(shown(sentence.candidate), sentence):
            told.append((shown(sentence.candidate), [sentence.candidate]))
    return told


def _bears_out(text: str, sentence: SummarySentence) -> bool:
    return verify(text, [evidence_of(sentence.candidate)]).supported


__all__ = ["disagreeing", "doubtful", "told_apart"]

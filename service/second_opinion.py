"""What the articles' own sentences have to say about a model's answer.

Both engines read the same passages. The extractive one follows rules, and its objections can be checked: nobody by that
name is quoted, no number of that kind stands there. A model, a small one above all, answers what is not answered, says
that there is nothing where there is something, and tells true things beside the point. So its statements have to
overcome the extractive engine's objection, and where that engine is sure of an answer, the model's silence or another
subject does not keep it from the reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.attribution import analyze
from service.abstention import Refusal, has_kind
from service.candidates import Candidate
from service.extractive import Choice, Scored
from service.fitness import asked_values, asks_for_value
from service.question_patterns import Kind
from service.questions import Question
from service.referring import named
from service.speakers import same_speaker
from service.spoken import spoken_by
from service.spoken_claims import OPENER
from service.terms import key_set, terms_of
from service.values import values_of

SURE = 0.5
"""Evidence (`service.scoring.Parts`) from which on the extractive engine counts as sure of its best sentence."""
TOLD = 0.5
"""Share of a sentence's content words that statements hold, from which on it need not be added to them."""
ON_TOPIC = 0.5
"""Share of the topic's words that words of the asked speaker, or what stands beside them, have to hold."""


def could_answer(question: Question, refusal: Refusal | None, text: str, cited: Sequence[Candidate]) -> bool:
    """Whether a model's verified statement overcomes why the extractive engine said nothing (`refusal`)."""
    if refusal is None:
        return True
    if asks_for_value(question) and not asked_values(question, text):
        return False
    if question.kind is Kind.WHEN and not any(has_kind(question, one) for one in cited):
        return False
    match refusal.code:
        case "negated" | "nothing-asked":
            return False
        case "speaker-silent" | "speaker-elsewhere":
            return _is_said(question, text, cited) and _share(question, text, cited) >= ON_TOPIC
        case "kind-missing":
            return asks_for_value(question) or any(has_kind(question, one) for one in cited)
        case "name-missing":
            known = key_set(text).union(*(one.keys for one in cited))
            return all(name.matches(known) for name in question.names)
        case "value-missing":
            values = [value for words in (text, *(one.text for one in cited)) for value in values_of(words)]
            return all(
                any(value.agrees(other) or other.agrees(value) for other in values)
                for value in question.values
            )
        case _:
            return True


def sure_of(choice: Choice) -> Scored | None:
    """The extractive engine's best sentence, where it is sure of it; else None."""
    best = choice.chosen[0].scored if choice.chosen and choice.refusal is None else None
    return best if best is not None and best.parts.evidence >= SURE else None


def is_told(question: Question, sentence: str, said: Sequence[str]) -> bool:
    """Whether what has been said makes `sentence` superfluous: it has the value that is asked for, and `sentence` no
    other, or half of its words."""
    if asks_for_value(question):
        wanted = asked_values(question, sentence)
        told = [value for text in said for value in values_of(text)]
        if any(value.agrees(other) or other.agrees(value) for value in wanted for other in told):
            return True
        if not wanted and any(asked_values(question, text) for text in said):
            return True
    known = key_set(" ".join(said))
    terms = terms_of(sentence)
    return sum(term.matches(known) for term in terms) >= TOLD * len(terms)


def leaves_out(question: Question, sentence: str, said: Sequence[str]) -> bool:
    """Whether the answer is a list of names in `sentence` ("by Ames and Brook") of which only a part was said."""
    if question.kind not in _NAMES_ANSWER:
        return False
    told, known = key_set(" ".join(said)), key_set(question.text)
    for listed in _LIST.finditer(sentence):
        names = [terms_of(name)[-1:] for name in _BETWEEN.split(listed.group())]
        new = [term for name in names for term in name if not term.matches(known)]
        if 0 < sum(term.matches(told) for term in new) < len(new):
            return True
    return False


_NAMES_ANSWER = frozenset({Kind.WHO, Kind.WHO_SAID, Kind.WHICH, Kind.NAME})
_NAME = r"[A-Z][\w’'.-]*(?:\s+[A-Z][\w’'.-]*)*"
_BETWEEN = re.compile(r"\s*(?:,\s+and|,|\band)\s+")
_LIST = re.compile(rf"{_NAME}(?:,\s+{_NAME})*,?\s+and\s+{_NAME}")


def _is_said(question: Question, text: str, cited: Sequence[Candidate]) -> bool:
    """Whether the statement gives words of the asked speaker as his."""
    speaker = question.speaker or ""
    opener = OPENER.search(text)
    sayers = [quotation.speaker for quotation in analyze(named(text)).quotations]
    sayers += [opener["report"] or opener["quotation"]] if opener else []
    if any(same_speaker(speaker, sayer) for sayer in sayers):
        return True
    known = key_set(text)
    names_him = any(term.matches(known) for term in terms_of(speaker))
    return not sayers and names_him and any(spoken_by(speaker, one) for one in cited)


def _share(question: Question, text: str, cited: Sequence[Candidate]) -> float:
    """Of the topic's words, the share that the statement holds, what it cites, or what a reader has just read there."""
    if not question.topic:
        return 1.0
    known = key_set(text).union(*(one.keys | one.surroundings for one in cited))
    return sum(term.matches(known) for term in question.topic) / len(question.topic)

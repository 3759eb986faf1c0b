"""What makes a further statement belong beside the first: that it is about what the first is about, and answers too.

A sentence may be true, cited, and near the question in words, and still be beside the point: it is about the dinner and
not the dessert, it has the asked speaker and not what he was asked about, it tells of another deed. The first statement
shows which of the question's words matter, for it holds them. Pure functions over words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.candidates import Candidate
from service.deeds import deed
from service.questions import Question
from service.scoring import Weigh
from service.terms import Term, key_set, stem, terms_of

LEAST_FOCUS, LEAST_FOCUS_SPOKEN = 0.7, 0.6
"""Share, by weight, of the question's words in the first statement that a further one has to hold itself. Words of the
very speaker who was asked about need less, as in `service.abstention`."""
NEXT_SENTENCES = 1
"""How far behind a statement a sentence may stand that goes on from it across a paragraph's end."""
HEARER_WORDS = 5
"""Words after a verb of telling among which the hearer stands: "told a packed town hall"."""


def belongs(question: Question, first: Candidate, further: Candidate, weigh: Weigh) -> bool:
    """Whether `further` may be said beside `first`, the statement that answers best.

    It has to hold what `first` holds of the question: most of its words by weight, and the very word for what was done
    and for what is counted. Words that only describe the speaker ("the head of the trust, said") do not count. A
    sentence in which the asked speaker goes on, and one that points back at the first, need not repeat
    anything. Where words to somebody are asked for ("tell the crowd"), it has to come from an article in which they are
    said to him, if the first does."""
    hearer = _hearer(question)
    if hearer is not None and _is_told(hearer, first) and not _is_told(hearer, further):
        return False
    if goes_on(question, first, further):
        return True
    focus = [term for term in question.topic if term.matches(first.keys)]
    held = said_keys(further) if question.speaker is not None else further.keys
    needed = [term for term in (deed(question), _counted(question)) if term in focus]
    if any(term is not None and not term.matches(held) for term in needed):
        return False
    least = LEAST_FOCUS if question.speaker is None else LEAST_FOCUS_SPOKEN
    return any(_share(part, held, weigh) >= least for part in _parts(question, focus))


def goes_on(question: Question, first: Candidate, further: Candidate) -> bool:
    """Whether `further` stands right behind `first` and is told as its continuation: the asked speaker's next words in
    the paragraph, or a next sentence that names nobody anew and points back ("Asked about it, he …")."""
    if first.article.article_id != further.article.article_id or further.first <= first.last:
        return False
    sentences = first.reading.analysis.sentences
    same_paragraph = sentences[first.last].paragraph == sentences[further.first].paragraph
    if same_paragraph and (question.speaker is not None or _same_speaker(first, further)):
        return True
    if further.first - first.last > NEXT_SENTENCES:
        return False
    anew = any(mention.kind == "name" for mention in further.mentions)
    return not anew and _POINTING.search(_UNQUOTED.sub(" ", further.text)) is not None


def said_keys(candidate: Candidate) -> frozenset[str]:
    """The keys of the candidate's words without those that only describe whoever speaks: "Ames, who had met the council
    that morning, said …" says nothing of the council."""
    described: list[str] = []
    rest, begun = "", candidate.start
    text = candidate.article.text
    for mention in candidate.mentions:
        found = _DESCRIPTION.match(text, mention.end, candidate.end)
        if mention.kind == "name" and found and mention.start >= begun and _speaks(mention.name, candidate):
            described.append(found.group())
            rest += text[begun : mention.end] + " "
            begun = found.end()
    if not described:
        return candidate.keys
    rest += text[begun : candidate.end]
    named = frozenset().union(*(key_set(mention.name) for mention in candidate.mentions))
    return candidate.keys - (key_set(" ".join(described)) - key_set(rest) - named)


def _counted(question: Question) -> Term | None:
    """What "how many" counts."""
    if not question.counted:
        return None
    return next((term for term in question.topic if term.surface == question.counted[-1].surface), None)


def _share(terms: Sequence[Term], held: frozenset[str], weigh: Weigh) -> float:
    total = sum(weigh(term) for term in terms)
    return sum(weigh(term) for term in terms if term.matches(held)) / total if total else 1.0


def _parts(question: Question, focus: Sequence[Term]) -> list[Sequence[Term]]:
    """The focus; and, where words on several things are asked for ("on tolls and parking"), what of it is on each."""
    parts: list[Sequence[Term]] = [focus]
    if question.speaker is None or len(focus) < 2:
        return parts
    for piece in _AND.split(question.text)[1:]:
        keys = key_set(piece)
        after = [term for term in focus if term.matches(keys)]
        if 0 < len(after) < len(focus):
            parts += [after, [term for term in focus if term not in after]]
    return parts


def _hearer(question: Question) -> Term | None:
    """The head of whom words were said to, in "What did Ames tell the town council?"."""
    found = _TELL_ASKED.search(question.text)
    if found is None:
        return None
    words = terms_of(found["hearer"])
    return words[-1] if words else None


def _is_told(hearer: Term, candidate: Candidate) -> bool:
    """Whether the candidate's article tells of words to the hearer, other than as something about the speaker."""
    text = _RELATIVE.sub(" ", candidate.article.text)
    own = frozenset({stem(hearer.surface.lower())})  # the word itself: a crowd is not any people
    for found in _TELLING.finditer(text):
        behind = " ".join(text[found.end() : found.end() + 80].split()[:HEARER_WORDS])
        if any(not own.isdisjoint(term.keys) for term in terms_of(behind)):
            return True
    return False


def _speaks(name: str, candidate: Candidate) -> bool:
    return any(quotation.speaker == name for quotation in candidate.quotations)


def _same_speaker(first: Candidate, further: Candidate) -> bool:
    speakers = {one.speaker for one in first.quotations if one.speaker}
    return any(one.speaker in speakers for one in further.quotations)


_POINTING = re.compile(r"\b(?:it|them|they|this|that|these|those|he|she|his|her|him|their)\b", re.IGNORECASE)
_UNQUOTED = re.compile(r"“[^”]*”?|\"[^\"]*\"?")
_AND = re.compile(r"\s(?:and|or)\s(?:on\s|about\s)?", re.IGNORECASE)
_DESCRIPTION = re.compile(
    r"(?:,\s+(?:\d{1,3},\s+)?(?:(?:then|now|a|an|the|its|their|his|her|who|whose|which)\b)|\s+of\s+(?:the\s+)?)[^,.;“”\"‘]*"
)
_RELATIVE = re.compile(r",\s+who(?:se)?\b[^,.;“”]*,")
_TELL_ASKED = re.compile(
    r"\b(?:tell|tells|told|telling|remind(?:ed)?|assured?|(?:message|speech|remarks|address|appeal|say|said)\s+to)\s+"
    r"(?P<hearer>(?:(?:the|a|an|his|her|their)\s+)?(?!about\b|that\b|what\b|on\b|how\b|to\b)[\w’'-]+(?:\s+[A-Z][\w’'-]+)*"
    r"(?:\s+(?!about\b|that\b|what\b|on\b|how\b|to\b|of\b|in\b|at\b|after\b|before\b|when\b|during\b)[\w’'-]+)?)",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"\b(?:told|tells|telling|reminded|assured|(?:said|spoke|speech|speaking|message|remarks|address|appeal)\s+to)\s+",
    re.IGNORECASE,
)

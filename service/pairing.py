"""Answers of two sentences: one that sets the subject, and the next, which says the thing.

"On the harbour he was brief. 'We will wait,' he said." News names its subject once and goes on. Neither sentence
answers a question about the harbour alone, and the second shown without the first would be put down to
anything. Together they are what the article says. Only neighbours are joined, in their order and whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from service.candidates import MAX_CHARS, Candidate
from service.labels import LABEL
from service.question_patterns import Kind
from service.questions import Question
from service.scoring import Weigh
from service.spoken import spoken_by
from service.terms import fold, key_set, terms_of

LEAST_GAIN = 0.15
"""Share of the topic, by weight, that each of the two has to add to what the other holds."""
LEAST_TOGETHER = 0.85
"""Share of the topic that both together have to hold, where nobody's words are asked for."""
MOST_ANNOUNCING_CHARS = 50
"""A sentence that quotes nobody and is no longer than this mostly announces what the next one tells."""
MOST_BACK = 3
"""Sentences between a person's name and a quotation that calls him "that man"."""
_OWN_FRAME = re.compile(
    r"^[“\"‘]?(?:asked\s+(?:about|whether|if|what|how|why)|on|as\s+for|as\s+to|regarding|turning\s+to|of)\s",
    re.IGNORECASE,
)


def with_pairs(question: Question, candidates: Sequence[Candidate], weigh: Weigh) -> list[Candidate]:
    """The candidates, and those that with the sentence before hold what neither of the two holds of the question's
    topic, or the asked speaker's words with the sentence that sets their subject. Each of these spans both sentences.

    A sentence that only leads up to the name which is asked for gives way to the two together. Sentences that carry
    labels as if Dateline had numbered them are never joined."""
    if not question.topic:
        return list(candidates)
    total = sum(weigh(term) for term in question.topic)
    found: dict[tuple[str, int, int], Candidate] = {}
    kept: list[Candidate] = []
    for candidate in candidates:
        if named := _with_name_given(question, candidate):
            kept.append(named)
            continue
        kept.append(candidate)
        if meant := _with_person_meant(question, candidate):
            found[_place(meant)] = meant
        wider = _with_sentence_before(candidate)
        if wider is None:
            continue
        before = candidate.reading.sentence_keys(wider.first)
        gained = [t for t in question.topic if t.matches(before) and not t.matches(candidate.keys)]
        if sum(weigh(term) for term in gained) < LEAST_GAIN * total:
            continue
        if question.speaker is not None:
            if _OWN_FRAME.match(candidate.text) or spoken_by(question.speaker, candidate) is None:
                continue
        else:
            added = [t for t in question.topic if t.matches(candidate.keys) and not t.matches(before)]
            matter = any(not term.is_name for term in added)
            if not matter or sum(weigh(term) for term in added) < LEAST_GAIN * total:
                continue
            held = [term for term in question.topic if term.matches(before) or term.matches(candidate.keys)]
            if sum(weigh(term) for term in held) < LEAST_TOGETHER * total:
                continue
        found[_place(wider)] = wider
    found = {place: wider for place, wider in found.items() if not LABEL.search(wider.text)}
    return list({**found, **{_place(one): one for one in kept}}.values())


def _place(candidate: Candidate) -> tuple[str, int, int]:
    return candidate.article.article_id, candidate.first, candidate.last


def with_continuation(question: Question, candidate: Candidate) -> Candidate:
    """A candidate that only announces what it tells of ("He began with a joke."), with the next sentence of its
    paragraph; any other as it is."""
    if question.kind not in _TOLD or candidate.joined or len(candidate.text) > MOST_ANNOUNCING_CHARS:
        return candidate
    if any(quotation.kind == "direct" for quotation in candidate.quotations):
        return candidate
    sentences, number = candidate.reading.analysis.sentences, candidate.last + 1
    if number >= len(sentences) or sentences[number].paragraph != sentences[candidate.last].paragraph:
        return candidate
    end = sentences[number].end
    if end - candidate.start > MAX_CHARS or candidate.article.is_boilerplate(sentences[number].start, end):
        return candidate
    return replace(candidate, end=end, last=number, joined=True)


_TOLD = frozenset({Kind.OPEN, Kind.SPEECH, Kind.WHY, Kind.YES_NO})


def _with_sentence_before(candidate: Candidate) -> Candidate | None:
    sentences = candidate.reading.analysis.sentences
    number = candidate.first - 1
    if number < 0 or sentences[number].paragraph != sentences[candidate.first].paragraph:
        return None
    start = sentences[number].start
    if candidate.end - start > MAX_CHARS or candidate.article.is_boilerplate(start, sentences[number].end):
        return None
    return replace(candidate, start=start, first=number, joined=True)


def _with_person_meant(question: Question, candidate: Candidate) -> Candidate | None:
    """The asked speaker's words on "that man", with the sentence shortly before that names him, where the question asks
    what was said about him."""
    if question.speaker is None or not question.topic or not all(term.is_name for term in question.topic):
        return None
    spoken = spoken_by(question.speaker, candidate)
    if spoken is None or not _POINTED.search(candidate.article.text[spoken.start : spoken.end]):
        return None
    reading = candidate.reading
    named = [
        mention
        for mention in reading.analysis.mentions
        if mention.kind == "name"
        and mention.end <= candidate.start
        and fold(mention.name) != fold(spoken.speaker or "")
    ]
    if not named or not all(term.matches(key_set(named[-1].name)) for term in question.topic):
        return None
    first = bisect_right(reading.sentence_starts, named[-1].start) - 1
    start = reading.sentence_starts[first]
    if candidate.first - first > MOST_BACK or candidate.end - start > MAX_CHARS:
        return None
    return replace(candidate, start=start, first=first, joined=True)


_POINTED = re.compile(
    r"\b(?:that|this|the)\s+(?:man|woman|fellow|guy|lad|boy|girl)\b|\b(?:he|she|him|his|her)\b", re.IGNORECASE
)


def _with_name_given(question: Question, candidate: Candidate) -> Candidate | None:
    """A sentence that tells of "a senior diplomat", with the next, which names somebody, where the question asks which
    diplomat that was."""
    if question.kind not in (Kind.WHO, Kind.WHICH) or not _WHICH.match(question.text):
        return None
    noun = next((term for term in question.topic if not term.is_name), None)
    if noun is None:
        return None
    text = candidate.text
    places = [term for term in terms_of(text) if term.matches(noun.keys)]
    if not any(_INDEFINITE.search(text[max(0, place.start - 40) : place.start]) for place in places):
        return None
    sentences, number = candidate.reading.analysis.sentences, candidate.last + 1
    if number >= len(sentences) or sentences[number].end - candidate.start > MAX_CHARS:
        return None
    known = {fold(mention.name) for mention in candidate.mentions}
    start, end = sentences[number].start, sentences[number].end
    fresh = any(
        mention.kind == "name" and start <= mention.start < end and fold(mention.name) not in known
        for mention in candidate.reading.analysis.mentions
    )
    if not fresh or candidate.article.is_boilerplate(start, end):
        return None
    return replace(candidate, end=end, last=number, joined=True)


_WHICH = re.compile(r"^(?:and\s+)?(?:which|what)\b", re.IGNORECASE)
_INDEFINITE = re.compile(r"\b(?:an?|one)\s+(?:[\w’'-]+\s+){0,3}$", re.IGNORECASE)

"""Whether it is safe to say whom "he" or "the mayor" means.

An article's reading has a person for most pronouns, and in reports with many names (matches, trials) it is the wrong
one often enough to matter: a wrong name in brackets is a false statement, a bare "he" is only less handy. So a name is
put in brackets where nothing speaks against it: the pronoun agrees with the given name, the name looks like one, and
nobody else could be meant, going by whom the sentences before are about. Pure functions over words.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from ingest.articles import Mention
from ingest.given_names import ALSO_SURNAMES, EITHER, FEMALE, MALE
from service.candidates import Candidate
from service.equivalents import COUNTRY_KEYS, FUNCTION_WORDS
from service.question_patterns import TITLES
from service.reading import Reading
from service.terms import fold, keys_of, terms_of

MOST_BACK = 20
"""Sentences before the one with the pronoun that are looked at for whom they are about, while they name nobody."""
BESIDE_CHARS = 60
"""How far from a name the role may stand that makes "the mayor" that person."""
_PRONOUNS = {"he": MALE, "him": MALE, "his": MALE, "she": FEMALE, "her": FEMALE, "hers": FEMALE}
_ALONE = re.compile(r"(?<![\w’'-])(?P<word>(?:[A-Z][a-z][\w-]*\s)?[A-Z][a-z][\w-]*)(?:[’']s)?(?=\s[a-z(])")
_INTRODUCED = re.compile(r"(?P<word>[A-Z][a-z]+\s[A-Z][a-z]+),\s(?:the|a|an|who|then|now|\d\d)\b")
_BEFORE_VERB = re.compile(r"\s(?!and\b|or\b|of\b|in\b|at\b|on\b|to\b|for\b|with\b|from\b|by\b|who\b)[a-z]")
_PART_OF_NAME = re.compile(r"(?:[A-Z][\w’'-]*|\b[Tt]he)\s$")
_CALENDAR = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$|(?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December|Christmas|Easter)$"
)


def is_certain(candidate: Candidate, mention: Mention) -> bool:
    """Whether the name that the article's reading gives for a pronoun or a title may be shown for it."""
    if not mention.name[:1].isupper():
        return True  # somebody who is only described, as "he" is the official who spoke just before
    if not is_possible(candidate, mention):
        return False
    word = fold(candidate.article.text[mention.start : mention.end])
    if word not in _PRONOUNS:
        return _is_office(candidate, mention) and _has_role(candidate, mention)
    if _others_before(candidate, mention):
        return False
    speaking = _speaks_on(candidate, mention)
    return _is_subject_before(candidate, mention, word) if speaking is None else speaking


def is_possible(candidate: Candidate, mention: Mention) -> bool:
    """Whether the name is one, and the pronoun agrees with it."""
    if not mention.name[:1].isupper():
        return True
    word = fold(candidate.article.text[mention.start : mention.end])
    agrees = word not in _PRONOUNS or _agrees(word, mention.name, candidate.reading)
    return agrees and is_name(mention.name, candidate.reading)


def is_name(name: str, reading: Reading) -> bool:
    """Whether a full name can be one: "Did Ames" begins with a word that the article writes in lower case, too, "Glad
    Susan" has the given name where no surname is."""
    words = name.split()
    first = fold(words[0])
    if len(words) < 2:
        return True
    if any(
        len(word) > 1 and word.isupper() and fold(word).strip(".") not in ("ii", "iii", "iv")
        for word in words[-1:]
    ):
        return False
    if _is_given(first):
        return True
    if len(words) == 2 and _is_given(fold(words[1])) and fold(words[1]) not in ALSO_SURNAMES:
        return False
    return re.search(rf"(?<![\w’'-]){re.escape(words[0].lower())}(?![\w-])", reading.article.text) is None


def _is_given(word: str) -> bool:
    return word in MALE or word in FEMALE or word in EITHER


def _may_be(pronoun: str, name: str) -> bool:
    """Whether a person of that name could be meant: the given name does not usually go with the other pronoun."""
    return fold(name.split()[0]) not in (FEMALE if _PRONOUNS[pronoun] is MALE else MALE)


def _agrees(pronoun: str, name: str, reading: Reading) -> bool:
    """Whether nothing stands against the pronoun: neither the given name nor the article's own pronouns for that
    person, where most of them are the other."""
    mine = _PRONOUNS[pronoun]
    if not _may_be(pronoun, name) or fold(name.split()[0]) in mine:
        return _may_be(pronoun, name)
    text = reading.article.text
    words = [
        fold(text[one.start : one.end])
        for one in reading.analysis.mentions
        if one.kind == "pronoun" and one.name == name
    ]
    used = [_PRONOUNS[word] for word in words if word in _PRONOUNS]
    return 2 * sum(gender is mine for gender in used) >= len(used)


def _has_role(candidate: Candidate, mention: Mention) -> bool:
    """Whether the article somewhere puts the words of the title beside that person's name ("the mayor", "Mayor Ola
    Berg")."""
    text = candidate.article.text
    keys = keys_of(text[mention.start : mention.end].split()[-1])
    for other in candidate.reading.analysis.mentions:
        if other.kind != "name" or other.name != mention.name:
            continue
        before = re.split(r"[.;:\n“”]\s", text[max(0, other.start - BESIDE_CHARS) : other.start])[-1]
        after = re.split(r"[.;:\n“”]\s", text[other.end : other.end + BESIDE_CHARS])[0]
        own = text[other.start : other.end]
        if any(not keys.isdisjoint(term.keys) for term in terms_of(f"{before} {own} {after}")):
            return True
    return False


def _is_office(candidate: Candidate, mention: Mention) -> bool:
    """Whether the title is an office, of which there are few, and not said of somebody just named ("Ola Berg, the
    mayor"): of strikers and founders an article may name several."""
    text = candidate.article.text
    apposed = text[max(0, mention.start - 2) : mention.start] == ", " and mention.start - 2 > candidate.start
    return not apposed and fold(text[mention.start : mention.end].split()[-1]) in TITLES


def _others_before(candidate: Candidate, mention: Mention) -> bool:
    """Whether somebody else who could be meant is named before the pronoun in its sentence, other than by whoever
    speaks."""
    analysis = candidate.reading.analysis
    sentence = analysis.sentences[_sentence_at(candidate.reading, mention.start)]
    mine = next((one for one in analysis.quotations if one.speaker_start == mention.start), None)
    spoken = (mine.start, mine.end) if mine is not None else (mention.start, mention.start)
    return _others_named(candidate, mention, sentence.start, min(spoken[0], mention.start)) or _others_named(
        candidate, mention, spoken[1], mention.start
    )


def _speaks_on(candidate: Candidate, mention: Mention) -> bool | None:
    """Whether the pronoun is that of a speaker who was named as the one speaking just before, with nobody else speaking
    or named since; None where it is no speaker's, or nobody has been speaking."""
    analysis = candidate.reading.analysis
    mine = next((one for one in analysis.quotations if one.speaker_start == mention.start), None)
    if mine is None:
        return None
    number = _sentence_at(candidate.reading, mention.start)
    sentences = analysis.sentences
    first = max(0, number - MOST_BACK)
    before = [
        one
        for one in analysis.quotations
        if one.speaker is not None and sentences[first].start <= one.start < sentences[number].start
    ]
    for one in sorted(before, key=lambda one: -one.start):
        if one.speaker != mention.name:
            if _is_named_since(candidate, mention, one.end):
                return None
            name = one.speaker or ""
            described = not name.split()[-1:] or not name.split()[-1][:1].isupper()
            if not described and _may_be(fold(candidate.article.text[mention.start : mention.end]), name):
                return False
            continue
        words = candidate.article.text[one.speaker_start or 0 : one.speaker_end or 0]
        if fold(words) not in _PRONOUNS:
            return not _others_named(candidate, mention, one.end, sentences[number].start)
    return None


def _is_named_since(candidate: Candidate, mention: Mention, start: int) -> bool:
    return any(
        one.kind == "name" and one.name == mention.name and start <= one.start < mention.start
        for one in candidate.reading.analysis.mentions
    )


def _others_named(candidate: Candidate, mention: Mention, start: int, end: int) -> bool:
    """Whether anybody else who could be meant is named between two places."""
    word = fold(candidate.article.text[mention.start : mention.end])
    others = [one for one in candidate.reading.analysis.mentions if start <= one.start < end]
    if any(one.kind == "name" and one.name != mention.name and _may_be(word, one.name) for one in others):
        return True
    people = {place for one in others for place in range(one.start, one.end)}
    return any(
        found.start() not in people for found in _INTRODUCED.finditer(candidate.article.text, start, end)
    )


def _is_subject_before(candidate: Candidate, mention: Mention, pronoun: str) -> bool:
    """Whether the nearest sentence before that names anybody names that person first, and nobody else who could be
    meant stands between there and the pronoun."""
    reading = candidate.reading
    number = _sentence_at(reading, mention.start)
    for back in range(number - 1, max(-1, number - 1 - MOST_BACK), -1):
        named = _first_named(reading, back, pronoun)
        if named is None:
            continue
        return _surname(named) == _surname(mention.name)
    return False


def _first_named(reading: Reading, number: int, pronoun: str) -> str | None:
    """Whom a sentence names first, of those that the pronoun could mean: a person, or a capital of a name that the
    reading does not know. None where it names nobody, or only by pronoun."""
    sentence, text = reading.analysis.sentences[number], reading.article.text
    mentions = [
        one for one in reading.analysis.mentions if sentence.start <= one.start and one.end <= sentence.end
    ]
    people = {start for one in mentions for start in range(one.start, one.end)}
    if any(one.kind == "pronoun" and fold(text[one.start : one.end]) == pronoun for one in mentions[:1]):
        return None
    named = [one for one in mentions if one.kind != "pronoun" and _may_be(pronoun, one.name)]
    subject = next((one for one in named if _BEFORE_VERB.match(text, one.end)), next(iter(named), None))
    if subject is None:
        return _unknown_name(reading, sentence.start, sentence.end, people) if not mentions else None
    return _unknown_name(reading, sentence.start, subject.start, people) or subject.name


def _unknown_name(reading: Reading, start: int, end: int, people: set[int]) -> str | None:
    """The first capital between two places that may be a person the reading does not know: a single word in front of
    a verb, which the article writes with a capital inside a sentence, too."""
    text = reading.article.text
    for found in sorted(
        (*_ALONE.finditer(text, start, end), *_INTRODUCED.finditer(text, start, end)),
        key=lambda one: one.start(),
    ):
        words = found["word"].split()
        if fold(words[0]) in FUNCTION_WORDS or _CALENDAR.match(words[0]) or words[0].endswith("ing"):
            words = words[1:]
        if words and not keys_of(words[-1]).isdisjoint(COUNTRY_KEYS):
            continue
        part = _PART_OF_NAME.search(text, max(0, found.start() - 30), found.start()) is not None
        if not words or part or found.start() in people or _CALENDAR.match(words[-1]):
            continue
        two = len(words) > 1 and found.start() == _opening(text, start)
        if two or re.search(rf"[a-z,]\s{re.escape(' '.join(words))}\b", text) is not None:
            return " ".join(words)
    return None


def _opening(text: str, start: int) -> int:
    """Where the sentence's first capital stands, behind marks and a time of day."""
    found = re.compile(r"[A-Z]").search(text, start)
    return found.start() if found else start


def _sentence_at(reading: Reading, place: int) -> int:
    return max(0, bisect_right(reading.sentence_starts, place) - 1)


def _surname(name: str) -> str:
    words = [word for word in name.split() if fold(word).strip(".") not in ("jr", "sr", "ii", "iii")]
    return fold(words[-1]) if words else fold(name)

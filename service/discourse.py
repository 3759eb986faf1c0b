"""What a conversation has spoken of: the persons, places, groups and things that "he", "there" or "it" may mean.

Questions are cut into noun phrases by a few rules of English word order; answers, which may come from anybody, give
names only. Nothing here reads an article.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ingest.given_names import EITHER, FEMALE, MALE, NOT_A_PERSON
from ingest.people import Person, cast_of
from ingest.speech_words import PERSON_NOUNS
from ingest.titles import FEMALE_TITLES, MALE_TITLES, NATIONS, OFFICES
from service.equivalents import COUNTRY_KEYS, EXTRA_KEYS
from service.follow_up_patterns import GROUP_NOUNS, PLACE_PREPOSITIONS, PLACES, TIME_NOUNS
from service.noun_phrases import Kind, Mention, phrases
from service.question_patterns import DESCRIBED, SAY
from service.questions import Question, understand
from service.terms import fold
from service.values import values_of

IsPerson = Callable[[str], bool]

_BRACKETED = re.compile(r"\[([^\]\d][^\]]*?):?\]")
_MARKERS = re.compile(r"\s*\[\d+\]")
_ABOUT = ("about", "on", "regarding", "concerning")
_THEN_SAYS = re.compile(rf"\s+(?:{SAY})\b", re.IGNORECASE)
_DATELINE = re.compile(r"\b[A-Z]{3,}(?: [A-Z]{3,})*(?:, [A-Z]\w+\.? \d{1,2})?(?: \([^)]{1,60}\))? — ")
_ABSTAINED = "The articles do not answer this."


@dataclass(slots=True)
class Company:
    """The persons that the messages of one conversation name, by folded full name and surname."""

    is_person: IsPerson | None = None
    _persons: dict[str, Person] = field(default_factory=dict)

    def meet(self, text: str) -> list[Person]:
        """Read a message; the persons that it names, in order."""
        met: list[Person] = []
        for use in cast_of(" ".join(text.split())).names:
            met.append(use.person)
            self._persons[fold(use.person.name)] = use.person
            self._persons[fold(use.person.name.split()[-1])] = use.person
        return met

    def find(self, words: str) -> Person | None:
        """The person known by these words."""
        return self._persons.get(fold(words))

    def kind_of(self, words: str, *, speaks: bool = False) -> Kind:
        """What a name most likely names."""
        tokens = [fold(word).rstrip(".,") for word in words.split()]
        known = self.find(words)
        if known is not None or (self.is_person is not None and self.is_person(words)):
            return "person"
        if is_place(words):
            return "place"
        if all(value.isdigit() for value in tokens):
            return "time"
        if tokens[-1] in NOT_A_PERSON or (words.replace(".", "").isupper() and len(words) > 1):
            return "group"
        if tokens[0] in OFFICES or (len(tokens) > 1 and tokens[0] in MALE | FEMALE | EITHER):
            return "person"
        return "person" if speaks else "name"

    def gender_of(self, words: str) -> str | None:
        """ "m", "f", or None where the words and what was said before do not tell."""
        known = self.find(words)
        if known is not None and known.gender is not None:
            return known.gender
        for token in (fold(word).rstrip(".") for word in words.split()):
            if token in MALE_TITLES or (token in MALE and len(words.split()) > 1):
                return "m"
            if token in FEMALE_TITLES or (token in FEMALE and len(words.split()) > 1):
                return "f"
        return None


def is_place(words: str) -> bool:
    """Whether the words name a country, its people or capital, or another place that is often asked about."""
    folded = fold(words.removeprefix("the ").strip())
    return (
        folded.rstrip(".") in NATIONS
        or folded in PLACES
        or bool(COUNTRY_KEYS.intersection(EXTRA_KEYS.get(folded, ())))
    )


def mentions_in_answer(text: str, company: Company) -> list[Mention]:
    """The names of an assistant's message: persons, then other names. An abstention names nobody."""
    if text.startswith(_ABSTAINED):
        return []
    plainly = _BRACKETED.sub(r"(\1)", _DATELINE.sub("", _MARKERS.sub("", text)))
    persons = company.meet(plainly)
    found = {
        person.name: Mention(person.name, "person", gender=person.gender, is_name=True) for person in persons
    }
    known = {fold(word) for name in found for word in name.split()}
    for match in re.finditer(r"(?<=[\w,] )[A-Z][\w&’'-]*(?: (?:of |the )*[A-Z][\w&’'-]*)*", plainly):
        words = re.sub(r"['’]s$", "", match.group())
        if not known.intersection(fold(word) for word in words.split()):
            found.setdefault(words, Mention(words, company.kind_of(words), is_name=True))
    return list(found.values())


def mentions_in_question(question: Question, company: Company) -> list[Mention]:
    """The noun phrases of a question, in order; its speaker is a person or what else can speak."""
    company.meet(question.text)
    return [_classified(phrase, question, company) for phrase in phrases(question.text)]


def topic_phrase(question: Question, mentions: Sequence[Mention]) -> str | None:
    """What a question is about, in its own words: what was said of, for a question after somebody's words; else its
    subject or last thing."""
    if question.speaker is not None or question.kind == "who_said":
        begin = question.text.find(question.speaker) + len(question.speaker) if question.speaker else 0
        held = [m for m in mentions if m.start >= max(begin, 0) and not m.is_asked]
        if len(held) > 1 and question.text[held[0].end : held[1].start].strip().startswith(_ABOUT):
            held = held[1:]  # "told Biden about steel"
        if held:
            return question.text[held[0].start : held[-1].end]
        return None
    best = main_thing(mentions)
    return best.words if best else None


def main_thing(mentions: Iterable[Mention], *, plural: bool | None = None) -> Mention | None:
    """What "it" (`plural` False) or "they" means, of the phrases of one question: a name or a "the …" before others,
    the subject before the last."""
    things = [
        m
        for m in mentions
        if m.kind not in ("time",) and not m.is_asked and (plural is None or m.is_plural is plural)
    ]
    ranked = sorted(
        enumerate(things),
        key=lambda item: (
            item[1].kind not in ("person", "place"),
            item[1].is_name or item[1].words.lower().startswith("the "),
            item[1].is_subject,
            item[0],
        ),
    )
    return ranked[-1][1] if ranked else None


def _classified(phrase: Mention, question: Question, company: Company) -> Mention:
    words = re.sub(r"['’]s?$", "", re.sub(r"(?<=\w) (?:story|article|news|coverage)$", "", phrase.words))
    bare = words.removeprefix("the ").removeprefix("The ")
    speaks = question.speaker is not None and fold(question.speaker) in (fold(words), fold(bare))
    speaks = speaks or (phrase.is_subject and _THEN_SAYS.match(question.text, phrase.end) is not None)
    last = fold(bare.partition(" of ")[0].split()[-1])
    singular = last.removesuffix("s")
    role = {last, singular} & (PERSON_NOUNS | OFFICES.keys() | DESCRIBED)
    kind: Kind
    if last in TIME_NOUNS or any(value.kind in ("date", "year", "weekday") for value in values_of(words)):
        kind = "time"
    elif phrase.is_name:
        kind = company.kind_of(bare, speaks=speaks)
    else:
        kind = "group" if {last, singular} & GROUP_NOUNS else "person" if role or speaks else "thing"
    is_plural = (
        not phrase.is_name and last.endswith("s") and not last.endswith(("ss", "us", "is"))
    ) or last in ("people", "police")
    known = company.find(bare)
    if kind == "person" and known is not None and len(known.name.split()) < len(bare.split()):
        known = None
    gender = company.gender_of(bare) if kind == "person" else None
    return replace(phrase, words=words, kind=kind, gender=gender, is_plural=is_plural,
                   end=phrase.start + len(words), is_subject=phrase.is_subject or speaks)  # fmt: skip


def stands_in_place(mention: Mention) -> bool:
    """Whether the phrase says where: a place, or a name after "in" or "at"."""
    return mention.kind == "place" or (
        mention.is_name and mention.after in PLACE_PREPOSITIONS and mention.kind != "time"
    )


def question_of(text: str) -> Question:
    """The question as `understand` reads it, without outlets: a follow-up is put right before they are known."""
    return understand(text)

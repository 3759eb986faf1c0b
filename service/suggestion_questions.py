"""Questions that articles could answer, made from what is known of them: who speaks about what, who people are, what
goes on. Whether they do answer them is found out by asking (`service.suggesting`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from ingest.articles import Quotation
from ingest.records import StoredArticle
from service.answers import Answer
from service.equivalents import COUNTRY_KEYS
from service.speakers import same_speaker
from service.suggestion_subjects import Subject, subjects
from service.terms import fold, key_set, keys_of, stem

Form = Literal["said", "spoke", "who", "happening"]

MOST_AN_ARTICLE = 6
MOST_SUBJECTS = 12
"""Of an article; what it mentions less often it is not about."""
MAX_QUESTION_CHARS = 100
LEAST_QUOTED_WORDS = 4
SPOKE_WEIGHT = 0.4
LEAST_TO_ASK_AT_LARGE = 2
"""Quotations of somebody of whom one asks "What did Ida Holm say?", without a subject."""
WHO_WEIGHT = 0.4
"""Little: nobody begins with a name that is new to them. After an answer that has it, it is the next thing to ask."""

_NAME = r"[A-Z][^\W\d_]+(?:[-'’][^\W\d_]+)*"
_FULL_NAME = re.compile(rf"{_NAME}(?: (?:[A-Z]\.|{_NAME}|Jr\.|d[aeiu]|v[ao]n|al|bin)){{1,3}}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, the article it was made from, and what it is about. `weight` orders those of one article."""

    question: str
    form: Form
    article_id: str
    person: str | None
    subject: str | None
    weight: float

    @property
    def about(self) -> frozenset[str]:
        """The keys of its subject, or of its person where it has none."""
        return key_set(self.subject or self.person or "")


def candidates(stored: StoredArticle, spread: Mapping[str, int] = MappingProxyType({})) -> list[Candidate]:
    """The questions of one article, best first, each person and subject at most twice.

    `spread` says how many articles have a subject or let a person speak: those are asked about sooner.
    """
    people = frozenset(mention.name for mention in stored.analysis.mentions)
    known = subjects(stored.article, stored.analysis.sentences, people)[:MOST_SUBJECTS]
    weights = {subject.words: _weight(stored, subject, spread.get(subject.words, 1)) for subject in known}
    found = [
        *_said(stored, known, weights, people),
        *_who(stored, people),
        *_happening(stored, known, weights),
    ]
    found = [
        replace(one, weight=one.weight + 0.2 * min(spread.get(one.person or "", 1) - 1, 3)) for one in found
    ]
    found.sort(key=lambda one: -one.weight)
    chosen: list[Candidate] = []
    uses: Counter[str] = Counter()
    for one in found:
        names = [name for name in (one.person, one.subject) if name]
        if len(one.question) <= MAX_QUESTION_CHARS and all(uses[name] < 2 for name in names):
            uses.update(names)
            chosen.append(one)
    return chosen[:MOST_AN_ARTICLE]


def spread_of(articles: Iterable[StoredArticle]) -> Counter[str]:
    """In how many of these articles each subject occurs, and each speaker speaks."""
    found: Counter[str] = Counter()
    for stored in articles:
        people = frozenset(mention.name for mention in stored.analysis.mentions)
        found.update({one.words for one in subjects(stored.article, stored.analysis.sentences, people)})
        found.update({one.speaker for one in stored.analysis.quotations if one.speaker})
    return found


def holds(candidate: Candidate, answer: Answer) -> bool:
    """Whether an answer is one to this question that a reader will find to the point, and not just any."""
    if answer.status != "answered":
        return False
    if candidate.form in ("said", "spoke"):
        return all(
            citation.speaker is not None and same_speaker(candidate.person or "", citation.speaker)
            for citation in answer.citations[:1]
        )
    said = answer.statements[0].text
    if candidate.form == "who":
        surname = re.escape((candidate.person or "").split()[-1])
        return (
            re.search(rf"{surname}, (?:an? |the |who |whose |chief|head|director|deputy)", said) is not None
        )
    return key_set(candidate.subject or "") <= key_set(said)


def _said(
    stored: StoredArticle, known: Sequence[Subject], weights: Mapping[str, float], people: frozenset[str]
) -> Iterable[Candidate]:
    """ "What did Joe Biden say about Japan?": a person with a full name, and a subject inside the quoted words."""
    quotations = [one for one in stored.analysis.quotations if _is_usable(stored, one, people)]
    often = Counter(one.speaker for one in quotations)
    for quotation in quotations:
        for subject in known:
            if any(quotation.start <= at < quotation.end for at in subject.at):
                yield Candidate(
                    f"What did {quotation.speaker} say about {subject.words}?",
                    "said",
                    stored.article.article_id,
                    quotation.speaker,
                    subject.words,
                    weights[subject.words] + 0.2 * min(often[quotation.speaker], 3),
                )
    for speaker, times in often.items():
        if speaker is not None and times >= LEAST_TO_ASK_AT_LARGE:
            question, weight = f"What did {speaker} say?", SPOKE_WEIGHT + 0.1 * min(times, 4)
            yield Candidate(question, "spoke", stored.article.article_id, speaker, None, weight)


def _is_usable(stored: StoredArticle, quotation: Quotation, people: frozenset[str]) -> bool:
    speaker = quotation.speaker
    if speaker is None or speaker not in people or not _FULL_NAME.fullmatch(speaker):
        return False
    words = stored.article.text[quotation.start : quotation.end]
    return len(words.split()) >= LEAST_QUOTED_WORDS


def _who(stored: StoredArticle, people: frozenset[str]) -> Iterable[Candidate]:
    """ "Who is Priya Nandakumar?": somebody whom the article introduces in passing, and lets speak."""
    speakers = Counter(one.speaker for one in stored.analysis.quotations if one.speaker)
    for name in sorted(people):
        introduced = re.search(rf"{re.escape(name)}, (?:an? |the |who )", stored.article.text)
        if _FULL_NAME.fullmatch(name) and introduced and speakers[name]:
            weight = WHO_WEIGHT + 0.1 * min(speakers[name], 3)
            yield Candidate(f"Who is {name}?", "who", stored.article.article_id, name, None, weight)


def _happening(
    stored: StoredArticle, known: Sequence[Subject], weights: Mapping[str, float]
) -> Iterable[Candidate]:
    """ "What is happening with the flood barrier?": a thing in the article's title, which is no country."""
    title = key_set(stored.article.title or "")
    for subject in known:
        keys = key_set(subject.words.removeprefix("the "))
        if (
            keys
            and keys <= title
            and keys_of(subject.words).isdisjoint(COUNTRY_KEYS)
            and not keys & COUNTRY_KEYS
        ):
            yield Candidate(
                f"What is happening with {subject.words}?",
                "happening",
                stored.article.article_id,
                None,
                subject.words,
                weights[subject.words],
            )


def _weight(stored: StoredArticle, subject: Subject, spread: int) -> float:
    """Subjects that the title has, that come again here and elsewhere, and that say more than a country's name."""
    keys = key_set(subject.words)
    in_title = bool(keys) and keys <= key_set(stored.article.title or "")
    country = bool(keys & COUNTRY_KEYS)
    capital = country and " " not in subject.words and stem(fold(subject.words)) not in COUNTRY_KEYS
    again = 0.15 * min(len(subject.at) - 1, 4) + 0.2 * min(spread - 1, 4)
    return 0.8 + 0.8 * in_title + again - 0.3 * country - 0.6 * capital

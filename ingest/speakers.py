"""One pass over an article in reading order: who is mentioned, and who each verb of saying belongs to.

Names set the stage; titles and pronouns are resolved against it; each report of `ingest.reported_speech` gets its
speaker, a person's fullest name or a description in the article's words ("senior administration official").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from ingest.articles import Mention, Sentence
from ingest.descriptions import REACH_CHARS, described, introduced, plural_before
from ingest.given_names import NOT_A_PERSON
from ingest.people import NameUse, Person, TitleUse, cast_of
from ingest.quotation_speakers import Attribution
from ingest.quotations import BLANK, Quoted, without_quotations
from ingest.referents import Stage
from ingest.reported_speech import Report, reports, sentence_subject
from ingest.speech_words import (
    BOUNDARIES,
    DETERMINERS,
    PERSON_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    TRIGGERS,
)
from ingest.titles import NATIONS

_WORDS = re.compile(r"[A-Za-z]+")
_OPENING_PRONOUN = re.compile(
    r"(?:(?:And|But|So|Then|Yet|Still|However,|Later,|Now,|Instead,|Meanwhile,|Nevertheless,) )?([Hh]e|[Ss]he)(?![\w-])"
)
_CLAUSE_BEGINS = re.compile(r"(?:^|[,—–:] |[—–]|\b(?:And|But|Yet|So|Then|The|U\.S\.|When|As|After|Before) )$")
_VERB_FOLLOWS = re.compile(
    r"(?:, [^,\0]{3,90},| \([^)]{1,30}\))? (?:also |later |then |once |now |still |\w+ly )?"
    r"(?:is|was|has|had|will|would|met|took|gave|came|went|saw|got|led|left|won|lost|kept|told|said|made|spoke|\w+ed|"
    r"[a-z]+[^s\W]s)\b"
)
_STRANGER = re.compile(
    r"([A-Z][a-z][\w’-]*)(?: [A-Z][\w’-]+)? (?:is|was|has|had|will|would|did|[a-z]+(?:ed|s)|took|got)\b"
)
_CLAUSE_PRONOUN = re.compile(r"(?:[,;—–] |\b(?:but|and|as|while|because) )(he|she) (?=[a-z])")
_PRONOUN_REACH_PARAGRAPHS = 3
_IT_REACH_CHARS = 250  # "it" means an institution that spoke in the sentence before, if any


class Reading:
    """One pass over an article in reading order, collecting mentions and attributions."""

    def __init__(
        self,
        flat: str,
        found: Sequence[Sentence],
        paragraph_starts: Sequence[int],
        marked: Sequence[bool],
        quotes: Sequence[Quoted],
    ) -> None:
        self.prose = without_quotations(flat, quotes)
        self.attributions: dict[int, list[Attribution]] = {}
        self.mentions: list[Mention] = []
        self._sentences = found
        self._paragraph_starts = paragraph_starts
        self._marked = marked
        self._stage = Stage()
        self._person_ending: dict[int, Person] = {}
        self._name_starting: dict[int, str] = {}
        self._group: str | None = None
        self._group_at = -1
        self._described: dict[str, str] = {}
        self._voice: tuple[str, int] | None = None  # the last speaker without a name, and where
        cast = cast_of(flat)
        self._uses: list[NameUse | TitleUse] = sorted([*cast.names, *cast.titles], key=lambda use: use.start)
        self._use_starts = [use.start for use in self._uses]

    def name_starting(self, offset: int) -> str | None:
        """The full name of the person whose name (or title and name) starts at `offset`."""
        return self._name_starting.get(offset)

    def read(self) -> None:
        """Reads every sentence in order."""
        stranger = -1  # the paragraph whose last sentence is about a name that may be an unknown person's
        for index, sentence in enumerate(self._sentences):
            since = self._paragraph_starts[max(0, sentence.paragraph - _PRONOUN_REACH_PARAGRAPHS)]
            subject = None if stranger == sentence.paragraph else self._opening_pronoun(sentence, since)
            stranger = -1
            named = self._mentions_in(sentence)
            if self._marked[sentence.paragraph]:
                continue
            spoken = None
            if not TRIGGERS.isdisjoint(_WORDS.findall(self.prose, sentence.start, sentence.end)):
                spoken = self._attributions_in(index, sentence, since, subject, named)
            if spoken is None:
                spoken = subject or self._opening_person(sentence)
            if spoken is not None:
                self._stage.speak(spoken, sentence.start)
            elif (match := _STRANGER.match(self.prose, sentence.start, sentence.end)) is not None:
                word = match[1].lower()
                if not any(
                    word in known for known in (NATIONS, NOT_A_PERSON, BOUNDARIES, DETERMINERS, PREPOSITIONS)
                ):
                    stranger = sentence.paragraph

    def _opening_pronoun(self, sentence: Sentence, since: int) -> Person | None:
        """Resolves "He" or "She" at the start of a sentence, if the sentence starts with one."""
        match = _OPENING_PRONOUN.match(self.prose, sentence.start, sentence.end)
        if match is None:
            return None
        return self._pronoun(match.start(1), match.end(1), since)

    def _pronoun(self, start: int, end: int, since: int) -> Person | None:
        person = self._stage.pronoun(PRONOUNS[self.prose[start:end].lower()], since)
        if person is not None and self._person_ending.get(end) is None:
            self._person_ending[end] = person
            self.mentions.append(Mention(start, end, person.name, "pronoun"))
        return person

    def _mentions_in(self, sentence: Sentence) -> list[Person]:
        """Records names, and titles as far as they can be resolved; returns the persons named, in order."""
        named: list[Person] = []
        first = bisect_left(self._use_starts, sentence.start)
        last = bisect_left(self._use_starts, sentence.end)
        for number, use in enumerate(self._uses[first:last], start=first):
            outside = self.prose[use.start] != BLANK
            person: Person | None
            if isinstance(use, NameUse):
                person = use.person
                self.mentions.append(Mention(use.start, use.end, person.name, "name"))
                self._name_starting[use.start] = self._name_starting[use.phrase_start] = person.name
            else:
                person = self._apposed(use, number) if outside else None
                if person is None and outside:
                    person = self._stage.holder(use.office, use.nation)
                if person is None:
                    continue
                self.mentions.append(Mention(use.start, use.end, person.name, "title"))
            if outside:
                if isinstance(use, NameUse):
                    self._stage.name(use)
                self._person_ending[use.end] = person
                named.append(person)
        return named

    def _apposed(self, title: TitleUse, number: int) -> Person | None:
        """Whom the words after a title name: "the Israeli leader, Benjamin Netanyahu", who holds it from then on."""
        follower = self._uses[number + 1] if number + 1 < len(self._uses) else None
        if not isinstance(follower, NameUse) or self.prose[title.end : follower.phrase_start] not in {
            " ",
            ", ",
        }:
            return None
        self._stage.appoint(follower.person, title.office, title.nation)
        return follower.person

    def _opening_person(self, sentence: Sentence) -> Person | None:
        """The person who is the sentence's grammatical subject: named where a clause begins, before a verb."""
        first = bisect_left(self._use_starts, sentence.start)
        last = bisect_left(self._use_starts, sentence.end)
        for n, use in enumerate(self._uses[first : min(last, first + 12)]):
            person = self._person_ending.get(use.end)
            if person is None:
                continue
            begins = use.phrase_start if isinstance(use, NameUse) else use.start
            if (
                _CLAUSE_BEGINS.search(self.prose, max(sentence.start, begins - 12), begins)
                or begins == sentence.start
            ):
                if _VERB_FOLLOWS.match(self.prose, use.end, sentence.end):
                    return person
                if (
                    n == 0
                    and begins == sentence.start
                    and self.prose[use.end : use.end + 1] not in {"’", "'", "-"}
                ):
                    return person
        return None

    def _attributions_in(
        self, index: int, sentence: Sentence, since: int, subject: Person | None, named: list[Person]
    ) -> Person | None:
        """Finds the sentence's reports and resolves their speakers; returns the last speaker who is a person."""
        spoken: Person | None = None
        latest: tuple[str | None, Report] | None = None
        for report in reports(self.prose, sentence.start, sentence.end):
            if report.subject_start == report.subject_end:
                if latest is not None:
                    speaker = latest[0]
                else:
                    speaker, person = self._implied(report, sentence, since, subject)
                    spoken = person or spoken
            else:
                speaker, person = self._speaker(report, sentence, since, named)
                spoken = person or spoken
                latest = (speaker, report)
            self.attributions.setdefault(index, []).append(Attribution(report, speaker, index))
        return spoken

    def _implied(
        self, report: Report, sentence: Sentence, since: int, subject: Person | None
    ) -> tuple[str | None, Person | None]:
        """The subject of the clause or of the sentence, for a verb that has none beside it."""
        nearer = list(
            _CLAUSE_PRONOUN.finditer(self.prose, max(sentence.start, report.start - 200), report.start)
        )
        if nearer and nearer[-1].start() > sentence.start:
            start, end = nearer[-1].span(1)
            person = self._person_ending.get(end) or self._pronoun(start, end, since)
            return (person.name, person) if person else (None, None)
        person = subject or self._opening_person(sentence)
        if person is not None:
            return person.name, person
        words = sentence_subject(self.prose, sentence.start, sentence.end)
        if words is None:
            return None, None
        person = self._person_ending.get(words[1])
        if person is not None:
            return person.name, person
        self._group, self._group_at = described(self.prose, words[0], words[2]), words[0]
        return self._group, None

    def _speaker(
        self, report: Report, sentence: Sentence, since: int, named: list[Person]
    ) -> tuple[str | None, Person | None]:
        """Whom the report's subject means: (the name or description, the person if it is one)."""
        start, head_end = report.subject_start, report.head_end
        words = self.prose[start:head_end]
        lowered = words.lower()
        if lowered in PRONOUNS:
            kind = PRONOUNS[lowered]
            if kind in "mf":
                known = self._person_ending.get(head_end)
                if (
                    known is None
                    and self._voice is not None
                    and self._voice[1] > max(since, self._stage.focus_at)
                ):
                    return self._voice[0], None
                known = known or self._pronoun(start, head_end, since)
                return (known.name, known) if known else (None, None)
            if kind == "p":
                return self._plural_before(sentence, since), None
            near = max(since, sentence.start - _IT_REACH_CHARS)
            return (self._group, None) if kind == "n" and self._group_at >= near else (None, None)
        first, last = bisect_left(self._use_starts, start), bisect_left(self._use_starts, head_end)
        people = [use for use in self._uses[first:last] if use.end in self._person_ending]
        if len(people) > 1 and " and " in words and people[-1].end == head_end:
            return " and ".join(dict.fromkeys(self._person_ending[use.end].name for use in people)), None
        person = self._person_ending.get(head_end)
        if person is not None:
            return person.name, person
        named_of = people[-1] if people else None
        if (
            isinstance(named_of, NameUse)
            and named_of.phrase_start <= start + 4
            and self.prose[named_of.end : head_end].startswith(" of ")
        ):
            person = named_of.person  # "Prime Minister Ann Lee of Norway"
            return person.name, person
        variation = self._variation(lowered, start, sentence)
        if variation is not None:
            return variation.name, variation
        description = described(self.prose, start, report.subject_end)
        if description is not None:
            definite = lowered.startswith("the ")
            noun = description.rsplit(None, 1)[-1].lower()
            if definite and description.lower() == noun:
                # "a British official said … the official said"
                description = introduced(self.prose, noun, since, start) or self._described.get(
                    noun, description
                )
            else:
                self._described[noun] = description
            self._group, self._group_at = description, start
            head = words.rsplit(None, 1)[-1]
            single = (
                words.isalpha()
                and words[0].isupper()
                and lowered not in NATIONS
                and lowered not in NOT_A_PERSON
            )
            if head in PERSON_NOUNS or single or (" " in words and words[0].isupper() and words.istitle()):
                self._voice = (description, sentence.start)
        return description, None

    def _plural_before(self, sentence: Sentence, since: int) -> str | None:
        """Whom "they" means: the last plural noun of speakers, or the last group that spoke if that came later."""
        found = plural_before(self.prose, since, sentence.start)
        if found is None or found[0] < self._group_at:
            return self._group if self._group_at >= since else None
        return described(self.prose, *found)

    def _variation(self, lowered: str, start: int, sentence: Sentence) -> Person | None:
        """Whom "the engineer" means where nobody was called an engineer: the paragraph's subject so far."""
        focus = self._stage.focus
        noun = lowered.removeprefix("the ")
        begins = self._paragraph_starts[sentence.paragraph]
        if noun == lowered or noun not in PERSON_NOUNS or noun in self._described or focus is None:
            return None
        if (
            self._stage.focus_at < begins
            or noun in self.prose[max(begins, start - REACH_CHARS) : start].lower()
        ):
            return None
        return focus

"""What an article talks about, in words that fit into a question: names ("AUKUS", "the South China Sea") and compounds
that it keeps repeating ("the flood barrier", "missile defence").

Only words that stand together in the text are used, with the article that mostly stands before them, so that a question
made of them reads as the newsroom would write it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.articles import Article, Sentence
from service.equivalents import FUNCTION_WORDS
from service.follow_up_patterns import AUXILIARIES, COMMON_VERBS, MODALS, VERBS_OF_SPEECH
from service.terms import fold

LEAST_REPEATED = 3
"""How often an article must have a compound of small letters: twice is still chance."""
MAX_NAME_WORDS = 4
MAX_ACRONYM_LETTERS = 5
LEAST_WORD_LETTERS = 3

_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_]+(?:[-'’][^\W\d_]+)*|\d[\w.,]*|[^\w\s]")
_NAME_WORD = re.compile(r"(?:[A-Z]\.){2,}|[A-Z][^\W\d_]+(?:-[A-Z]?[^\W\d_]+)*|[A-Z]{2,}")
_POSSESSIVE = re.compile(r"['’]s?$")
_ROMAN = re.compile(r"[IVX]+")
_NO_SUBJECT = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december president prime minister secretary mr mrs ms dr sir i we it he she they "
    "north south east west american british chinese japanese russian french german european asian english indian "
    "australian canadian israeli ukrainian republican democrat democratic christmas today yesterday tomorrow".split()
)
"""Single words that are capitalized and say nothing as a subject of their own."""
_TITLES = frozenset("president minister secretary senator mayor king queen prince judge chancellor".split())
_VERBS = COMMON_VERBS | VERBS_OF_SPEECH | AUXILIARIES | MODALS
_NOT_COMPOUND = FUNCTION_WORDS | _VERBS
_NOT_LAST = re.compile(r"(?:ly|ing|ed|est)$")
_NOT_FIRST = frozenset(
    "last next this that these those past same other more most many much few several first second third two three "
    "four five six seven eight nine ten new old big own such even still also just very long good great recent early "
    "late later least next many million billion trillion thousand hundred per percent whole former senior".split()
)
_INDEFINITE = frozenset({"a", "an", "this", "that", "its", "their"})
_DEMONYM = re.compile(r"[A-Z][a-z]+(?:ans|ese|ish|ians?|(?:ish|ch|sh)(?:wo)?m[ae]n)")
_NO_COMPOUND = frozenset({"prime minister", "news conference", "press conference", "vice president"})
_TOO_VAGUE = frozenset(
    "official officials leader leaders minister ministers people person residents man men woman women member members "
    "spokesman spokeswoman executive officer officers reporters minutes hours days weeks months years year time times "
    "way ways day week month region country countries nation nations world city area place part group side end case "
    "statement report article public government company companies event meeting move issue story news past future "
    "move rest process number first second".split()
)


@dataclass(frozen=True, slots=True)
class Subject:
    """`words` as they stand in a question; `at` is where the article has them."""

    words: str
    at: tuple[int, ...]

    @property
    def is_name(self) -> bool:
        """Whether it is written as a name."""
        return self.words.removeprefix("the ")[:1].isupper()


def subjects(article: Article, sentences: Iterable[Sentence], people: frozenset[str]) -> list[Subject]:
    """The subjects of an article, most frequent first, without its `people` (full names).

    Words count where they stand alone: not as the beginning of something longer ("the AUKUS pact"), and a name not at
    the beginning of a sentence, where any word has a capital.
    """
    surnames = {word for name in people for word in name.casefold().split()}
    title = f" {' '.join(_TOKEN.findall((article.title or '').casefold()))} "
    places: dict[str, list[int]] = {}
    determined: Counter[str] = Counter()
    for sentence in sentences:
        if article.is_boilerplate(sentence.start, sentence.end) or _is_headline(article, sentence):
            continue
        text = article.text[sentence.start : sentence.end]
        tokens = list(_TOKEN.finditer(text))
        for first, last in (*_names(tokens), *_compounds(tokens), *_things(tokens)):
            words = _joined(text, tokens, first, last)
            if not words[0].islower() and not _is_subject(words, surnames):
                continue
            places.setdefault(words, []).append(sentence.start + tokens[first].start())
            before = tokens[first - 1].group().casefold() if first else ""
            determined[words] += before == "the" or (words[0].islower() and before in _INDEFINITE)
    found = [
        Subject(f"the {words}" if determined[words] * 2 >= len(at) else words, tuple(at))
        for words, at in places.items()
        if _is_frequent(words, len(at), f" {words} " in title)
    ]
    return sorted(found, key=lambda one: (-len(one.at), one.at[0]))


def _is_frequent(words: str, count: int, in_title: bool) -> bool:
    if not words[0].islower():
        return True
    if " " not in words:
        return in_title and count >= LEAST_REPEATED
    return count >= (2 if in_title else LEAST_REPEATED)


def _names(tokens: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """First and last token of each name that stands alone inside the sentence."""
    position = 0
    while position < len(tokens):
        if not _in_name(tokens, position):
            position += 1
            continue
        last = position
        while not _POSSESSIVE.search(tokens[last].group()):
            if last + 1 < len(tokens) and _touches(tokens, last) and _in_name(tokens, last + 1):
                last += 1
            elif last + 2 < len(tokens) and tokens[last + 1].group() == "of" and _in_name(tokens, last + 2):
                last += 2
            else:
                break
        inside = position > 0 and not _opens(tokens[position - 1].group())
        if inside and last - position < MAX_NAME_WORDS and _ends(tokens, last):
            yield position, last
        position = last + 1


def _in_name(tokens: list[re.Match[str]], position: int) -> bool:
    word = _bare(tokens[position])
    begins = position == 0 or _opens(tokens[position - 1].group())
    if begins and fold(word) in FUNCTION_WORDS:
        return False
    return bool(_NAME_WORD.fullmatch(word))


def _opens(token: str) -> bool:
    return len(token) == 1 and token in '“"‘([:.!?—–-…&/'


def _ends(tokens: list[re.Match[str]], last: int) -> bool:
    """Whether nothing follows that belongs to the same noun."""
    if _POSSESSIVE.search(tokens[last].group()) or last + 1 >= len(tokens):
        return True
    following = tokens[last + 1].group()
    if following in "-–/&" and tokens[last + 1].start() == tokens[last].end():
        return False
    return not following[0].isalnum() or fold(following) in _NOT_COMPOUND or following.endswith("ed")


def _touches(tokens: list[re.Match[str]], position: int) -> bool:
    return tokens[position + 1].start() - tokens[position].end() == 1


def _bare(token: re.Match[str]) -> str:
    return _POSSESSIVE.sub("", token.group())


def _joined(text: str, tokens: list[re.Match[str]], first: int, last: int) -> str:
    end = tokens[last].start() + len(_bare(tokens[last]))
    return " ".join(text[tokens[first].start() : end].split())


def _is_subject(words: str, surnames: set[str]) -> bool:
    parts = words.casefold().split()
    if any(part in surnames for part in parts) or parts[0] in _TITLES or _ROMAN.fullmatch(words):
        return False
    if _DEMONYM.fullmatch(words):
        return False
    if words.isupper() and len(words) > MAX_ACRONYM_LETTERS:  # the place before an agency's report
        return False
    if len(parts) == 1:
        return parts[0] not in _NO_SUBJECT and parts[0] not in FUNCTION_WORDS and len(parts[0]) > 1
    return not all(part in _NO_SUBJECT for part in parts)


def _compounds(tokens: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Two words of small letters that touch, stand alone, and could be a compound noun."""
    for position in range(len(tokens) - 1):
        one, two = tokens[position].group(), tokens[position + 1].group()
        if (
            one.islower()
            and two.islower()
            and _touches(tokens, position)
            and _could_begin(one)
            and _could_end(two)
            and f"{one} {two}" not in _NO_COMPOUND
            and _ends(tokens, position + 1)
        ):
            yield position, position + 1


def _things(tokens: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Single words of small letters after "the" that stand alone: "the barrier"."""
    for position in range(1, len(tokens)):
        word = tokens[position].group()
        if (
            word.islower()
            and tokens[position - 1].group().casefold() == "the"
            and len(word) > LEAST_WORD_LETTERS
            and _could_end(word)
            and _ends(tokens, position)
        ):
            yield position, position


def _could_begin(word: str) -> bool:
    folded = fold(word)
    return (
        word.isalpha()
        and len(word) >= LEAST_WORD_LETTERS
        and folded not in _NOT_COMPOUND
        and folded not in _NOT_FIRST
        and not folded.endswith("ly")
    )


def _could_end(word: str) -> bool:
    folded = fold(word)
    return (
        word.isalpha()
        and len(word) >= LEAST_WORD_LETTERS
        and folded not in _NOT_COMPOUND
        and folded not in _NOT_FIRST
        and folded not in _TOO_VAGUE
        and not _NOT_LAST.search(folded)
    )


def _is_headline(article: Article, sentence: Sentence) -> bool:
    """Whether it is the title, where every word may have a capital."""
    title = (article.title or "").strip()
    return bool(title) and article.text[sentence.start : sentence.end].strip() == title

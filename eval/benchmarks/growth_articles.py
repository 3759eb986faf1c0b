"""Real-looking articles out of an archive's own words, as many as are wanted and no two alike.

An archive copied a hundred times would be a hundred copies of each neighbour: easy for a keyword index, and hopeless
for an approximate vector index in a way that no archive is. So each grown article keeps the shape of a real one
(length, paragraphs, sentences, punctuation) and little else: some of its sentences come from other articles, most of
its content words are exchanged for words of the same archive of like frequency, ending and capitals, its names are
renamed, the same name alike all through, and its numbers are drawn anew. What comes out is not sense.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.articles import Article
from ingest.discovery import discover
from ingest.errors import InvalidRequest, UnreadableArticle
from ingest.extraction import extract
from ingest.readers import ReadOptions, read, readable
from ingest.sentences import sentences

EXCHANGED_WORDS = 0.7
"""Share of content words exchanged. With the function words kept, a fifth of three-word shingles survives, far below
the 0.45 at which two articles count as near-copies (`ingest.duplicates`)."""
FOREIGN_SENTENCES = 0.35
KEPT_WORDS = 150
"""The most frequent words of the archive are left alone, and so are words of at most `SHORT_WORD` letters."""
SHORT_WORD = 3

MAX_FILE_MB = 200.0

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_ENDINGS = ("ing", "tion", "ment", "ness", "able", "ed", "ly", "er", "al", "ic", "es", "s", "y", "e")


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """An article's words without boilerplate: sentences in paragraphs."""

    article: Article
    paragraphs: tuple[tuple[str, ...], ...]


def read_archive(path: Path) -> list[Article]:
    """Every article of a folder or a file, in the order an ingest would read them; those that cannot be read are left
    out.

    Raises:
        InvalidRequest: the path does not exist, or holds no articles.
    """
    options = ReadOptions(max_file_mb=MAX_FILE_MB, field_map={})
    articles = [
        extract(document)
        for file in discover([path], readable).files
        for document in read(file.path, file.relative, options)
        if not isinstance(document, UnreadableArticle)
    ]
    if not articles:
        raise InvalidRequest(f"{path} holds no articles that can be read")
    return articles


class Grower:
    """Makes grown articles. The same archive, seed and number always give the same article."""

    def __init__(self, articles: Sequence[Article], seed: int = 0) -> None:
        self._seed = seed
        self._sources = [_paragraphs(article) for article in articles]
        self._pool = [
            sentence for source in self._sources for paragraph in source.paragraphs for sentence in paragraph
        ]
        if not any(self._pool):
            raise InvalidRequest("the archive has no sentences to grow from")
        counts = Counter(token for sentence in self._pool for token in _TOKEN.findall(sentence))
        self._kept = {word for word, _ in counts.most_common(KEPT_WORDS)}
        self._alike: dict[tuple[str, str, int], list[str]] = defaultdict(list)
        self._kind: dict[str, tuple[str, str, int]] = {}
        for word, count in sorted(counts.items()):
            if self._is_content(word):
                self._kind[word] = kind = (_capitals(word), _ending(word), int(math.log2(count)))
                self._alike[kind].append(word)

    def grown(self, number: int) -> dict[str, str]:
        """The grown article of this number (from 0) as a JSON record that the JSON Lines reader understands."""
        chance = random.Random(f"{self._seed}-{number}")
        source = self._sources[number % len(self._sources)]
        names: dict[str, str] = {}
        paragraphs = []
        for paragraph in source.paragraphs:
            chosen = [
                chance.choice(self._pool) if chance.random() < FOREIGN_SENTENCES else sentence
                for sentence in paragraph
            ]
            chance.shuffle(chosen)
            paragraphs.append(" ".join(self._reworded(sentence, chance, names) for sentence in chosen))
        article = source.article
        record = {
            "id": f"grown-{self._seed}-{number}",
            "title": self._reworded(article.title or paragraphs[0][:80], chance, names),
            "body": "\n\n".join(paragraphs),
        }
        if article.outlet:
            record["source"] = article.outlet
        if article.published_at:
            record["published_at"] = article.published_at
        return record

    def write(self, file: Path, numbers: range) -> None:
        """Write the grown articles of these numbers as JSON Lines."""
        with file.open("w", encoding="utf-8") as lines:
            for number in numbers:
                lines.write(json.dumps(self.grown(number), ensure_ascii=False) + "\n")

    def _is_content(self, word: str) -> bool:
        return len(word) > SHORT_WORD and word not in self._kept and not word[0].isdigit()

    def _reworded(self, sentence: str, chance: random.Random, names: dict[str, str]) -> str:
        def exchanged(found: re.Match[str]) -> str:
            word = found[0]
            if word[0].isdigit():
                return _number_like(word, chance)
            if word[0].isupper() and found.start() > 0 and word not in self._kept:
                return names.setdefault(word, self._like(word, chance))
            if not self._is_content(word) or chance.random() > EXCHANGED_WORDS:
                return word
            return self._like(word, chance)

        return _TOKEN.sub(exchanged, sentence)

    def _like(self, word: str, chance: random.Random) -> str:
        kind = self._kind.get(word)
        return word if kind is None else chance.choice(self._alike[kind])


def _paragraphs(article: Article) -> Paragraphs:
    """The sentences of an article, those of its boilerplate left out."""
    found: dict[int, list[str]] = defaultdict(list)
    for sentence in sentences(article.text, article.boilerplate):
        if not article.is_boilerplate(sentence.start, sentence.end):
            words = " ".join(article.text[sentence.start : sentence.end].split())
            found[sentence.paragraph].append(words)
    return Paragraphs(article, tuple(tuple(found[number]) for number in sorted(found)) or (("",),))


def _capitals(word: str) -> str:
    if word.isupper():
        return "all"
    return "first" if word[0].isupper() else "none"


def _ending(word: str) -> str:
    return next((ending for ending in _ENDINGS if word.endswith(ending)), "")


def _number_like(digits: str, chance: random.Random) -> str:
    """As many digits; a year of this century or the last stays one."""
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return digits[:2] + f"{chance.randrange(100):02d}"
    first = str(chance.randint(1, 9)) if len(digits) > 1 or digits != "0" else "0"
    return first + "".join(str(chance.randrange(10)) for _ in digits[1:])


def numbers_in_parts(start: int, end: int, size: int) -> Iterator[range]:
    """The numbers from `start` to `end` in ranges of at most `size`."""
    for first in range(start, end, size):
        yield range(first, min(end, first + size))

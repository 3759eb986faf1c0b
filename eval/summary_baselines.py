"""Summaries to beat: the first sentences, plain LexRank, and sentences drawn at random.

Each takes articles as lists of sentences and gives whole sentences of at most `max_words` words, so that what differs
is which sentences are chosen. For several articles the leads are taken in turns, the first of each before the second of
any: the usual lead baseline of multi-document summarization.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from ingest.records import StoredArticle

LEAD_SENTENCES = 3
THRESHOLD = 0.1
"""Cosines below it are no edge: the value that did best on most sets of Erkan and Radev 2004."""
DAMPING = 0.15
"""The chance of a jump to any sentence (ibid., equation 4: d)."""
TOLERANCE = 1e-9
MAX_STEPS = 1000
RANDOM_DRAWS = 20

Articles = Sequence[Sequence[str]]
"""Articles as their sentences, in order."""
Baseline = Callable[[Articles, int], list[list[str]]]
"""(articles, max_words) → one summary, or several of which the scores are averaged."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ENDS = re.compile(r"[.!?…][\"'”’)\]*_]*$")
FEWEST_WORDS = 3


def words_in(text: str) -> int:
    """How many words a text has: runs without white space, numbers in square brackets aside."""
    return len(re.sub(r"\[\d+\]", " ", text).split())


def prose_of(stored: StoredArticle) -> list[str]:
    """The sentences of an article's prose: without boilerplate, its title, bylines and headings (which end in no full
    stop), else baselines would spend their words on them."""
    article = stored.article
    found = []
    for sentence in stored.analysis.sentences:
        text = article.text[sentence.start : sentence.end].strip()
        if article.is_boilerplate(sentence.start, sentence.end) or text.lstrip("# ") == (article.title or ""):
            continue
        if _ENDS.search(text) and words_in(text) >= FEWEST_WORDS:
            found.append(text)
    return found


def lead_3(articles: Articles, max_words: int) -> list[list[str]]:
    """The first three sentences, of several articles in turns."""
    return [_fitting(_in_turns(articles)[:LEAD_SENTENCES], max_words)]


def lead(articles: Articles, max_words: int) -> list[list[str]]:
    """As many first sentences as there are words for: stronger than three where sentences are short."""
    chosen: list[str] = []
    for sentence in _in_turns(articles):
        if words_in(" ".join([*chosen, sentence])) > max_words:
            break
        chosen.append(sentence)
    return [chosen]


def drawn(articles: Articles, max_words: int) -> list[list[str]]:
    """Sentences drawn at random, `RANDOM_DRAWS` times: the floor."""
    sentences = [sentence for article in articles for sentence in article]
    summaries = []
    for seed in range(RANDOM_DRAWS):
        order = random.Random(seed).sample(range(len(sentences)), len(sentences))
        summaries.append(_best_fitting(sentences, order, max_words))
    return summaries


class LexRank:
    """Plain LexRank (Erkan and Radev, "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization",
    Journal of Artificial Intelligence Research 22, 2004): continuous, over cosines of at least `THRESHOLD`."""

    def __init__(self, background: Iterable[str]) -> None:
        """`background` are the sentences of the whole corpus, from which words have their idf, log(N / n)."""
        self._idf = idf(background)

    def __call__(self, articles: Articles, max_words: int) -> list[list[str]]:
        """The most central sentences that fit, in the order of the text."""
        sentences = [sentence for article in articles for sentence in article]
        scores = centrality(cosines(sentences, self._idf))
        order = sorted(range(len(sentences)), key=lambda number: (-scores[number], number))
        return [_best_fitting(sentences, order, max_words)]


def idf(sentences: Iterable[str]) -> dict[str, float]:
    """log(N / n) of each word: N sentences, n of them with the word."""
    sets = [set(_words(sentence)) for sentence in sentences]
    counts = Counter(word for words in sets for word in words)
    return {word: math.log(len(sets) / count) for word, count in counts.items()}


def cosines(sentences: Sequence[str], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The idf-modified cosine of each two sentences (ibid., equation 1), (sentences, sentences). A word without a
    weight counts like the rarest."""
    rarest = max(weights.values(), default=1.0)
    counts = [Counter(_words(sentence)) for sentence in sentences]
    places = {word: place for place, word in enumerate(dict.fromkeys(w for one in counts for w in one))}
    matrix = np.zeros((len(sentences), len(places)))
    for row, count in enumerate(counts):
        for word, times in count.items():
            matrix[row, places[word]] = times * weights.get(word, rarest)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    product: NDArray[np.float64] = unit @ unit.T
    return product


def centrality(similarity: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stationary distribution of a walk along similarities of at least `THRESHOLD`, by power iteration; sums to 1.

    A sentence without edges jumps anywhere.
    """
    size = len(similarity)
    if size == 0:
        return np.zeros(0)
    edges = np.where(similarity >= THRESHOLD, similarity, 0.0)
    sums = edges.sum(axis=1, keepdims=True)
    steps = np.divide(edges, sums, out=np.full_like(edges, 1 / size), where=sums > 0)
    scores = np.full(size, 1 / size)
    for _ in range(MAX_STEPS):
        following: NDArray[np.float64] = DAMPING / size + (1 - DAMPING) * (steps.T @ scores)
        if np.abs(following - scores).sum() < TOLERANCE:
            return following
        scores = following
    return scores


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _in_turns(articles: Articles) -> list[str]:
    """The first sentence of each article, then the second of each, and so on."""
    return [one for turn in zip_longest(*articles) for one in turn if one is not None]


def _fitting(sentences: Sequence[str], max_words: int) -> list[str]:
    """Those that fit, in order; one that does not is left out."""
    return _best_fitting(sentences, range(len(sentences)), max_words)


def _best_fitting(sentences: Sequence[str], order: Iterable[int], max_words: int) -> list[str]:
    """The sentences of `order` that still fit when their turn comes, in the order of the text."""
    chosen: list[int] = []
    left = max_words
    for number in order:
        length = words_in(sentences[number])
        if length <= left:
            chosen.append(number)
            left -= length
    return [sentences[number] for number in sorted(chosen)]

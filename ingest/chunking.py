"""Articles become chunks: runs of whole sentences that tile the text and fit the embedder.

Pure functions. A chunk is what is embedded, indexed and retrieved, so it must be exact about where it lies
(`chunk.text == article.text[chunk.start:chunk.end]`), complete (an article's chunks joined in order are its
text) and small enough that the embedder reads all of it.

The budget, in tokens of the embedder, for a window of 256: the text aims at 230 and never exceeds 254, as two
tokens of the window are the model's own ([CLS], [SEP]); the context takes at most 40 of what the text
leaves. So context and text together always fit the window, and a sentence at the end of a chunk has room to make
it a little longer than its aim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.articles import Article, Chunk, Sentence, chunk_id_of

CHUNKER_VERSION = 2
"""Part of an index's fingerprint: raise it whenever an article would be cut or given context otherwise."""

CountTokens = Callable[[Sequence[str]], list[int]]

RESERVED_TOKENS = 2
TARGET_SHARE = 230 / 256
CONTEXT_SHARE = 40 / 256
STRETCH = 1.1
TITLE_WORDS = 20
PREVIOUS_WORDS = 25
LEAST_PREVIOUS_WORDS = 5

_NOT_SPACE = re.compile(r"\S")
_WORD = re.compile(r"\s*\S+\s*")
_CLAUSE_END = re.compile(r"(?:[,;:)\]”\"»—–]|\s[-–—])\s*$")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """The least a chunk is made of: a sentence with the white space after it, or a piece of one too long."""

    start: int
    end: int
    boilerplate: bool
    tokens: int = 0


def chunk(
    article: Article, sentences: Sequence[Sentence], count_tokens: CountTokens, max_tokens: int = 256
) -> tuple[Chunk, ...]:
    """The chunks of `article`, in order; none for an empty text.

    `sentences` are sorted and disjoint; `count_tokens` takes n texts and gives n counts, by the embedder's
    tokenizer and not cut off at its window. A chunk begins where a sentence begins and ends where the next
    chunk's first sentence begins; the white space in front of the first sentence belongs to the first chunk.
    Exceptions: a sentence longer than the window is cut, at a clause boundary where there is one, else at
    white space, else anywhere; one that boilerplate marks reach into is cut at the mark; and words that no
    sentence covers are treated as a sentence. Boilerplate is never in one chunk with other text. A single
    character that takes more tokens than allowed is the only thing that can exceed the bound.

    Raises ValueError when `max_tokens` is not positive.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens must be positive, not {max_tokens}")
    text = article.text
    if not text:
        return ()
    own_tokens = count_tokens([""])[0]

    def count(spans: Sequence[tuple[int, int]]) -> list[int]:
        if not spans:
            return []
        return [n - own_tokens for n in count_tokens([text[start:end] for start, end in spans])]

    limit = max(1, max_tokens - RESERVED_TOKENS)
    target = max(1, min(limit, int(max_tokens * TARGET_SHARE)))
    units = _units(article, sentences)
    counts = count([(unit.start, unit.end) for unit in units])
    fitting: list[_Unit] = []
    for unit, tokens in zip(units, counts, strict=True):
        if tokens <= limit:
            fitting.append(_Unit(unit.start, unit.end, unit.boilerplate, tokens))
        else:
            fitting += _pieces(text, unit, count, target)
    groups = [
        group
        for _, run in groupby(fitting, key=lambda unit: unit.boilerplate)
        for group in _pack(list(run), target)
    ]
    bounded = _bounded(groups, text, count, limit, target)
    contexts = _contexts(article, bounded, count_tokens, own_tokens, limit, int(max_tokens * CONTEXT_SHARE))
    return tuple(
        Chunk(
            chunk_id=chunk_id_of(article.article_id, article.version, ordinal),
            article_id=article.article_id,
            ordinal=ordinal,
            start=group[0].start,
            end=group[-1].end,
            text=text[group[0].start : group[-1].end],
            context=context,
            boilerplate=group[0].boilerplate,
        )
        for ordinal, ((group, _), context) in enumerate(zip(bounded, contexts, strict=True))
    )


def date_words(published_at: str | None) -> str:
    """An ISO date as a newspaper prints it, "April 10, 2024"; the input as it is where it is no such date."""
    if not published_at:
        return ""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", published_at)
    if not found or not 1 <= int(found[2]) <= 12:
        return published_at
    return f"{_MONTHS[int(found[2]) - 1]} {int(found[3])}, {found[1]}"


def heading_of(article: Article) -> str:
    """Title, outlet and date on one line, as far as they are known."""
    title = " ".join((article.title or "").split()[:TITLE_WORDS])
    outlet = " ".join((article.outlet or "").split())
    return " · ".join(part for part in (title, outlet, date_words(article.published_at)) if part)


def _units(article: Article, sentences: Sequence[Sentence]) -> list[_Unit]:
    """The sentences, words between sentences, and the cuts that boilerplate marks make, tiling the text."""
    text = article.text
    cuts: set[int] = set()  # where a unit starts
    at = 0

    def cover(start: int, end: int) -> None:
        found = _NOT_SPACE.search(text, start, end)
        if found:
            cuts.add(found.start())

    for sentence in sentences:
        if sentence.start < at or sentence.end > len(text) or sentence.start >= sentence.end:
            continue
        cover(at, sentence.start)
        cuts.add(sentence.start)
        at = sentence.end
    cover(at, len(text))
    for span in article.boilerplate:
        for edge in (span.start, span.end):
            found = _NOT_SPACE.search(text, min(edge, len(text)))
            if found and span.start < span.end:
                cuts.add(found.start())
    starts = sorted(cuts)
    if not starts:
        return [_Unit(0, len(text), boilerplate=False)]
    units = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        words_end = start + len(text[start:end].rstrip())
        marked = article.is_boilerplate(start, max(words_end, start + 1))
        units.append(_Unit(0 if start == starts[0] else start, end, marked))
    return units


def _pack(run: Sequence[_Unit], target: int) -> list[list[_Unit]]:
    """Fill chunks up to `target`, whatever paragraphs begin or end.

    Closing at a paragraph's end made a fifth more chunks and found less in passages of the same bound: see
    docs/benchmarks.md.
    """
    groups: list[list[_Unit]] = []
    used = 0
    for unit in run:
        if not groups or used + unit.tokens > target:
            groups.append([])
            used = 0
        groups[-1].append(unit)
        used += unit.tokens
    # A short last chunk says little by itself: let the one before it stretch, if a little is enough.
    if len(groups) > 1 and sum(unit.tokens for unit in groups[-2]) + used <= STRETCH * target:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _pieces(
    text: str, unit: _Unit, count: Callable[[Sequence[tuple[int, int]]], list[int]], target: int
) -> list[_Unit]:
    """A sentence that is too long, cut into pieces of at most `target` tokens."""
    words = [(found.start(), found.end()) for found in _WORD.finditer(text, unit.start, unit.end)]
    words = words or [(unit.start, unit.end)]
    counted: list[tuple[int, int, int]] = []
    for (start, end), tokens in zip(words, count(words), strict=True):
        counted += [(start, end, tokens)] if tokens <= target else _halves(start, end, count, target)
    pieces: list[_Unit] = []
    first = 0
    while first < len(counted):
        used, after = 0, first
        while after < len(counted) and (after == first or used + counted[after][2] <= target):
            used += counted[after][2]
            after += 1
        if after < len(counted):
            for clause_after in range(after, first + (after - first) // 2, -1):
                if _CLAUSE_END.search(text[counted[clause_after - 1][0] : counted[clause_after - 1][1]]):
                    after = clause_after
                    break
        taken = counted[first:after]
        tokens = sum(word[2] for word in taken)
        pieces.append(_Unit(taken[0][0], taken[-1][1], unit.boilerplate, tokens))
        first = after
    return pieces


def _halves(
    start: int, end: int, count: Callable[[Sequence[tuple[int, int]]], list[int]], target: int
) -> list[tuple[int, int, int]]:
    """A run of characters without white space, halved until each part has at most `target` tokens."""
    open_parts, done = [(start, end)], []
    while open_parts:
        halves = []
        for (low, high), tokens in zip(open_parts, count(open_parts), strict=True):
            if tokens <= target or high - low < 2:
                done.append((low, high, tokens))
            else:
                middle = (low + high) // 2
                halves += [(low, middle), (middle, high)]
        open_parts = halves
    return sorted(done)


def _bounded(
    groups: list[list[_Unit]],
    text: str,
    count: Callable[[Sequence[tuple[int, int]]], list[int]],
    limit: int,
    target: int,
) -> list[tuple[list[_Unit], int]]:
    """Each group with the tokens its text really has; groups over the limit are divided.

    The sum over sentences bounds a chunk's tokens only where no token reaches across white space and where
    there is white space; this makes the bound hold for any tokenizer.
    """
    done: list[tuple[list[_Unit], int]] = []
    pending = groups
    while pending:
        divided: list[list[_Unit]] = []
        for group, tokens in zip(pending, count([(g[0].start, g[-1].end) for g in pending]), strict=True):
            size = group[-1].end - group[0].start
            if tokens <= limit or size < 2:
                done.append((group, tokens))
            elif len(group) > 1:
                divided += [group[: len(group) // 2], group[len(group) // 2 :]]
            else:
                pieces = _pieces(text, group[0], count, max(1, target // 2))
                if len(pieces) < 2:
                    unit, middle = group[0], group[0].start + size // 2
                    pieces = [
                        _Unit(unit.start, middle, unit.boilerplate),
                        _Unit(middle, unit.end, unit.boilerplate),
                    ]
                divided += [[piece] for piece in pieces]
        pending = divided
    return sorted(done, key=lambda item: item[0][0].start)


def _contexts(
    article: Article,
    groups: Sequence[tuple[Sequence[_Unit], int]],
    count_tokens: CountTokens,
    own_tokens: int,
    limit: int,
    context_tokens: int,
) -> list[str]:
    """Heading, and the sentence before where there is one, shortened to what the window leaves each chunk."""
    heading = heading_of(article)
    least = len(heading.split()) + LEAST_PREVIOUS_WORDS
    previous: _Unit | None = None
    drafts: list[list[str]] = []
    for group, _ in groups:
        before = ""
        if previous and not group[0].boilerplate:
            words = article.text[previous.start : previous.end].split()
            before = " ".join(words[:PREVIOUS_WORDS]) + ("…" if len(words) > PREVIOUS_WORDS else "")
        drafts.append([part for part in (heading, before) if part])
        if not group[-1].boilerplate:
            previous = group[-1]
    contexts = ["\n".join(parts) for parts in drafts]
    room = [min(context_tokens, limit - tokens) for _, tokens in groups]
    open_contexts = [number for number, context in enumerate(contexts) if context]
    while open_contexts:
        counts = count_tokens([contexts[number] for number in open_contexts])
        too_long = []
        for number, tokens in zip(open_contexts, counts, strict=True):
            tokens -= own_tokens
            if tokens <= room[number]:
                continue
            words = re.findall(r"\s*\S+", contexts[number])
            keep = min(len(words) - 1, len(words) * max(0, room[number]) // tokens)
            if len(drafts[number]) > 1 and len(heading.split()) < keep < least:
                keep = len(heading.split())
            contexts[number] = "".join(words[:keep])
            if contexts[number]:
                too_long.append(number)
        open_contexts = too_long
    return contexts

"""Sentence spans of news prose, quote-aware, by rule and in one pass.

Chunks begin and end at these spans, citations show them, and attribution is decided inside them, so they have to
survive what newsrooms write: "U.S.", "Mr. Kishida", "No. 1", "5 a.m. EST", quotations of several sentences,
"[…]", headings and paragraphs without a final stop. No model, no data file, linear time.

The rules, in short. A paragraph is a line, unless the file is hard-wrapped (then it is a run of lines); no
sentence crosses one, nor the edge of boilerplate, where every line is a sentence. Inside a paragraph a sentence
ends at . ! ? or an ellipsis, with the closing marks that follow it, when what comes next begins a sentence.
A sentence inside a quotation is a sentence; a closing mark belongs to the sentence it closes; a quotation's last
part stays with its attribution (`“A. B,” he said.` is `“A.` and `B,” he said.`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.articles import Sentence, Span

_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_OPENERS = "\"'“‘«„‚([{¿¡"
_CLOSERS = "\"'”’»)\\]}"

# A run of final marks, the marks that close with it, and any "[…]" that stands for words left out after it.
_STOP = re.compile(
    rf"(?P<marks>[.!?…‽]+|[。！？]+)(?P<closers>[{_CLOSERS}]{{0,8}})"
    r"(?P<cut>(?:\s{0,3}[\[(](?:…|\.\.\.|\. \. \.)[\])])?)(?P<gap>\s*)"
)
_TOKEN_BEFORE = re.compile(r"(?:[^\W\d_]\.)*[^\W_]+$")
_FIRST_WORD = re.compile(rf"[{re.escape(_OPENERS)}]{{0,4}}\s?([^\W_]+(?:[’'][^\W_]+)?)")
_MIDDLE_CAPITAL = re.compile(r"[a-z]{1,3}[A-Z]")
# `“Is it so?” Mr. Smith asked`: the words after a question's closing mark that make it an attribution.
_ATTRIBUTION_TAIL = re.compile(
    r"(?:[A-Z][\w.’'-]{0,30}\s){1,5}(?:\w{1,20}ly\s|also\s|later\s|then\s)?"
    r"(?:said|says|asked|asks|added|adds|wrote|writes|told|tells|wondered|replied|exclaimed|quipped|joked|recalled|"
    r"tweeted|posted|shouted|yelled|continued|explained|noted|responded)\b"
)

_ALWAYS_GO_ON = frozenset(
    "mr mrs ms mx dr prof gen col lt sgt capt cmdr cmdre cpl pvt maj adm sen sens rep reps gov govs pres rev fr hon "
    "messrs mme mlle supt insp det atty amb sec treas mt ft vs viz cf eg ie al approx ca asst dept univ".split()
)
# These go on unless the next word is one that plainly begins a sentence.
_GO_ON_BEFORE_NAMES = frozenset(
    "jr sr inc corp ltd co llc plc bros st ave blvd rd phd md ba ma mba esq etc est nv ag sa".split()
)
_GO_ON_BEFORE_NUMBERS = frozenset(
    "no nos jan feb mar apr jun jul aug sep sept oct nov dec art vol p pp fig sec ch para ver nr tel".split()
)
_TIME_WORDS = frozenset(
    "est edt et cst cdt ct mst mdt mt pst pdt pt gmt utc bst cet cest ist jst aest aedt akst hst eastern central "
    "mountain pacific monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun".split()
)
_STARTERS = frozenset(
    "a about after all also although among an and another any are as asked at because before both but by can "
    "despite did do does during each earlier even every everyone few finally first following for from further "
    "had has have he her here hers his how however i if in indeed instead is it its it’s it's i’m i'm just last "
    "later many meanwhile more moreover most my neither no nobody none nor not nothing now of on once one only "
    "or other others our over perhaps she should since so some soon still such than that that’s that's the their "
    "then there there’s there's these they they’re they're this those though through thus to today together two "
    "under unless until was we we’re we're were what when where whether which while who why will with without "
    "yes yesterday yet you your".split()
)


def sentences(text: str, boilerplate: Sequence[Span] = ()) -> tuple[Sentence, ...]:
    """The sentences of `text` in order: disjoint, trimmed, and covering every non-white character.

    `boilerplate` spans may be in any order and may overlap; each of their lines is a sentence of its own.
    Paragraphs are numbered from 0. Never raises for any text.
    """
    found: list[Sentence] = []
    for number, (start, end, whole) in enumerate(_paragraphs(text, boilerplate)):
        if whole:
            found.append(Sentence(start, end, number))
        else:
            found.extend(Sentence(s, e, number) for s, e in _split(text, start, end))
    return tuple(found)


def _paragraphs(text: str, boilerplate: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is_boilerplate) of every paragraph, trimmed. A hard-wrapped run of lines is one paragraph."""
    lines = list(_lines(text, _merged(boilerplate, len(text))))
    width = _wrap_width(text, lines)
    i = 0
    while i < len(lines):
        start, end, marked = lines[i]
        while width and not marked and i + 1 < len(lines) and _wraps(text, lines[i], lines[i + 1], width):
            i += 1
            end = lines[i][1]
        yield start, end, marked
        i += 1


def _lines(text: str, marked: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Every non-blank piece of a line, trimmed, cut where boilerplate begins and ends."""
    edges = [edge for span in marked for edge in span]
    for match in _LINE.finditer(text):
        start, end = match.span()
        if not edges:
            pieces = [(start, end, False)]
        else:
            first = bisect_right(edges, start)
            last = bisect_right(edges, end - 1)
            cuts = [start, *edges[first:last], end]
            pieces = [(cuts[k], cuts[k + 1], (first + k) % 2 == 1) for k in range(len(cuts) - 1)]
        for piece_start, piece_end, is_marked in pieces:
            piece = text[piece_start:piece_end]
            left = len(piece) - len(piece.lstrip())
            stripped = piece.strip()
            if stripped:
                yield piece_start + left, piece_start + left + len(stripped), is_marked


def _merged(spans: Sequence[Span], length: int) -> list[tuple[int, int]]:
    """Spans clipped to the text, sorted, with overlapping ones joined and empty ones dropped."""
    merged: list[tuple[int, int]] = []
    for span in sorted(spans):
        start, end = min(span.start, length), min(span.end, length)
        if start == end:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif merged and start == merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _wrap_width(text: str, lines: list[tuple[int, int, bool]]) -> int:
    """The column a file is hard-wrapped at, else 0.

    Wrapped text has lines of 50–100 characters that could not have held the next line's first word; a list or a
    text of one-line paragraphs has not. At least 60 % of the breaks must be of that kind, and a third of the
    broken lines must end in the middle of a sentence.
    """
    pairs = [
        (a, b)
        for a, b in pairwise(lines)
        if not a[2] and not b[2] and len(_LINE_BREAK.findall(text, a[1], b[0])) == 1
    ]
    if not pairs:
        return 0
    width = max(line[1] - line[0] for pair in pairs for line in pair)
    if not 50 <= width <= 100:
        return 0
    full = [a for a, b in pairs if _wraps(text, a, b, width)]
    unfinished = [a for a in full if text[a[1] - 1] not in ".!?…:;”’\"')"]
    return width if len(full) >= 0.6 * len(pairs) and 3 * len(unfinished) >= len(full) else 0


def _wraps(text: str, line: tuple[int, int, bool], following: tuple[int, int, bool], width: int) -> bool:
    """Whether the break between two lines is only there because the next word did not fit."""
    if line[2] or following[2] or len(_LINE_BREAK.findall(text, line[1], following[0])) != 1:
        return False
    first_word = text[following[0] : min(following[1], following[0] + width)].split(None, 1)[0]
    return line[1] - line[0] + 1 + len(first_word) > width and line[1] - line[0] >= width // 2


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one paragraph, `text[start:end]`, which is trimmed."""
    begin = start
    for stop in _STOP.finditer(text, start, end):
        gap_start, after = stop.span("gap")
        if after >= end:
            break
        if _ends_sentence(text, begin, stop, after, end):
            yield begin, gap_start
            begin = after
    yield begin, end


def _ends_sentence(text: str, begin: int, stop: re.Match[str], after: int, end: int) -> bool:
    """Whether the final marks matched by `stop` end the sentence that began at `begin`."""
    marks, closers, gap = stop["marks"], stop["closers"], stop["gap"]
    if not gap:
        return marks[0] in "。！？" or ("”" in closers and text[after] == "“")
    following = text[after]
    if following in ".…,;:)]}”’»%&/=+|" or (following in "-–—" and text[after + 1 : after + 2] in ("", " ")):
        return False
    if following == "[" and text[after + 1 : after + 2] in "….":
        return False
    first = _FIRST_WORD.match(text, after, min(end, after + 40))
    word = first[1] if first else ""
    if word and word[0].islower() and not _MIDDLE_CAPITAL.match(word):
        return False
    if marks == ".":
        token = _TOKEN_BEFORE.search(text, max(begin, stop.start() - 24), stop.start())
        if token is not None and not closers and not stop["cut"]:
            return _full_stop(token[0], token.start() == begin, word, following)
        return token is not None or bool(closers) or stop.start() > begin
    if marks[0] in "!?" and any(mark in "\"'”’»" for mark in closers):
        return _ATTRIBUTION_TAIL.match(text, after, min(end, after + 200)) is None
    return True


def _full_stop(token: str, opens_sentence: bool, word: str, following: str) -> bool:
    """Whether "`token`. `word`" has a sentence's end in it, and not just an abbreviation's."""
    lowered, next_word = token.lower(), word.lower()
    numeric = word[:1].isdigit() or (following == "$")
    if token.isdigit() and opens_sentence and len(token) <= 3:
        return False  # "1. Melt the butter": the number of a list item
    if lowered in _ALWAYS_GO_ON and not (lowered in {"vs", "al", "univ", "dept"} and next_word in _STARTERS):
        return False
    if lowered in _GO_ON_BEFORE_NUMBERS and numeric:
        return False
    if lowered in {"a.m", "p.m"}:
        return next_word not in _TIME_WORDS and not numeric
    single = len(token) == 1 and token.isalpha() and token.isupper()
    if "." in token or single or lowered in _GO_ON_BEFORE_NAMES:
        return next_word in _STARTERS and word[0].isupper()
    return True

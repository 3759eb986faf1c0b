"""A first draft of a gold set, made of a folder's own articles: something to correct, which is quicker than to begin.

For each article there is a question about its title, whose facts are figures or names of its first sentence, and up to
two about what somebody is quoted as saying. A few questions ask a speaker about somebody else's story, and expect
Dateline to abstain. Every case is tagged `draft`: nobody has checked that the question is one that people ask, that it
has no other right answer, or that the articles are silent where they should be. The same articles give the same draft.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.gold_corpus import articles_in
from eval.gold_patterns import plain
from ingest.articles import Analysis, Article, Quotation, Span
from ingest.attribution import analyze
from ingest.duplicates import groups, signature
from service.values import values_of

MAX_ARTICLES = 40
QUOTATIONS_EACH = 2
UNANSWERABLE = 6
FACT_WORDS = 8
MIN_QUOTED_WORDS = 4
TAG = "draft"

_HEADER = """\
# A draft of a gold set, made by `dateline eval --init`. Every case is a guess: read it beside its article, make the
# question one that people ask, keep as facts only what every right answer says, list every source that may be cited,
# and then remove the tag `draft`. Delete what is not worth keeping. `dateline eval --check` says what is wrong.
# The format is described in docs/evaluation.md.
"""
_NAME = re.compile(r"[A-Z][\w.’'-]+(?: (?:(?:al|bin|da|de|der|du|la|le|van|von) )?[A-Z][\w.’'-]+){1,3}")
_DATELINE = re.compile(r"^[^a-z]{3,}[^—–]{0,40}\s[—–]\s+|^[^—–.]{3,40}\([^()]+\)\s[—–]\s+")
_CLAUSE = re.compile(r"(?<=[.;:?!…—])\s+|\s+[–—]\s+")


@dataclass(frozen=True, slots=True)
class _Read:
    """An article, what is known of it, and the sources that carry the same story, its own first."""

    article: Article
    analysis: Analysis
    sources: tuple[str, ...]

    @property
    def title(self) -> str:
        return " ".join((self.article.title or "").split())


def draft(folder: Path) -> str:
    """A gold set over the articles of `folder`, as YAML that `eval.gold.load` reads and `eval.gold_check` passes.

    Raises:
        InvalidRequest: the folder is not there, or holds no article.
    """
    read = _read(articles_in(folder))
    cases = [case for one in read for case in (*_about_title(one), *_about_words(one))]
    cases += _unanswerable(read)
    used: dict[str, int] = {}
    lines = [_HEADER, f"corpus: {_text(folder.as_posix())}", "cases:"]
    for case in cases:
        used[case["id"]] = used.get(case["id"], 0) + 1
        number = used[case["id"]]
        name = case["id"] if number == 1 else f"{case['id']}-{number}"
        lines.append(f"  - id: {_text(name)}")
        lines += [f"    {field}: {value}" for field, value in case.items() if field != "id"]
    return "\n".join(lines) + "\n"


def _read(articles: Sequence[Article]) -> list[_Read]:
    """The articles to ask about: of near-copies only the first, at most `MAX_ARTICLES` at even distances."""
    copies = groups({article.source: signature(article.text) for article in articles})
    together = {source: tuple(sorted(group)) for group in copies for source in group}
    firsts = [one for one in articles if together.get(one.source, (one.source,))[0] == one.source]
    step = max(1.0, len(firsts) / MAX_ARTICLES)
    chosen = [firsts[int(number * step)] for number in range(min(len(firsts), MAX_ARTICLES))]
    return [
        _Read(one, analyze(one.text, one.boilerplate), together.get(one.source, (one.source,)))
        for one in chosen
    ]


Case = dict[str, str]
"""A case's fields as YAML."""


def _about_title(read: _Read) -> Iterator[Case]:
    lead = _lead(read)
    if not read.title or lead is None:
        return
    words = _DATELINE.sub("", " ".join(lead.of(read.article.text).split()))
    facts = _facts_of(words, read.title)
    if facts:
        yield {
            "id": _slug(read, "title"),
            "question": _text(f"What is reported about “{read.title.rstrip('.')}”?"),
            "answer": _text(words),
            "facts": _groups([[fact] for fact in facts]),
            "sources": _list(read.sources),
            "tags": _list([TAG, "title"]),
        }


def _about_words(read: _Read) -> Iterator[Case]:
    text, seen = read.article.text, set[str]()
    for quotation in read.analysis.quotations:
        speaker = quotation.speaker
        if quotation.kind != "direct" or speaker is None or speaker in seen or not _NAME.fullmatch(speaker):
            continue
        fact = _clause(text[quotation.start : quotation.end])
        if fact is None:
            continue
        seen.add(speaker)
        yield {
            "id": _slug(read, speaker.split()[-1]),
            "question": _text(f"What did {speaker} say{_occasion(read, fact)}?"),
            "answer": _text(text[quotation.start : quotation.end].strip(" ,;")),
            "facts": _groups([[fact]]),
            "sources": _list(read.sources),
            "speakers": _groups([[speaker]]),
            "tags": _list([TAG, "attribution"]),
            "note": _text(f"{read.article.source}, line {read.article.line_at(quotation.start)}"),
        }
        if len(seen) == QUOTATIONS_EACH:
            return


def _unanswerable(read: Sequence[_Read]) -> Iterator[Case]:
    """Speakers whose name occurs in one article only, asked about the title of one far from it in the list."""
    made = 0
    for number, one in enumerate(read):
        named = (_named(quotation) for quotation in one.analysis.quotations)
        speaker = next((name for name in named if name is not None), None)
        if speaker is None or made == UNANSWERABLE:
            continue
        half = number + max(1, len(read) // 2)
        others = [other for other in (*read[half:], *read[:half]) if other is not one]
        last = speaker.split()[-1]
        if any(last in other.article.text for other in others):
            continue
        titled = [other for other in others if other.title]
        if titled:
            other = titled[made % len(titled)]
            made += 1
            yield {
                "id": _slug(other, f"no-{last}"),
                "question": _text(f"What did {speaker} say about “{other.title}”?"),
                "expect": "abstain",
                "tags": _list([TAG, "unanswerable"]),
            }


def _named(quotation: Quotation) -> str | None:
    speaker = quotation.speaker
    return speaker if speaker is not None and _NAME.fullmatch(speaker) else None


def _lead(read: _Read) -> Span | None:
    """The first sentence of prose: ended like one, no boilerplate, not the title."""
    for sentence in read.analysis.sentences:
        words = read.article.text[sentence.start : sentence.end]
        if (
            len(words.split()) >= FACT_WORDS
            and words.rstrip("”’\"')")[-1:] in ".?!"
            and " ".join(words.split()) != read.title
            and not read.article.is_boilerplate(sentence.start, sentence.end)
        ):
            return Span(sentence.start, sentence.end)
    return None


def _facts_of(sentence: str, title: str) -> list[str]:
    """Two figures of a sentence at most, else two names that are not in the title, else its last words."""
    figures = [
        sentence[value.start : value.end]
        for value in values_of(sentence)
        if value.kind not in ("weekday", "words")
    ]
    names = [re.sub(r"['’]s$", "", name.rstrip(".")) for name in _NAME.findall(sentence) if name not in title]
    found = list(dict.fromkeys(" ".join(one.split()) for one in figures or names))[:2]
    return found or [" ".join(sentence.rstrip(" .?!").split()[-FACT_WORDS // 2 :])]


def _clause(quoted: str) -> str | None:
    """The first clause of a quotation that has enough words, as many of them as a fact needs."""
    for clause in _CLAUSE.split(" ".join(quoted.split())):
        words = clause.strip(" ,.;:?!").split()
        if len(words) >= MIN_QUOTED_WORDS:
            return " ".join(words[:FACT_WORDS]).rstrip(",.;:?!")
    return None


def _occasion(read: _Read, fact: str) -> str:
    """What tells this saying from others: the article's title, else the longest word that was said."""
    return (
        f" in “{read.title.rstrip('.')}”"
        if read.title
        else f" about {max(fact.split(), key=len).strip(',.;:')}"
    )


def _slug(read: _Read, what: str) -> str:
    words = re.findall(r"[a-z0-9]+", f"{Path(read.article.source).stem} {what}".casefold())
    return "-".join(words)[:60].strip("-")


def _text(words: str) -> str:
    return json.dumps(plain(words), ensure_ascii=False)


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(json.dumps(item, ensure_ascii=False) for item in items) + "]"


def _groups(groups_of: Sequence[Sequence[str]]) -> str:
    return "[" + ", ".join("[" + ", ".join(_text(one) for one in group) + "]" for group in groups_of) + "]"

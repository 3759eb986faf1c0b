"""Answers made by hand over two small articles, and what is known of the articles."""

from __future__ import annotations

from collections.abc import Sequence

from eval.article_context import ArticleContext
from eval.gold import GoldCase
from eval.measures import Observation
from eval.runs import Found
from ingest.articles import Analysis
from ingest.attribution import analyze
from ingest.errors import ArticleNotFound
from service.answers import Answer, Citation, Disagreement, Side, Statement

BRIDGE = (
    "The bridge over the Orm opened on 4 May. It cost $9 million.\n\n"
    "“It sways as it should,” said Ada Fenn, the engineer. She said that 900 people had crossed.\n"
)
FERRY = "The ferry carried 800 people. “A ferry has a bar,” said Bob Carr, the captain.\n"
TEXTS = {"bridge": BRIDGE, "ferry": FERRY}
SOURCES = {"bridge": "bridge.txt", "ferry": "ferry.txt"}


def read(article_id: str) -> tuple[str, Analysis]:
    if article_id not in TEXTS:
        raise ArticleNotFound(article_id)
    return TEXTS[article_id], analyze(TEXTS[article_id])


CONTEXT = ArticleContext(read, SOURCES.values())


def cite(number: int, words: str, article: str = "bridge", **changes: object) -> Citation:
    """A citation of the words where they stand in an article; `changes` make it wrong."""
    start = TEXTS[article].index(words)
    fields: dict[str, object] = {
        "id": number,
        "article_id": article,
        "source": SOURCES[article],
        "quote": words,
        "start": start,
        "end": start + len(words),
        "line": 1,
        "url": f"/articles/{article}",
    }
    return Citation.model_validate(fields | changes)


def answered(
    *said: tuple[str, Sequence[int]],
    citations: Sequence[Citation],
    sides: Sequence[tuple[str, Sequence[int]]] = (),
) -> Answer:
    """An answer with these statements and citations, and one disagreement where there are sides."""
    return Answer(
        status="answered",
        question="?",
        answer=" ".join(text for text, _ in said),
        statements=tuple(
            Statement(text=text, citations=tuple(ids), support="verbatim") for text, ids in said
        ),
        citations=tuple(citations),
        disagreements=(
            (
                Disagreement(
                    about="?", sides=tuple(Side(text=text, citations=tuple(ids)) for text, ids in sides)
                ),
            )
            if sides
            else ()
        ),
    )


def saying(words: str, article: str = "bridge", **changes: object) -> Answer:
    """An answer of one statement, which is the words that it cites."""
    return answered((words, [1]), citations=[cite(1, words, article, **changes)])


ABSTAINED = Answer(status="abstained", question="?", answer="I cannot say.", reason="nothing was found")


def observed(answer: Answer | None, found: Sequence[Found] = (), error: str | None = None) -> Observation:
    return Observation(answer, error, tuple(found), 12.0)


def passage(words: str, article: str = "bridge") -> Found:
    """A passage that was found: these words of an article."""
    start = TEXTS[article].index(words)
    return Found(article_id=article, source=SOURCES[article], start=start, end=start + len(words), score=1.0)


def case(*facts: str, sources: Sequence[str] = ("bridge.txt",), **fields: object) -> GoldCase:
    """A case whose facts are single phrases; without facts, one that expects Dateline to abstain."""
    made = GoldCase(
        id="c",
        question="?",
        answer=None,
        facts=tuple((fact,) for fact in facts),
        sources=tuple(sources) if facts else (),
        abstain=not facts,
        tags=(),
    )
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made

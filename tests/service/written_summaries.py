"""What tests of written summaries share: models that copy what they are shown, and what each summary must keep."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.retrying import RetryPolicy
from service.answers import Statement
from service.candidates import Candidate
from service.cited_words import evidence_of
from service.generation_thread import Timeouts
from service.map_cache import MapCache
from service.model_limits import CircuitBreaker, ModelLimits, TokenBudget
from service.openai_model import OpenAIModel
from service.reading import Reading
from service.summaries import Summary
from service.summary_writing import SummaryWriter
from service.templates import PromptLibrary
from service.verification import verify
from service.wiring import Services
from tests.service.llm_server import Behaviour, Say

_LINE = re.compile(r"^\[(\d+\.\d+)\] (.*)$", re.MULTILINE)
_NOTE = re.compile(r" \([^()]*: [^()]*\)$")


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][-1]["content"])

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(label, words) of every numbered sentence, without notes."""
        return [(label, _NOTE.sub("", words)) for label, words in _LINE.findall(self.prompt)]

    @property
    def titles(self) -> list[str]:
        return re.findall(r"^Article \d+ \| (.*)$", self.prompt, re.MULTILINE)

    @property
    def is_map(self) -> bool:
        return "Form: key points, one sentence each\n" in self.prompt

    @property
    def is_reduce(self) -> bool:
        return not self.is_map and "Form: " in self.prompt


def plain(words: str) -> bool:
    """Whether a sentence is told plainly, so that it can be copied as a statement."""
    return len(words.split()) < 45 and not re.search(r"[“”\"]|\bsaid\b|\?|^(?:He|She|It|They|But)\b", words)


def copied(asked: Asked, most: int = 3, **how: Any) -> Say:
    """The first plain sentences of each article, each with its label."""
    said: list[str] = []
    of: dict[str, int] = {}
    for label, words in asked.lines:
        article = label.partition(".")[0]
        if plain(words) and of.get(article, 0) < most:
            of[article] = of.get(article, 0) + 1
            said.append(f"{words} [{label}]")
    return Say("\n".join(said) or "NOT IN THE ARTICLES", **how)


def copying(**how: Any) -> Behaviour:
    """A model that copies what it is shown, whatever it is asked."""
    return lambda body: copied(Asked(body), **how)


def by_step(
    *, on_map: Callable[[Asked], Behaviour] = copied, on_reduce: Callable[[Asked], Behaviour] = copied
) -> Behaviour:
    """A model that does one thing with an article and another with what was said of all."""

    def behave(body: dict[str, Any]) -> Behaviour:
        asked = Asked(body)
        return (on_map if asked.is_map else on_reduce)(asked)

    return behave


class Counted(list[str]):
    """Pieces that count how many texts are being written at once."""

    def __init__(self, text: str, active: Active) -> None:
        super().__init__([text])
        self._active = active

    def __iter__(self) -> Iterator[str]:
        with self._active:
            time.sleep(0.03)
            yield self[0]


class Active:
    """How many are inside now, and were at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def __enter__(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._now -= 1


def model_at(
    url: str, *, name: str = "scripted", first_piece_s: float = 10.0, gap_s: float = 5.0, **limits: Any
) -> OpenAIModel:
    """The real gateway. Patience is for busy machines; tests of impatience say how much they need."""
    per_minute = limits.pop("per_minute", None)
    return OpenAIModel(
        name,
        base_url=url,
        timeouts=Timeouts(connect_s=5.0, first_piece_s=first_piece_s, gap_s=gap_s, total_s=30.0),
        policy=RetryPolicy(attempts=1, first_wait_s=0.01, jitter_s=0.0, total_s=5.0),
        limits=ModelLimits(
            breaker=CircuitBreaker(failures=50), budget=TokenBudget(per_minute=per_minute), **limits
        ),
    )


def writer_over(services: Services, model: OpenAIModel, folder: Path | None, **options: Any) -> SummaryWriter:
    """A writer over an index, with texts kept in `folder`."""
    prompts = PromptLibrary.load()
    options = {"at_once": 3, "patience_s": 0.2} | options
    return SummaryWriter(
        model,
        services._library,
        services._embedder,
        MapCache(folder, lambda: services._library.shelf().versions),
        summarize_prompt=prompts.get("summarize"),
        reword_prompt=prompts.get("reword"),
        **options,
    )


def assert_kept(summary: Summary, services: Services) -> None:
    """Citations are verbatim and numbered, statements borne out by theirs, words within the limit, the text repeats
    them."""
    by_id = {citation.id: citation for citation in summary.citations}
    assert list(by_id) == list(range(1, len(by_id) + 1))
    for statement in summary.statements:
        cited = cited_by(statement, summary, services)
        assert verify(statement.text, [evidence_of(one) for one in cited]).supported, statement.text
        assert statement.text in summary.summary
    assert summary.reading.cited == len({citation.article_id for citation in summary.citations})


def cited_by(statement: Statement, summary: Summary, services: Services) -> list[Candidate]:
    """The words that a statement cites, each verbatim, with what their article knows about them."""
    found: list[Candidate] = []
    for citation in summary.citations:
        if citation.id in statement.citations:
            stored = services.article(citation.article_id)
            assert citation.quote == stored.article.text[citation.start : citation.end] != ""
            inside = [
                place
                for place, sentence in enumerate(stored.analysis.sentences)
                if citation.start <= sentence.start and sentence.end <= citation.end
            ]
            span = citation.start, citation.end, inside[0], inside[-1], inside[0]
            found.append(Candidate(Reading(stored), *span, 1.0))
    assert len(found) == len(statement.citations)
    return found

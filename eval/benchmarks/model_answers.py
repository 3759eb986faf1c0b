"""A language model's answers beside the articles' own sentences, on the same questions over the same index.

Questions are asked of the engines in turn, so that what else the machine does falls on both alike.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from eval.gold import GoldCase, GoldSet, load
from eval.metrics import CaseScore, Summary, summarize
from eval.runner import ask
from ingest.errors import InvalidRequest
from service.answers import Answer
from service.opening import open_services
from service.settings import ServiceSettings
from service.wiring import Services

Engine = Literal["extractive", "llm"]
ENGINES: tuple[Engine, ...] = ("extractive", "llm")

Tell = Callable[[str, int, int], None]
"""Takes what is being asked, how many questions are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as one engine answered it. `seconds` is the whole time the asker waited."""

    gold: str
    engine: Engine
    case: GoldCase
    answer: Answer
    score: CaseScore
    seconds: float

    @property
    def fell_back(self) -> bool:
        """Whether a model was asked and the articles' own sentences answered or completed the answer."""
        return self.engine == "llm" and self.answer.engine_note is not None


@dataclass(frozen=True, slots=True)
class Figures:
    """An engine over one gold set, or over all of them together (`gold` is then "all").

    `written` statements are the model's; `shown` are those of the answers that it wrote, `repaired` the ones among them
    whose citation Dateline found; `dropped` counts by reason. `fell_back` are answers that the articles' own sentences
    made or completed. `seconds_median` is of a question.
    """

    gold: str
    engine: Engine
    summary: Summary
    written: int
    shown: int
    repaired: int
    dropped: dict[str, int]
    fell_back: int
    seconds_median: float
    prompt_tokens_median: float
    completion_tokens_median: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How many questions the engines answer differently, as the gold sets see it.

    `refused_wrongly`: the model's answer abstains where the articles' own sentences answer correctly;
    `abstained_wrongly`: the reverse. `better` and `worse`: the model's answer covers more, or fewer, of the facts.
    """

    refused_wrongly: int
    abstained_wrongly: int
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured with which model."""

    model: str | None
    prompt: str | None
    figures: tuple[Figures, ...]
    difference: Difference | None


def measure(
    paths: Sequence[Path],
    settings: ServiceSettings,
    engines: Sequence[Engine],
    tell: Tell,
    *,
    corpus: Path | None = None,
    limit: int | None = None,
    keep: Callable[[Asked], object] = lambda _: None,
) -> Report:
    """Ask the questions of every gold set, `limit` of each at most, taken at even distances.

    `keep` is given each answer as soon as it is there: a run may take hours, and be stopped.

    Articles are the folder a gold set names, else `corpus`; each folder gets an index that is thrown away afterwards.

    Raises:
        InvalidRequest: a gold set is not well formed or names no folder; `llm` is asked for without a model.
    """
    golds = [_limited(load(path), limit) for path in paths]
    folders = {gold.path: _folder(gold, corpus) for gold in golds}
    questions = sum(len(gold.cases) for gold in golds)
    asked: list[Asked] = []
    done = 0
    for folder in dict.fromkeys(folders.values()):
        with TemporaryDirectory(prefix="dateline-bench-") as data_dir:
            own = settings.model_copy(update={"data_dir": Path(data_dir)})
            with open_services(own, role="bench", create=True) as services:
                if missing := set(engines) - set(services.engines()):
                    raise InvalidRequest(
                        f"engine {', '.join(sorted(missing))}: no model is configured; set OPENAI_API_KEY or "
                        "OPENAI_BASE_URL"
                    )
                services.ingest([folder])
                for gold in golds:
                    if folders[gold.path] != folder:
                        continue
                    for case in gold.cases:
                        for engine in engines:
                            asked.append(_timed(gold.path.stem, case, services, engine))
                            keep(asked[-1])
                        done += 1
                        tell(gold.path.stem, done, questions)
    return report(asked)


def report(asked: Sequence[Asked]) -> Report:
    """The figures of what was asked, by gold set and together."""
    golds = list(dict.fromkeys(one.gold for one in asked))
    groups = [*golds, "all"] if len(golds) > 1 else golds
    figures = []
    for gold in groups:
        for engine in ENGINES:
            of_both = [one for one in asked if one.engine == engine and gold in (one.gold, "all")]
            if of_both:
                figures.append(_figures(gold, engine, of_both))
    by_model = [one.answer for one in asked if one.answer.model]
    return Report(
        model=by_model[0].model if by_model else None,
        prompt=by_model[0].prompt.hash if by_model and by_model[0].prompt else None,
        figures=tuple(figures),
        difference=_difference(asked),
    )


def _figures(gold: str, engine: Engine, asked: Sequence[Asked]) -> Figures:
    dropped: Counter[str] = Counter()
    for one in asked:
        dropped.update(item.reason for item in one.answer.diagnostics.dropped)
    written = sum(one.answer.diagnostics.written for one in asked)
    by_model = [one.answer for one in asked if one.answer.model]
    return Figures(
        gold=gold,
        engine=engine,
        summary=summarize([(one.case, one.score) for one in asked]),
        written=written,
        shown=written - sum(dropped.values()),
        repaired=sum(one.answer.diagnostics.repaired for one in asked),
        dropped=dict(sorted(dropped.items())),
        fell_back=sum(one.fell_back for one in asked),
        seconds_median=statistics.median(one.seconds for one in asked),
        prompt_tokens_median=_median([answer.usage.prompt_tokens for answer in by_model]),
        completion_tokens_median=_median([answer.usage.completion_tokens for answer in by_model]),
    )


def _difference(asked: Sequence[Asked]) -> Difference | None:
    """None unless both engines were asked."""
    pairs: dict[tuple[str, str], dict[Engine, Asked]] = {}
    for one in asked:
        pairs.setdefault((one.gold, one.case.id), {})[one.engine] = one
    both = [(pair["extractive"].score, pair["llm"].score) for pair in pairs.values() if len(pair) == 2]
    if not both:
        return None
    return Difference(
        refused_wrongly=sum(
            theirs.correct and not theirs.abstained and mine.abstained for theirs, mine in both
        ),
        abstained_wrongly=sum(
            mine.correct and not mine.abstained and theirs.abstained for theirs, mine in both
        ),
        better=sum((mine.fact_coverage or 0) > (theirs.fact_coverage or 0) for theirs, mine in both),
        worse=sum((mine.fact_coverage or 0) < (theirs.fact_coverage or 0) for theirs, mine in both),
    )


def _timed(gold: str, case: GoldCase, services: Services, engine: Engine) -> Asked:
    begun = time.perf_counter()
    _, answer, score = ask(case, services, engine=engine)
    return Asked(gold, engine, case, answer, score, time.perf_counter() - begun)


def _folder(gold: GoldSet, corpus: Path | None) -> Path:
    folder = gold.corpus or corpus
    if folder is None:
        raise InvalidRequest(f"{gold.path} names no corpus: give --corpus FOLDER")
    return folder


def _limited(gold: GoldSet, limit: int | None) -> GoldSet:
    if limit is None or limit >= len(gold.cases):
        return gold
    step = len(gold.cases) / limit
    return replace(gold, cases=tuple(gold.cases[int(number * step)] for number in range(limit)))


def _median(values: Sequence[int]) -> float:
    return statistics.median(values) if values else 0.0

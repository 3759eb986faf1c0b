"""A language model's answers beside the articles' own sentences, on the same questions over the same index.

Questions are asked of the engines in turn, so that what else the machine does falls on both alike.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from eval.asking import InProcessAsker
from eval.gold import GoldCase, GoldSet, load
from eval.measures import figures as figures_of
from eval.runner import measured
from eval.runs import Attempt, CaseRun
from ingest.errors import InvalidRequest
from service.opening import open_services
from service.settings import ServiceSettings

Engine = Literal["extractive", "llm"]
ENGINES: tuple[Engine, ...] = ("extractive", "llm")

Tell = Callable[[str, int, int], None]
"""Takes what is being asked, how many questions are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as one engine answered it, with its scores and the whole time the asker waited."""

    gold: str
    engine: Engine
    case: GoldCase
    attempt: Attempt

    @property
    def seconds(self) -> float:
        """The whole time the asker waited."""
        return self.attempt.latency_ms / 1000

    @property
    def fell_back(self) -> bool:
        """Whether a model was asked and the articles' own sentences answered or completed the answer."""
        answer = self.attempt.answer
        return self.engine == "llm" and answer is not None and answer.engine_note is not None

    @property
    def abstained(self) -> bool:
        """Whether the answer says that the articles do not answer the question."""
        return self.attempt.answer is not None and self.attempt.answer.status == "abstained"

    @property
    def correct(self) -> bool:
        """Whether the answer is right, or abstains rightly."""
        return self.attempt.scores.get("correct") == 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """An engine over one gold set, or over all of them together (`gold` is then "all").

    `measures` are figures of `eval.measures`, by name; `failed` counts questions without an answer. `written` are the
    model's statements; `shown` are those of the answers that it wrote, `repaired` the ones among them whose citation
    Dateline found; `dropped` counts by reason. `fell_back` are answers that the articles' own sentences made or
    completed. `seconds_median` is of a question.
    """

    gold: str
    engine: Engine
    cases: int
    failed: int
    measures: Mapping[str, float | None]
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
            own = settings.model_copy(update={"data_dir": Path(data_dir), "kept_answers": 0})
            with open_services(own, role="bench", create=True) as services:
                if missing := set(engines) - set(services.engines()):
                    raise InvalidRequest(
                        f"engine {', '.join(sorted(missing))}: no model is configured; set OPENAI_API_KEY or "
                        "OPENAI_BASE_URL"
                    )
                services.ingest([folder])
                askers = {engine: InProcessAsker(services, engine=engine) for engine in engines}
                for gold in golds:
                    if folders[gold.path] != folder:
                        continue
                    for case in gold.cases:
                        for engine, asker in askers.items():
                            attempt = measured(case, f"{gold.name}/{case.id}", asker)
                            asked.append(Asked(gold.name, engine, case, attempt))
                            keep(asked[-1])
                        done += 1
                        tell(gold.name, done, questions)
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
    answers = [one.attempt.answer for one in asked if one.attempt.answer is not None]
    by_model = [answer for answer in answers if answer.model]
    return Report(
        model=by_model[0].model if by_model else None,
        prompt=by_model[0].prompt.hash if by_model and by_model[0].prompt else None,
        figures=tuple(figures),
        difference=_difference(asked),
    )


def _figures(gold: str, engine: Engine, asked: Sequence[Asked]) -> Figures:
    dropped: Counter[str] = Counter()
    answers = [one.attempt.answer for one in asked if one.attempt.answer is not None]
    for answer in answers:
        dropped.update(item.reason for item in answer.diagnostics.dropped)
    written = sum(answer.diagnostics.written for answer in answers)
    by_model = [answer for answer in answers if answer.model]
    runs = [
        CaseRun(key=f"{one.gold}/{one.case.id}", gold=one.gold, case=one.case, attempts=(one.attempt,))
        for one in asked
    ]
    return Figures(
        gold=gold,
        engine=engine,
        cases=len(asked),
        failed=len(asked) - len(answers),
        measures={name: figure.value for name, figure in figures_of(runs).items()},
        written=written,
        shown=written - sum(dropped.values()),
        repaired=sum(answer.diagnostics.repaired for answer in answers),
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
    both = [(pair["extractive"], pair["llm"]) for pair in pairs.values() if len(pair) == 2]
    if not both:
        return None
    return Difference(
        refused_wrongly=sum(
            theirs.correct and not theirs.abstained and mine.abstained for theirs, mine in both
        ),
        abstained_wrongly=sum(
            mine.correct and not mine.abstained and theirs.abstained for theirs, mine in both
        ),
        better=sum(_coverage(mine) > _coverage(theirs) for theirs, mine in both),
        worse=sum(_coverage(mine) < _coverage(theirs) for theirs, mine in both),
    )


def _coverage(asked: Asked) -> float:
    return asked.attempt.scores.get("fact_coverage") or 0.0


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

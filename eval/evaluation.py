"""A whole evaluation, from gold sets to a verdict: what `dateline eval` does, without a command line around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.asking import WAITING_CONCURRENCY, Asker, RecordingMode, open_asker
from eval.comparison import Comparison, compare
from eval.gate import Verdict, judge
from eval.gold import GoldProblem, GoldSet, load
from eval.gold_check import check
from eval.gold_corpus import texts_in
from eval.gold_reading import read
from eval.runner import keep, run
from eval.runs import Run, load_run
from eval.thresholds import Thresholds
from ingest.errors import InvalidRequest
from ingest.report import Progress
from service.settings import ServiceSettings

JUDGE_FOLDER = "judge"
"""Of the user's cache folder: replies that were paid for once."""

Tell = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be evaluated, and against what. `use_index` asks the index that the settings name, as it is; `file` is
    where the run is kept, and with `resume` what it goes on from."""

    golds: tuple[GoldSet, ...]
    thresholds: Thresholds
    corpus: Path | None = None
    server: str | None = None
    api_key: str | None = None
    engine: str | None = None
    use_index: bool = False
    file: Path | None = None
    resume: bool = False
    concurrency: int | None = None
    repeats: int = 1
    recordings: RecordingMode = "off"
    recordings_folder: Path | None = None
    baseline: Path | None = None
    judge: bool = False


def evaluate(
    wanted: Wanted,
    settings: ServiceSettings,
    on_progress: Callable[[Progress], None],
    telling: Callable[[], Tell],
) -> tuple[Run, Verdict | None, Comparison | None]:
    """Ask, measure, compare and judge. `on_progress` hears of articles being read, what `telling` gives of questions.

    Raises:
        InvalidRequest: gold sets name no folder or several; the run cannot be resumed; an engine is not there.
        DatelineError: from settings, index, embedder, model or server.
    """
    baseline = None if wanted.baseline is None else load_run(wanted.baseline)
    resumed = load_run(wanted.file) if wanted.resume and wanted.file is not None else None
    with _asker(wanted, settings, on_progress) as asker:
        tell = telling()
        result = run(
            wanted.golds,
            asker,
            file=wanted.file,
            resumed=resumed,
            concurrency=wanted.concurrency,
            repeats=wanted.repeats,
            tell=lambda done, total: tell("Asking", done, total),
        )
    if wanted.judge:
        result = with_judgements(result, settings, lambda done, total: tell("Judging", done, total))
        keep(result, wanted.file)
    verdict, comparison = judged(result, wanted.thresholds, baseline)
    return result, verdict, comparison


def with_judgements(run: Run, settings: ServiceSettings, tell: Callable[[int, int], None]) -> Run:
    """The run with what the configured model says of its answers.

    Raises:
        InvalidRequest: no model is configured.
        PermanentError: the model refuses.
    """
    from eval.judge import Judge
    from service.model_selection import open_language_model
    from service.templates import PromptLibrary

    model = open_language_model(settings)
    if model is None:
        raise InvalidRequest("there is no model to judge: set OPENAI_API_KEY or OPENAI_BASE_URL")
    prompt = PromptLibrary.load(settings.prompts_dir).get("judge")
    with closing(model):
        judge = Judge(model, prompt, cache=settings.cache_dir / JUDGE_FOLDER)
        found = judge.judge(run.cases, concurrency=WAITING_CONCURRENCY, tell=tell)
    configuration = run.configuration.model_copy(update={"judge": found.model})
    return run.model_copy(update={"judgements": found, "configuration": configuration})


def judged(
    run: Run, thresholds: Thresholds, baseline: Run | None
) -> tuple[Verdict | None, Comparison | None]:
    """The verdict, None when nothing is required and nothing was repeated, and the comparison with the baseline."""
    comparison = None if baseline is None else compare(baseline, run)
    verdict = judge(run, thresholds, comparison)
    return (verdict if verdict.checks or run.configuration.repeats > 1 else None), comparison


def load_golds(paths: Sequence[Path]) -> tuple[GoldSet, ...]:
    """The gold sets, each file once.

    Raises:
        InvalidRequest: one is not well formed; the message names file, line and field of everything that is wrong.
    """
    return tuple(load(path) for path in dict.fromkeys(paths))


def checked(paths: Sequence[Path], corpus: Path | None) -> list[GoldProblem]:
    """Everything that is wrong with gold sets, in themselves and beside their articles.

    Raises:
        InvalidRequest: a folder of articles is not there, or cannot be read.
    """
    found: list[GoldProblem] = []
    texts: dict[Path, dict[str, str]] = {}
    for path in dict.fromkeys(paths):
        gold, problems = read(path)
        found += problems
        folder = corpus or (gold.corpus if gold is not None else None)
        if gold is None or folder is None:
            continue
        if folder not in texts:
            texts[folder] = texts_in(folder)
        found += check(gold, texts[folder])
    return found


def corpus_of(golds: Sequence[GoldSet]) -> Path:
    """The one folder of articles that gold sets are about.

    Raises:
        InvalidRequest: they name none, or several.
    """
    folders = list(dict.fromkeys(gold.corpus for gold in golds))
    named = [folder for folder in folders if folder is not None]
    if not named:
        raise InvalidRequest(
            f"{golds[0].path} names no corpus: give --corpus FOLDER, or --server URL, or `dateline --data-dir FOLDER "
            "eval` for an index that exists"
        )
    if len(folders) > 1:
        others = [gold for gold in golds if gold.corpus != golds[0].corpus]
        raise InvalidRequest(
            f"{golds[0].path} and {others[0].path} are about different articles ({golds[0].corpus} and "
            f"{others[0].corpus}): run them apart, or give --corpus FOLDER with both"
        )
    return named[0]


@contextmanager
def _asker(
    wanted: Wanted, settings: ServiceSettings, on_progress: Callable[[Progress], None]
) -> Iterator[Asker]:
    with ExitStack() as stack:
        if wanted.server is not None:
            yield stack.enter_context(_server(wanted, wanted.server, settings))
            return
        corpus = None if wanted.use_index else wanted.corpus or corpus_of(wanted.golds)
        yield stack.enter_context(
            open_asker(
                settings,
                corpus=corpus,
                engine=wanted.engine,
                recordings=wanted.recordings,
                folder=wanted.recordings_folder,
                on_progress=on_progress,
            )
        )


@contextmanager
def _server(wanted: Wanted, url: str, settings: ServiceSettings) -> Iterator[Asker]:
    from eval.asking_server import ServerAsker
    from ingest.embedding import open_embedder

    embedder = open_embedder(settings.model_copy(update={"embedder": "bundled"}))
    with ServerAsker(url, api_key=wanted.api_key, engine=wanted.engine, embedder=embedder) as asker:
        yield asker

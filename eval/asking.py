"""Who is asked the questions of a run: Dateline in this process, over an index of its own or one that exists.

`eval.asking_server` has the asker for a server that runs elsewhere. Both give the same observations, made of the same
events, so that production is scored by the same measures as a checkout.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

from eval.article_context import ArticleContext
from eval.gold import GoldCase
from eval.measures import Context, Observation
from eval.origins import code_reference, content_digest, prompt_hashes, settings_told
from eval.recorded_models import RecordingModel, ReplayedModel
from eval.recordings import Recordings
from eval.runs import CodeReference, Configuration, Found, IndexReference
from ingest.errors import DatelineError, IndexOwned, InvalidRequest
from ingest.report import Progress
from service.answers import Answer, Passage
from service.events import DoneEvent, PassagesEvent
from service.llm import LanguageModel
from service.model_selection import open_language_model
from service.opening import open_services
from service.request_context import REQUEST_ID
from service.settings import ServiceSettings
from service.wiring import Services

EMBEDDED_CONCURRENCY = 1
"""The articles' own sentences are this machine's work: questions side by side would be timed beside each other."""
WAITING_CONCURRENCY = 4
"""A model or a server is waited for; four is what Dateline's own gateway lets through at once."""

RecordingMode = Literal["off", "record", "replay"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked, as a run keeps it. `concurrency` is how many questions at a time serve it best."""

    code: CodeReference
    index: IndexReference
    configuration: Configuration
    prompts: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = EMBEDDED_CONCURRENCY


class Asker(Protocol):
    """Answers the cases of gold sets. Threads may share it."""

    @property
    def subject(self) -> Subject:
        """What is asked; the same from the first question to the last."""

    @property
    def context(self) -> Context:
        """The articles, for whoever measures the answers."""

    def ask(self, case: GoldCase, key: str) -> Observation:
        """Ask one case. Never raises for a question that fails: the observation says why. `key` names the case."""


class InProcessAsker:
    """See `Asker`: over open services, which stay the caller's to close."""

    def __init__(
        self,
        services: Services,
        *,
        engine: str | None = None,
        recordings: RecordingMode = "off",
        model: LanguageModel | None = None,
    ) -> None:
        """`engine` is as in `Services.ask`; `model` is the one the services have, if any.

        Raises:
            InvalidRequest: there is no such engine.
        """
        if engine is not None and engine not in services.engines():
            raise InvalidRequest(
                f"engine {engine}: only {', '.join(services.engines())} is available; a model needs OPENAI_API_KEY, "
                "OPENAI_BASE_URL or --replay"
            )
        self._services = services
        self._engine = engine
        self._troubles = model.troubles if isinstance(model, RecordingModel | ReplayedModel) else None
        self.context: Context = ArticleContext.of(services, services._embedder)
        writes = model is not None and engine != "extractive"
        self.subject = Subject(
            code=code_reference(),
            index=_index_of(services),
            configuration=Configuration(
                engine=engine or services.engines()[-1],
                model=model.name if writes and model is not None else None,
                recordings=recordings if writes else "off",
                settings=settings_told(services.settings, model=writes),
            ),
            prompts=prompt_hashes(services.settings.prompts_dir) if writes else {},
            concurrency=WAITING_CONCURRENCY if writes and recordings != "replay" else EMBEDDED_CONCURRENCY,
        )

    def ask(self, case: GoldCase, key: str) -> Observation:
        """See `Asker`."""
        token = REQUEST_ID.set(key)
        begun = time.perf_counter()
        answer, error, found = None, None, tuple[Found, ...]()
        try:
            events = self._services.ask_events(
                case.question, history=case.history, filters=case.filters, engine=self._engine
            )
            for event in events:
                if isinstance(event, PassagesEvent):
                    found = found_in(event.passages)
                elif isinstance(event, DoneEvent):
                    answer = event.answer
        except DatelineError as failure:
            error = " ".join(str(failure).split())
        except Exception as failure:  # noqa: BLE001  a question that breaks the engine is a finding, not the end of a run
            error = " ".join(f"unexpected {type(failure).__name__}: {failure}".split())
        finally:
            REQUEST_ID.reset(token)
        waited_ms = (time.perf_counter() - begun) * 1000
        trouble = None if self._troubles is None else self._troubles.take(key)
        return observed(answer, trouble or error, found, waited_ms)


def observed(
    answer: Answer | None, error: str | None, found: tuple[Found, ...], waited_ms: float
) -> Observation:
    """An observation; an answer beside an error is not what was asked for, and left out."""
    return Observation(None if error is not None else answer, error, found, round(waited_ms, 2))


def found_in(passages: tuple[Passage, ...]) -> tuple[Found, ...]:
    """Passages as a run keeps them: where they are, without their words."""
    return tuple(
        Found(
            article_id=passage.article_id,
            source=passage.source,
            start=passage.start,
            end=passage.end,
            score=passage.score,
        )
        for passage in passages
    )


@contextmanager
def open_asker(
    settings: ServiceSettings,
    *,
    corpus: Path | None,
    engine: str | None = None,
    recordings: RecordingMode = "off",
    folder: Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Iterator[InProcessAsker]:
    """An asker over an index of `corpus` that is thrown away afterwards, or over the index that `settings` name.

    Args:
        corpus: the folder of articles; None takes the index that is there, and changes nothing in it.
        folder: of recordings, for `record` and `replay`.

    Raises:
        InvalidRequest: the corpus has no articles, or files of it cannot be read; recordings are missing altogether.
        DatelineError: from settings, index, embedder or model.
    """
    with ExitStack() as stack:
        if corpus is not None:
            if not corpus.is_dir():
                raise InvalidRequest(f"there is no folder {corpus}: give --corpus FOLDER")
            own = stack.enter_context(TemporaryDirectory(prefix="dateline-eval-"))
            settings = settings.model_copy(update={"data_dir": Path(own), "chroma_url": None})
        settings = settings.model_copy(update={"kept_answers": 0})  # each repetition is worked out
        model = None if engine == "extractive" else _model(settings, recordings, folder)
        try:
            services = stack.enter_context(
                open_services(_told(settings, model), role="eval", create=corpus is not None, model=model)
            )
        except IndexOwned as error:
            hint = f"; ask it with --server {error.owner_url}" if error.owner_url else ""
            raise IndexOwned(f"{error}{hint}", error.owner_url) from error
        if corpus is not None:
            _fill(services, corpus, on_progress)
        yield InProcessAsker(services, engine=engine, recordings=recordings, model=model)


def _model(settings: ServiceSettings, recordings: RecordingMode, folder: Path | None) -> LanguageModel | None:
    if recordings == "replay" and folder is not None:
        return ReplayedModel(Recordings(folder))
    model = open_language_model(settings)
    if recordings == "record" and folder is not None:
        if model is None:
            raise InvalidRequest("there is no model to record: set OPENAI_API_KEY or OPENAI_BASE_URL")
        return RecordingModel(model, Recordings(folder))
    return model


def _told(settings: ServiceSettings, model: LanguageModel | None) -> ServiceSettings:
    """The settings, without a model where none is to be asked: `open_services` would open the one they name."""
    return settings if model is not None else settings.model_copy(update={"llm_model": "none"})


def _fill(services: Services, corpus: Path, on_progress: Callable[[Progress], None] | None) -> None:
    report = services.ingest([corpus], on_progress=on_progress)
    if report.failed:
        first = report.failed[0]
        raise InvalidRequest(
            f"{len(report.failed)} files of {corpus} cannot be read, the first {first.source}: {first.reason}"
        )
    if not services.articles(limit=1)[0]:
        raise InvalidRequest(f"{corpus} holds no articles")


def _index_of(services: Services) -> IndexReference:
    ready = services.ready()
    _, records = services.articles(limit=ready.articles)
    return IndexReference(
        embedder=ready.embedder,
        fingerprint=services._library.store.fingerprint,
        generation=ready.generation,
        articles=ready.articles,
        chunks=ready.chunks,
        content=content_digest(records),
    )


__all__ = ["Asker", "InProcessAsker", "Subject", "found_in", "observed", "open_asker"]

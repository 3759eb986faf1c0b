"""The retrieval benchmark: each searcher over each question, as asked and without the outlets' names.

The index is made with Dateline's own ingest, so that what is measured is what its users get.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eval.benchmarks.multihop import (
    ARTICLES_FILE,
    QUESTIONS_FILE,
    BenchmarkArticle,
    BenchmarkQuestion,
    evenly,
    load_articles,
    load_questions,
)
from eval.benchmarks.outcomes import RetrievalReport, outcomes_of
from eval.benchmarks.outlet_names import OutletRemover, plain_in
from eval.benchmarks.runs import PassageLengths, QuestionResult, Run, run
from eval.benchmarks.searchers import ABLATIONS, BASELINE, SEARCHERS, OpenIndex, Row
from ingest.errors import InvalidRequest
from ingest.report import Progress as IngestProgress
from service.opening import open_services
from service.settings import ServiceSettings
from service.wiring import Services

DATASET = "multihop-rag"
AS_ASKED, WITHOUT_OUTLETS = "as asked", "outlets removed"

Tell = Callable[[str, int, int], None]
"""Takes what is being measured, how many questions are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Data:
    """The benchmark's files, read. `left_out` counts the questions that a limit leaves out."""

    folder: Path
    articles: tuple[BenchmarkArticle, ...]
    questions: tuple[BenchmarkQuestion, ...]
    questions_file: str
    left_out: int

    @classmethod
    def load(cls, folder: Path, questions_file: str = QUESTIONS_FILE, limit: int | None = None) -> Data:
        """Read `articles.jsonl` and a file of questions, both in `folder`; at most `limit` questions are kept, taken
        at even distances from the file.

        Raises:
            InvalidRequest: naming the file and the line that is wrong, or no question that is kept is answerable.
        """
        path = folder / questions_file
        questions = load_questions(path)
        kept = evenly(questions, limit)
        if not any(question.answerable for question in kept):
            raise InvalidRequest(f"{path}: none of the {len(kept)} questions to ask is answerable")
        return cls(
            folder=folder,
            articles=load_articles(folder / ARTICLES_FILE),
            questions=kept,
            questions_file=path.name,
            left_out=len(questions) - len(kept),
        )

    def outlet_remover(self) -> OutletRemover:
        """Takes the names of the articles' outlets out of a question."""
        return OutletRemover(
            {article.outlet for article in self.articles},
            plain_in([article.text for article in self.articles]),
        )


def chosen_rows(*, ablation: bool) -> dict[str, Row]:
    """The rows to measure, by name, the baseline first."""
    return dict(SEARCHERS) | (dict(ABLATIONS) if ablation else {})


@contextmanager
def open_index(
    data: Data, folder: Path | None, on_progress: Callable[[IngestProgress], None] | None = None
) -> Iterator[Services]:
    """Services over the benchmark's articles and no others: the index in `folder`, made or finished where it lacks
    some, or with None one in a temporary folder.

    Raises:
        InvalidRequest: the index does not hold exactly these articles.
        DatelineError: from settings, index or embedder.
    """
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as temporary:
        settings = ServiceSettings.load(data_dir=folder or Path(temporary), chroma_url=None)
        with open_services(settings, role="bench", create=True) as services:
            if _missing(services, data) and not _foreign(services, data):
                services.ingest([data.folder / ARTICLES_FILE], on_progress=on_progress)
            missing, foreign = _missing(services, data), _foreign(services, data)
            if missing or foreign:
                raise InvalidRequest(
                    f"the index in {settings.data_dir} does not hold the articles of {data.folder / ARTICLES_FILE}: "
                    f"{missing} are missing and {foreign} are others; give --index an empty folder, or leave it out"
                )
            yield services


def measure(
    services: Services,
    data: Data,
    rows: Mapping[str, Row],
    tell: Tell = lambda _what, _done, _total: None,
) -> tuple[RetrievalReport, tuple[QuestionResult, ...]]:
    """Measure every row over every question in both wordings: the figures, and what they are made of.

    Raises:
        InvalidRequest: a searcher returned a passage of more than 256 tokens.
    """
    index = OpenIndex.of(services)
    remove = data.outlet_remover()
    asked_as = [question.text for question in data.questions]
    texts = {AS_ASKED: asked_as, WITHOUT_OUTLETS: [remove(text) for text in asked_as]}
    lengths = PassageLengths(index.embedder)
    runs: list[Run] = []
    for name, row in rows.items():
        searcher = row.searcher(index)
        for wording, asked in texts.items():
            told = partial(tell, f"{name}, {wording}")
            runs.append(run(name, wording, searcher, data.questions, asked, index.embedder, lengths, told))
    kinds = [question.type for question in data.questions if question.answerable]
    ready = services.ready()
    report = RetrievalReport(
        dataset=DATASET,
        questions_file=data.questions_file,
        baseline=BASELINE,
        answerable=len(kinds),
        null=len(data.questions) - len(kinds),
        left_out=data.left_out,
        reworded=sum(a != b for a, b in zip(asked_as, texts[WITHOUT_OUTLETS], strict=True)),
        still_named=sum(bool(remove.named(text)) for text in texts[WITHOUT_OUTLETS]),
        types={kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
        articles=ready.articles,
        chunks=ready.chunks,
        embedder=ready.embedder,
        passage_tokens_max=lengths.largest,
        passage_tokens_mean=lengths.mean,
        outcomes=outcomes_of(
            runs, data.questions, {name: row.description for name, row in rows.items()}, BASELINE
        ),
    )
    return report, tuple(result for one in runs for result in one.results)


def _missing(services: Services, data: Data) -> int:
    """How many of the benchmark's articles the index lacks."""
    return len({article.url for article in data.articles} - set(_urls(services)))


def _foreign(services: Services, data: Data) -> int:
    """How many articles of the index are none of the benchmark's, or are there a second time."""
    held = _urls(services)
    return len(held) - len(set(held) & {article.url for article in data.articles})


def _urls(services: Services) -> list[str | None]:
    total, _ = services.articles(limit=0)
    return [record.url for record in services.articles(limit=total)[1]]

"""Runs gold summaries over an open index: Dateline and the baselines on the same cases, scored the same way.

Baselines are given the relevant articles of a topic, which Dateline has to find: they are flattered, not hindered.
What is missed is kept for `dev` cases only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.summary_baselines import Baseline, LexRank, drawn, lead, lead_3, prose_of, words_in
from eval.summary_gold import SummaryCase, SummaryGold
from eval.summary_metrics import (
    CitationScore,
    ComparisonScore,
    DateScore,
    Rouge,
    SourceScore,
    ceiling,
    citation_score,
    comparison_score,
    compression,
    date_score,
    key_points,
    points_missed,
    redundancy,
    said_by,
    source_score,
)
from ingest.errors import InvalidRequest
from ingest.records import StoredArticle
from service.answers import Citation
from service.candidates import Candidate
from service.cited_words import evidence_for
from service.opening import open_services
from service.reading import Reading
from service.settings import ServiceSettings
from service.summaries import Summary, SummaryRequest
from service.verification import Evidence
from service.wiring import Services

OURS = "dateline"
FLOOR = "random"
CEILING = "ceiling"
KEY_POINTS = "key points"
MEASURES = (KEY_POINTS, "ROUGE-1", "ROUGE-2", "ROUGE-L", "redundancy", "words", "compression")

Scores = Mapping[str, float | None]
"""By the names of `MEASURES`."""
Summarize = Callable[[SummaryRequest], Summary]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: the scores of each system by its name (articles and topics only), and what only Dateline has.

    `missed` has the points, events and sides that were not found; it is empty for a blind case. `over` says whether the
    summary has more words than were allowed.
    """

    case: SummaryCase
    systems: Mapping[str, Scores]
    citations: CitationScore
    dates: DateScore | None
    sources: SourceScore
    comparison: ComparisonScore
    over: bool
    abstained: bool
    took_ms: float
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryRun:
    """A gold set's results, in its order, how many articles the index holds, and whether ROUGE was measured."""

    gold: SummaryGold
    articles: int
    engine: str
    rouge: bool
    results: tuple[CaseResult, ...]

    @property
    def median_ms(self) -> float:
        """The median time of a summary."""
        return statistics.median(result.took_ms for result in self.results)


@dataclass(frozen=True)
class OpenCorpus:
    """The articles of an index by their sources, as gold sets name them."""

    articles: Mapping[str, StoredArticle]
    prose: Mapping[str, Sequence[str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prose", {source: prose_of(one) for source, one in self.articles.items()})

    @classmethod
    def of(cls, services: Services) -> OpenCorpus:
        """Everything that the index holds."""
        records = services.articles(limit=10**9)[1]
        return cls({record.source: services.article(record.article_id) for record in records})

    def text_of(self, article_id: str) -> str:
        """An article's text by its id; "" if there is none."""
        return next(
            (a.article.text for a in self.articles.values() if a.article.article_id == article_id), ""
        )

    def evidence_of(self, statement: str, citation: Citation) -> Evidence:
        """What the words of a citation are evidence of, as for answers."""
        reading = Reading(self.articles[citation.source])
        return evidence_for(statement, Candidate(reading, citation.start, citation.end, 0, 0, 0, 0.0))

    def checked(self, gold: SummaryGold) -> None:
        """Raise InvalidRequest when the gold set names an article that is not there."""
        for case in gold.cases:
            named = [*case.request.sources, *case.relevant, *(one for group in case.copies for one in group)]
            named += [source for event in case.events for source in event.sources]
            for source in named:
                if source not in self.articles:
                    raise InvalidRequest(
                        f"{gold.path}: case {case.id!r}: the corpus has no article {source!r}"
                    )


@contextmanager
def opened(corpus: Path) -> Iterator[Services]:
    """Services over a temporary index of the folder `corpus`."""
    with TemporaryDirectory(prefix="dateline-summaries-") as folder:
        settings = ServiceSettings.load(data_dir=Path(folder), chroma_url=None)
        with open_services(settings, role="bench summaries", create=True) as services:
            services.ingest([corpus])
            yield services


def run(
    gold: SummaryGold,
    corpus: OpenCorpus,
    summarize: Summarize,
    engine: str = "extractive",
    tell: Callable[[str, int, int], None] = lambda _what, _done, _total: None,
) -> SummaryRun:
    """Summarize and score every case.

    Raises:
        InvalidRequest: the gold set names an article that is not in the corpus.
    """
    corpus.checked(gold)
    rouge = Rouge.open()
    lexrank = LexRank(sentence for prose in corpus.prose.values() for sentence in prose)
    baselines: dict[str, Baseline] = {"lead-3": lead_3, "lead": lead, "lexrank": lexrank, FLOOR: drawn}
    results = []
    for number, case in enumerate(gold.cases, start=1):
        begun = time.perf_counter()
        summary = summarize(case.request)
        took_ms = 1000 * (time.perf_counter() - begun)
        said = [text for text, _ in said_by(summary)]
        systems: dict[str, Scores] = {}
        if case.kind in ("article", "topic"):
            articles = [corpus.prose[source] for source in case.relevant or corpus.articles]
            length = sum(words_in(sentence) for prose in articles for sentence in prose)
            systems[OURS] = _scores(case, [said], length, rouge)
            for name, baseline in baselines.items():
                systems[name] = _scores(case, baseline(articles, case.request.max_words), length, rouge)
            sentences = (sentence for prose in articles for sentence in prose)
            best = ceiling(case.points, sentences, case.request.max_words)
            systems[CEILING] = dict.fromkeys(MEASURES) | {KEY_POINTS: best}
        results.append(
            CaseResult(
                case=case,
                systems=systems,
                citations=citation_score(summary, corpus.text_of, corpus.evidence_of),
                dates=date_score(case.events, summary.events, summary.citations) if case.events else None,
                sources=source_score(case, summary),
                comparison=comparison_score(case, summary),
                over=sum(words_in(one.text) for one in summary.statements) > case.request.max_words,
                abstained=summary.status == "abstained",
                took_ms=took_ms,
                missed=_missed(case, summary, said) if case.half == "dev" else (),
            )
        )
        tell(gold.path.name, number, len(gold.cases))
    return SummaryRun(gold, len(corpus.articles), engine, rouge is not None, tuple(results))


def _scores(
    case: SummaryCase, summaries: Sequence[Sequence[str]], source_words: int, rouge: Rouge | None
) -> Scores:
    """The mean scores of a system's summaries of a case."""
    found = [_one(case, statements, source_words, rouge) for statements in summaries]
    return {measure: _mean([scores[measure] for scores in found]) for measure in MEASURES}


def _one(case: SummaryCase, statements: Sequence[str], source_words: int, rouge: Rouge | None) -> Scores:
    made = key_points(case.points, statements)
    scored = rouge(case.reference, statements) if rouge is not None and case.reference else {}
    return {
        KEY_POINTS: sum(made) / len(made) if made else None,
        "ROUGE-1": scored.get("rouge1"),
        "ROUGE-2": scored.get("rouge2"),
        "ROUGE-L": scored.get("rougeLsum"),
        "redundancy": redundancy(statements),
        "words": float(sum(words_in(text) for text in statements)),
        "compression": compression(statements, source_words),
    }


def _missed(case: SummaryCase, summary: Summary, said: Sequence[str]) -> tuple[str, ...]:
    missed = points_missed(case.points, key_points(case.points, said))
    for event in case.events:
        if not event.optional and date_score([event], summary.events, summary.citations).recall == 0:
            missed.append(f"event of {event.date}: {' & '.join('|'.join(group) for group in event.words)}")
    comparison = comparison_score(case, summary)
    if comparison.disagreement is False:
        sides = [" & ".join("|".join(group) for group in side.words) for side in case.disagreement]
        missed.append(f"disagreement: {' against '.join(sides)}")
    if comparison.shared is not None and comparison.shared < 1:
        missed.append(f"shared: {comparison.shared:.2f} of {len(case.shared)}")
    if comparison.one_story is False:
        missed.append("near-copies stand as two stories")
    return tuple(missed)


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None

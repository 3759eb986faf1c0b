"""What a summary is measured by: pure functions over its statements, its citations and a gold case.

Shares lie in 0..1; None stands where a measure does not apply.

    key points     share of the case's points that a statement makes: a pyramid (Nenkova and Passonneau, "Evaluating
                   Content Selection in Summarization: The Pyramid Method", NAACL 2004) whose units weigh the same,
                   found by phrases, so that a point made in words nobody foresaw counts as missed
    ROUGE-1, -2,   F1 of the words, of the pairs of words, and of the longest common subsequences by sentence
    -L             (`rougeLsum`), stemmed, against the case's reference (Lin, "ROUGE", Text Summarization Branches Out
                   2004). With one reference a summary a high figure means likeness to one author's choice of words
    redundancy     mean over statements of the highest cosine with another one, by counts of words; the likeness that
                   maximal marginal relevance keeps down (Carbonell and Goldstein, SIGIR 1998). 0 for one statement
    compression    words of the summary over words of the articles it is of
"""

from __future__ import annotations

import importlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from eval.summary_baselines import words_in
from eval.summary_gold import GoldEvent, GoldSide, Point, SummaryCase, met
from service.answers import Citation
from service.summaries import DatedEvent, Summary
from service.verification import Evidence, verify

ROUGE = ("rouge1", "rouge2", "rougeLsum")
_WORD = re.compile(r"\w+")


def key_points(points: Sequence[Point], statements: Sequence[str]) -> tuple[bool, ...]:
    """Which points are made, each by one statement."""
    return tuple(any(met(point.words, statement) for statement in statements) for point in points)


def ceiling(points: Sequence[Point], sentences: Iterable[str], max_words: int) -> float | None:
    """The largest share of the points that whole sentences of `max_words` words together can make: exact, the fewest
    words for each set of points being kept sentence by sentence. No extractive summary can do better."""
    fewest = {0: 0}
    for sentence in sentences:
        makes = sum(1 << number for number, point in enumerate(points) if met(point.words, sentence))
        length = words_in(sentence)
        for made, words in list(fewest.items()):
            if words + length <= min(max_words, fewest.get(made | makes, max_words + 1) - 1):
                fewest[made | makes] = words + length
    return _share(max(made.bit_count() for made in fewest), len(points))


def redundancy(statements: Sequence[str]) -> float | None:
    """See the module; None without a statement."""
    counts = [Counter(word.casefold() for word in _WORD.findall(text)) for text in statements]
    if not counts:
        return None
    return sum(
        max((_cosine(one, other) for place, other in enumerate(counts) if place != number), default=0.0)
        for number, one in enumerate(counts)
    ) / len(counts)


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    shared = sum(times * right[word] for word, times in left.items())
    lengths = math.hypot(*left.values()) * math.hypot(*right.values())
    return shared / lengths if lengths else 0.0


class Rouge:
    """ROUGE as Google's rouge-score computes it, by `rouge-score-rs`, which gives the same figures (checked on 1,632)
    and needs no other package."""

    def __init__(self, scorer: Any) -> None:
        """`scorer` is a `RougeScorer`; see `open`."""
        self._scorer = scorer

    @classmethod
    def open(cls) -> Self | None:
        """None where the package, which only developers have, is not installed."""
        try:
            module: Any = importlib.import_module("rouge_score_rs.rouge_scorer")
        except ImportError:
            return None
        return cls(module.RougeScorer(list(ROUGE), use_stemmer=True))

    def __call__(self, reference: str, statements: Sequence[str]) -> dict[str, float]:
        """F1 of each of `ROUGE`; sentences of the reference are told apart by their full stops."""
        sentences = re.sub(r"(?<=[.!?;:])\s+(?=[A-Z])", "\n", reference)
        found = self._scorer.score(sentences, "\n".join(" ".join(one.split()) for one in statements))
        return {name: float(found[name].fmeasure) for name in ROUGE}


@dataclass(frozen=True, slots=True)
class CitationScore:
    """Counts over one summary. `pairs` are a statement and one of its citations; `supported` those where the citation's
    words alone pass `service.verification` for the whole statement; `verbatim` citations whose quote is the article's
    text at its offsets; `unbacked` statements that fail even with all their citations together."""

    pairs: int
    supported: int
    citations: int
    verbatim: int
    statements: int
    unbacked: int


def citation_score(
    summary: Summary, text_of: Callable[[str], str], evidence_of: Callable[[str, Citation], Evidence]
) -> CitationScore:
    """Check every statement against each of its citations. `text_of` gives an article's text by its id, `evidence_of`
    what a citation's words are evidence of for a statement."""
    by_id = {citation.id: citation for citation in summary.citations}
    said = said_by(summary)
    pairs = supported = unbacked = 0
    for text, ids in said:
        evidence = [evidence_of(text, by_id[one]) for one in ids if one in by_id]
        pairs += len(ids)
        supported += sum(verify(text, [one]).supported for one in evidence)
        unbacked += not verify(text, evidence).supported
    verbatim = [text_of(one.article_id)[one.start : one.end] == one.quote for one in summary.citations]
    return CitationScore(pairs, supported, len(verbatim), sum(verbatim), len(said), unbacked)


def said_by(summary: Summary) -> list[tuple[str, tuple[int, ...]]]:
    """Everything the summary says, the sides of disagreements too, each once, with its citations."""
    said = [(statement.text, statement.citations) for statement in summary.statements]
    said += [(side.text, side.citations) for conflict in summary.disagreements for side in conflict.sides]
    return list(dict.fromkeys(said))


@dataclass(frozen=True, slots=True)
class DateScore:
    """A timeline's events against the gold ones: recall over those that have to be told, precision over all that were
    told, optional ones being right; `sourced` is the share of the matches that cite a right source, and `ordered`
    whether the dates ascend, a year or a month standing anywhere among its days."""

    recall: float | None
    precision: float | None
    sourced: float | None
    ordered: bool
    told: int


def date_score(
    gold: Sequence[GoldEvent], told: Sequence[DatedEvent], citations: Sequence[Citation]
) -> DateScore:
    """Match (date, event): an event told is right when its date is that of a gold event whose words it meets. Two told
    events may be parts of one gold event; both are right, and it is found once."""
    by_id = {citation.id: citation for citation in citations}
    found: set[int] = set()
    right = sourced = 0
    for event in told:
        matches = [n for n, one in enumerate(gold) if _agrees(one, event)]
        found.update(matches)
        right += bool(matches)
        cited = [by_id[one] for one in event.statement.citations if one in by_id]
        sourced += any(_cites(gold[n].sources, cited) for n in matches)
    needed = [n for n, one in enumerate(gold) if not one.optional]
    return DateScore(
        recall=_share(sum(n in found for n in needed), len(needed)),
        precision=_share(right, len(told)),
        sourced=_share(sourced, right),
        ordered=all(_not_after(one.date, other.date) for one, other in pairwise(told)),
        told=len(told),
    )


def _not_after(date: str, other: str) -> bool:
    """Whether `date` may stand before `other`; a year or a month may stand anywhere among its days."""
    known = min(len(date), len(other))
    return date[:known] <= other[:known]


def _agrees(gold: GoldEvent, told: DatedEvent) -> bool:
    return told.date == gold.date and met(gold.words, told.statement.text)


@dataclass(frozen=True, slots=True)
class SourceScore:
    """Articles: `recall` the share of the relevant ones that are cited (a near-copy counts as its original), `required`
    the share of the groups of `cite` of which one is cited, `precision` the share of the citations that lie in a
    relevant one, `read` how many articles the summarizer says it read."""

    recall: float | None
    precision: float | None
    required: float | None
    read: int


def source_score(case: SummaryCase, summary: Summary) -> SourceScore:
    """Compare what was cited with what is relevant; None where the case does not say."""
    cited = {source for one in summary.citations for source in (one.source, *one.also_in)}
    recall = _share(sum(source in cited for source in case.relevant), len(case.relevant))
    right = sum(_cites(case.relevant, [one]) for one in summary.citations)
    precision = _share(right, len(summary.citations)) if case.relevant else None
    required = _share(sum(not cited.isdisjoint(group) for group in case.cite), len(case.cite))
    return SourceScore(recall, precision, required, summary.reading.articles)


@dataclass(frozen=True, slots=True)
class ComparisonScore:
    """What outlets share and where they differ: `shared` the share of gold entries found among what is reported as
    shared, `disagreement` whether both sides are shown with their sources, `one_story` whether near-copies stand as one
    (none beside its copy in a statement, and nothing shared by their outlets alone)."""

    shared: float | None
    disagreement: bool | None
    one_story: bool | None


def comparison_score(case: SummaryCase, summary: Summary) -> ComparisonScore:
    """None where the case expects nothing of the kind."""
    shown = [one.statement.text for one in summary.shared]
    shared = _share(sum(any(met(words, text) for text in shown) for words in case.shared), len(case.shared))
    disagreement = _disagreement_shown(case.disagreement, summary) if case.disagreement else None
    one_story = all(_as_one(group, summary) for group in case.copies) if case.copies else None
    return ComparisonScore(shared, disagreement, one_story)


def _disagreement_shown(sides: Sequence[GoldSide], summary: Summary) -> bool:
    by_id = {citation.id: citation for citation in summary.citations}

    def stands(gold: GoldSide, text: str, ids: Sequence[int]) -> bool:
        return met(gold.words, text) and _cites(gold.sources, [by_id[one] for one in ids if one in by_id])

    return any(
        all(any(stands(gold, side.text, side.citations) for side in conflict.sides) for gold in sides)
        for conflict in summary.disagreements
    )


def _as_one(copies: Sequence[str], summary: Summary) -> bool:
    by_id = {citation.id: citation for citation in summary.citations}

    def only_copies(ids: Sequence[int]) -> bool:
        return len({by_id[one].source for one in ids if one in by_id}.intersection(copies)) > 1

    return summary.status == "summarized" and not any(only_copies(ids) for _, ids in said_by(summary))


def compression(statements: Sequence[str], source_words: int) -> float | None:
    """Words of the statements over `source_words`."""
    return _share(sum(words_in(text) for text in statements), source_words)


def points_missed(points: Sequence[Point], made: Sequence[bool]) -> list[str]:
    """The points that were not made, in the words of the gold set's author."""
    return [point.says for point, hit in zip(points, made, strict=True) if not hit]


def _cites(sources: Sequence[str], citations: Sequence[Citation]) -> bool:
    return any(source in sources for one in citations for source in (one.source, *one.also_in))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None

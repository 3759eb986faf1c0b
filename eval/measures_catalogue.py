"""The list of measures: what each figure means, as reports and the documentation show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: `name` in files and options, `title` for people, what it is, which way is better, and its unit."""

    name: str
    title: str
    definition: str
    better: Literal["higher", "lower"]
    unit: Literal["share", "ms", "tokens", "usd"]


_SHARES = (
    ("correct", "Correct", "share of all cases answered rightly: every fact said, an allowed source cited and, where "
     "the sources disagree, the sides set side by side, nothing said that must not be; for an unanswerable question, "
     "abstained"),
    ("accuracy", "Accuracy", "`correct` over the answerable cases alone"),
    ("fact_coverage", "Fact coverage", "mean share of a case's groups of facts that the answer says, in statements or "
     "sides of disagreements; 0 where it abstains"),
    ("token_f1", "Token F1", "harmonic mean of precision and recall of the words said against those of the reference "
     "answer, as a bag, without case, punctuation and a, an, the (Rajpurkar et al., SQuAD, EMNLP 2016); 0 where it "
     "abstains. Low for a right answer in whole sentences of an article: compare runs with it, not systems"),
    ("similarity", "Semantic similarity", "cosine between the embeddings of what is said and of the reference answer, "
     "by the index's own embedder, negative ones as 0; 0 where it abstains"),
    ("source_recall", "Source recall", "mean share of a case's allowed sources that are cited; near-copies of a cited "
     "source count. Allowed sources are alternatives as often as not, so that less than 1 is no fault"),
    ("source_precision", "Source precision", "mean share of an answer's citations that lie in an allowed source or a "
     "near-copy of one"),
    ("citation_verbatim", "Citations verbatim", "mean share of an answer's citations whose quote is the article's text "
     "at their offsets"),
    ("support", "Statements supported", "mean share of an answer's statements and sides that pass verification "
     "(`service.verification`) when it is run again with the quotes they cite and nothing else"),
    ("fidelity", "Quotations and numbers", "mean share of the quotations, numbers, sums, percentages and dates in an "
     "answer's statements that stand in the quotes they cite"),
    ("attribution", "Attribution", "mean share of an answer's attributions that are right: statements that put words "
     "to someone, and speakers of citations, against the article's own attributions; and for each group of a case's "
     "`speakers`, whether the answer puts words to one of them"),
    ("recall_at_4", "Retrieval recall at 4", "mean share of a case's allowed sources among the articles of the first 4 "
     "passages found (Manning et al., Introduction to Information Retrieval, 2008, ch. 8)"),
    ("recall_at_10", "Retrieval recall at 10", "the same for the first 10 passages"),
    ("mrr_at_10", "Retrieval MRR at 10", "mean of 1 / rank of the first passage in an allowed source, 0 beyond the "
     "tenth (Voorhees, TREC-8, 1999)"),
    ("abstention", "Abstention accuracy", "share of all cases in which Dateline abstained if and only if it should"),
    ("abstention_precision", "Abstention precision", "of the questions on which it abstained, the share that is "
     "unanswerable"),
    ("abstention_recall", "Abstention recall", "of the unanswerable questions, the share on which it abstained"),
    ("abstention_f1", "Abstention F1", "harmonic mean of the two, 2 TP / (2 TP + FP + FN)"),
)  # fmt: skip
_AMOUNTS: tuple[tuple[str, str, str, Literal["ms", "tokens", "usd"]], ...] = (
    ("latency_p50_ms", "Latency, median", "half of the answers took less wall-clock time; failed attempts are left out",
     "ms"),
    ("latency_p95_ms", "Latency, 95th percentile", "19 of 20 answers took less, interpolated linearly; failed attempts "
     "are left out", "ms"),
    ("prompt_tokens", "Tokens read", "mean tokens a model read for a question, over questions that a model was asked",
     "tokens"),
    ("completion_tokens", "Tokens written", "mean tokens a model wrote, over the same questions", "tokens"),
    ("cost_usd", "Cost", "mean cost of such a question in US dollars, over those whose price is known "
     "(`service/prices.toml`)", "usd"),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {name: Measure(name, title, what, "higher", "share") for name, title, what in _SHARES}
    | {name: Measure(name, title, what, "lower", unit) for name, title, what, unit in _AMOUNTS}
)
"""Every measure by its name, in the order in which they are shown."""

PER_CASE = tuple(name for name in MEASURES if not name.startswith(("abstention_", "latency_")))
"""The measures that one answer has a score for."""

"""What a model's taking apart of questions does to retrieval: its proposals accepted and rejected, and R@10 without and
with them.

    python -m eval.benchmarks.llama_server MODEL.gguf -- python scripts/bench_question_parts.py DATA [--questions 40]

DATA holds MultiHop-RAG's `questions-dev.jsonl`, whose articles are in the index of DATELINE_DATA_DIR. The questions are
at even distances among those that are answerable and long enough to be asked about. "Unchecked" is what R@10 would be
if the words of every line were searched for as they were written. The model may take as long as it wants.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from eval.benchmarks.multihop import BenchmarkQuestion, evenly, load_questions, score
from ingest.articles import ArticleFilter
from ingest.keywords import content_terms
from service.cancellation import Cancellation
from service.model_selection import open_language_model
from service.opening import open_services
from service.part_proposals import PartProposer, may_be_compound
from service.question_parts import OTHER_CLAUSES, Part
from service.questions import Question, understand
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.templates import PromptLibrary

PATIENCE_S = 600.0
LIMIT = 10


def recall(
    retriever: Retriever, question: Question, asked: BenchmarkQuestion, parts: tuple[Part, ...]
) -> float:
    """R@10 of one question, with these parts beside those of the rules."""
    hits = retriever.retrieve(question, ArticleFilter(), LIMIT, parts).hits
    return score([hit.chunk.text for hit in hits], asked.facts).recall


def as_written(lines: list[str], question: Question) -> tuple[Part, ...]:
    """Each line as a part, as if whatever a model writes were true."""
    every, found = content_terms(question.text), list[Part]()
    for line in lines:
        own = content_terms(line)
        shares = dict.fromkeys(every, OTHER_CLAUSES) | dict.fromkeys(own, 1.0)
        found.append(Part(line, ((0, len(question.text)),), shares, frozenset(question.outlets), ()))
    return tuple(found)


def main() -> None:
    """Ask, and print one line a question and the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--questions", type=int, default=40)
    given = arguments.parse_args()
    settings = ServiceSettings.load()
    model = open_language_model(settings)
    if model is None:
        raise SystemExit("no model is configured: set OPENAI_BASE_URL")
    proposer = PartProposer(
        model, PromptLibrary.load(settings.prompts_dir).get("parts"), timeout_s=PATIENCE_S
    )
    reasons: Counter[str] = Counter()
    rows: list[dict[str, float]] = []
    with open_services(settings, role="bench") as services:
        library, retriever = services._library, Retriever(services._library, services._embedder)
        outlets = library.shelf().outlets
        asked = [one for one in load_questions(given.data / "questions-dev.jsonl") if one.answerable]
        long = [one for one in asked if may_be_compound(understand(one.text, outlets))]
        for one in evenly(tuple(long), given.questions):
            question = understand(one.text, outlets)
            begun = time.perf_counter()
            proposal = proposer.propose(question, library, Cancellation())
            took_s = time.perf_counter() - begun
            assert proposal is not None
            report = proposal.report
            lines = [*report.accepted, *(part.text for part in report.rejected)]
            rows.append(
                {
                    "rules": recall(retriever, question, one, ()),
                    "with": recall(retriever, question, one, proposal.parts),
                    "unchecked": recall(retriever, question, one, as_written(lines, question)),
                    "accepted": len(report.accepted),
                    "failed": bool(report.trouble),
                    "seconds": took_s,
                }
            )
            reasons.update(part.reason for part in report.rejected)
            tell(json.dumps({"id": one.id, **rows[-1], **report.model_dump(exclude={"prompt"})}))
    sums: defaultdict[str, float] = defaultdict(float)
    for row in rows:
        for name, value in row.items():
            sums[name] += value
    tell(
        f"{len(rows)} questions of {len(long)} long ones ({len(asked)} answerable); failed: {sums['failed']:.0f}"
    )
    some = sum(row["accepted"] > 0 for row in rows)
    tell(f"{sums['accepted']:.0f} parts accepted, in {some} questions; rejected: {dict(reasons)}")
    tell(", ".join(f"R@10 {name} {sums[name] / len(rows):.3f}" for name in ("rules", "with", "unchecked")))
    changes = [row["with"] - row["rules"] for row in rows]
    tell(f"better: {sum(one > 0 for one in changes)}, worse: {sum(one < 0 for one in changes)}")
    tell(f"{sums['seconds'] / len(rows):.1f} s a proposal")


def tell(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

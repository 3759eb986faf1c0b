"""Runs a gold set over a folder of articles and prints what it measured: `python -m eval.runner GOLD [--corpus DIR]`.

The index is built in a temporary folder each time, so that a run depends on the articles, the code and nothing else.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from eval.gold import GoldCase, GoldSet, load
from eval.metrics import CaseScore, score_case, summarize
from ingest.errors import DatelineError, InvalidRequest
from service.answers import Answer
from service.opening import open_services
from service.settings import ServiceSettings
from service.wiring import Services

Scored = tuple[GoldCase, Answer, CaseScore]


def run(gold: GoldSet, services: Services, *, engine: str | None = None) -> list[Scored]:
    """Ask every question, one after the other, and score the answers. `engine` is as in `Services.ask`."""
    return [ask(case, services, engine=engine) for case in gold.cases]


def ask(case: GoldCase, services: Services, *, engine: str | None = None) -> Scored:
    """Ask one question, and score the answer."""
    answer = services.ask(case.question, engine=engine)
    score = score_case(case, answer, lambda article_id: services.article(article_id).article.text)
    return case, answer, score


def main(arguments: list[str] | None = None) -> int:
    """The command. Returns the exit code: 0, or 3 when the work failed."""
    parser = argparse.ArgumentParser(prog="python -m eval.runner", description=__doc__)
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--corpus", type=Path, help="folder of articles, when the gold set does not name one")
    parser.add_argument("--json", action="store_true", help="every answer and score as JSON")
    parser.add_argument("--failures", action="store_true", help="print the cases that went wrong")
    options = parser.parse_args(arguments)
    try:
        for path in options.gold:
            _run_one(load(path), options.corpus, as_json=options.json, failures=options.failures)
    except DatelineError as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    return 0


def _run_one(gold: GoldSet, corpus: Path | None, *, as_json: bool, failures: bool) -> None:
    folder = corpus or gold.corpus
    if folder is None:
        raise InvalidRequest(f"{gold.path} names no corpus: give --corpus FOLDER")
    with tempfile.TemporaryDirectory(prefix="dateline-eval-") as data_dir:
        settings = ServiceSettings.load(data_dir=Path(data_dir))
        with open_services(settings, role="eval", create=True) as services:
            services.ingest([folder])
            scored = run(gold, services)
    figures = asdict(summarize([(case, score) for case, _, score in scored]))
    totals = [sum(answer.timings_ms.model_dump().values()) for _, answer, _ in scored]
    figures["answer_ms_median"] = round(statistics.median(totals), 1)
    out = sys.stdout
    if as_json:
        cases = [
            {"id": case.id, "answer": answer.model_dump(mode="json"), "score": asdict(score)}
            for case, answer, score in scored
        ]
        out.write(
            json.dumps(
                {"gold": str(gold.path), "figures": figures, "cases": cases}, ensure_ascii=False, indent=1
            )
            + "\n"
        )
        return
    out.write(f"{gold.path}: {len(scored)} cases over {folder}\n")
    for name, value in figures.items():
        out.write(f"  {name:22} {value if not isinstance(value, float) else round(value, 3)}\n")
    if failures:
        for case, answer, score in scored:
            if not score.correct or (score.source_precision or 1.0) < 1.0:
                out.write(_failure(case, answer, score))


def _failure(case: GoldCase, answer: Answer, score: CaseScore) -> str:
    mark = "WRONG" if not score.correct else "SOURCE"
    wanted = "abstain" if case.abstain else " & ".join("|".join(group) for group in case.facts)
    lines = [f"\n{mark} {case.id}: {case.question}", f"    wanted: {wanted} {list(case.sources)}"]
    lines += [f"    said: {statement.text} {statement.citations}" for statement in answer.statements]
    lines += [f"    [{cited.id}] {cited.source}:{cited.line}" for cited in answer.citations]
    if answer.reason:
        lines.append(f"    reason: {answer.reason}")
        lines += [
            f"    closest: {cited.source}:{cited.line} {cited.quote[:110]!r}" for cited in answer.closest
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

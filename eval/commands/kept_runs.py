"""`dateline eval compare` and `dateline eval report`: runs that were kept in files, looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.gate_options import (
    Baseline,
    FailUnder,
    MaxRegression,
    ThresholdsFile,
    WhenToFail,
    exit_code,
    thresholds_of,
)
from eval.commands.report_files import HtmlFile, JunitFile, MarkdownFile, write_reports
from eval.commands.reports import check_writable
from service.commands.options import AsJson
from service.commands.session import print_json

if TYPE_CHECKING:
    from eval.comparison import Comparison
    from eval.gate import Verdict
    from eval.runs import Run


def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="The run from before.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The run to compare with it.")],
    thresholds: ThresholdsFile = None,
    max_regression: MaxRegression = None,
    fail_when: WhenToFail = None,
    markdown: MarkdownFile = None,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs over the cases that both have: wins, losses, intervals, p-values, and the worst regressions with
    both answers. Exit code 4 says that more was lost than --max-regression or the thresholds allow."""
    from eval.comparison import compare as compared
    from eval.gate import judge
    from eval.runs import load_run
    from eval.thresholds import Thresholds

    check_writable((markdown, html))
    required = thresholds_of(thresholds, None, max_regression, fail_when, baseline=True)
    old, new = load_run(before), load_run(after)
    comparison = compared(old, new)
    limits = Thresholds(max_regression=required.max_regression, fail_when=required.fail_when)
    verdict = judge(new, limits, comparison) if limits.max_regression else None
    if as_json:
        print_json(
            {**comparison.model_dump(mode="json"), "verdict": verdict and verdict.model_dump(mode="json")}
        )
    else:
        from eval.reports.console import print_comparison, print_verdict
        from eval.reports.disclosure import disclosed
        from service.commands.console import stdout

        known = disclosed(new, verdict, comparison)
        print_comparison(stdout(), known.comparison or comparison)
        if known.verdict is not None:
            print_verdict(stdout(), known.verdict)
    write_reports({"markdown": markdown, "html": html}, new, verdict, comparison, before)
    raise typer.Exit(exit_code(new, verdict) if verdict is not None else 0)


def report(
    file: Annotated[Path, typer.Argument(metavar="RUN.json", help="A run that was kept with --out.")],
    thresholds: ThresholdsFile = None,
    fail_under: FailUnder = None,
    max_regression: MaxRegression = None,
    baseline: Baseline = None,
    fail_when: WhenToFail = None,
    junit: JunitFile = None,
    markdown: MarkdownFile = None,
    html: HtmlFile = None,
    as_json: AsJson = False,
) -> None:
    """Show a run, judge it if anything is required, and write its reports. Nothing is asked again."""
    from eval.evaluation import judged
    from eval.runs import load_run

    check_writable((junit, markdown, html))
    required = thresholds_of(thresholds, fail_under, max_regression, fail_when, baseline=baseline is not None)
    kept = load_run(file)
    verdict, comparison = judged(kept, required, None if baseline is None else load_run(baseline))
    tell(kept, verdict, comparison, as_json=as_json)
    write_reports({"junit": junit, "markdown": markdown, "html": html}, kept, verdict, comparison, baseline)
    raise typer.Exit(exit_code(kept, verdict))


def tell(run: Run, verdict: Verdict | None, comparison: Comparison | None, *, as_json: bool) -> None:
    """A run, its verdict and its comparison on stdout: as one JSON document, or as text."""
    if as_json:
        parts = {"run": run, "verdict": verdict, "comparison": comparison}
        print_json({name: part and part.model_dump(mode="json") for name, part in parts.items()})
        return
    from eval.reports.console import print_run
    from service.commands.console import stdout

    print_run(stdout(), run, verdict, comparison)

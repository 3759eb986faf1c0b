"""The reports that `dateline eval` writes to files, each by a module of `eval.reports`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from eval.comparison import Comparison
    from eval.gate import Verdict
    from eval.runs import Run

JunitFile = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML here, for CI servers.")
]
MarkdownFile = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Write Markdown here, for a job summary."),
]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write one self-contained page here.")
]


def write_reports(
    files: Mapping[str, Path | None],
    run: Run,
    verdict: Verdict | None,
    comparison: Comparison | None,
    baseline: Path | None = None,
) -> None:
    """Write the reports of those `files` that are given, by kind: `junit`, `markdown`, `html`. `baseline` is the file
    of the run that `comparison` is with.

    Raises:
        InvalidRequest: a file cannot be written.
    """
    from eval.commands.showing import write

    for kind, file in files.items():
        if file is None:
            continue
        render = import_module(f"eval.reports.{kind}").render
        write(file, render(*_WANTS[kind](run, verdict, comparison, baseline)))


def _with_baseline(
    run: Run, verdict: Verdict | None, comparison: Comparison | None, baseline: Path | None
) -> tuple[object, ...]:
    from eval.runs import load_run

    return run, verdict, comparison, None if baseline is None else load_run(baseline)


_WANTS: Mapping[str, Callable[..., tuple[object, ...]]] = MappingProxyType(
    {
        "junit": lambda run, verdict, _comparison, _baseline: (run, verdict),
        "markdown": lambda run, verdict, comparison, _baseline: (run, verdict, comparison),
        "html": _with_baseline,
    }
)

"""The reports that the commands write for a run that was kept, from the files of the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from eval.commands.evaluating import app
from eval.reports import html
from eval.runner import keep
from tests.eval.reports.shown_runs import before, secret_case, shown_run


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """A run and the one before it, as files."""
    run = shown_run(secret_case())
    files = tmp_path / "before.json", tmp_path / "after.json"
    for file, one in zip(files, (before(run), run), strict=True):
        keep(one, file)
    return files


def test_a_kept_run_is_reported_in_every_form(runs: tuple[Path, Path], tmp_path: Path) -> None:
    junit, markdown, page = (tmp_path / name for name in ("junit.xml", "report.md", "report.html"))
    options = ["--baseline", runs[0], "--junit", junit, "--markdown", markdown, "--html", page]
    done = CliRunner().invoke(
        app, ["report", str(runs[1]), "--fail-under", "correct=0.9", *map(str, options)]
    )
    assert done.exit_code == 4, done.output
    assert etree.parse(str(junit)).getroot().get("tests") == "6"
    assert markdown.read_text(encoding="utf-8").startswith("## ❌ The gate is NOT met: 1 of 1 check fails.")
    assert "<h4>Before</h4>" in page.read_text(encoding="utf-8")
    told = done.output + "".join(file.read_text(encoding="utf-8") for file in (junit, markdown, page))
    assert "sesame" not in told


def test_two_runs_compared_are_reported_with_both_answers(runs: tuple[Path, Path], tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = CliRunner().invoke(app, ["compare", *map(str, runs), "--html", str(page)])
    assert done.exit_code == 0, done.output
    assert "<h4>Before</h4>" in page.read_text(encoding="utf-8")
    assert "sesame" not in done.output


def test_the_same_run_gives_the_same_page() -> None:
    run = shown_run()
    assert html.render(run) == html.render(run)

"""The page "Gate your build in five minutes" names commands, options, files and measures that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from eval.commands.evaluating import app
from eval.commands.gate_options import GATE_NOT_MET
from eval.thresholds import load_thresholds

DOCS = Path(__file__).parent.parent.parent.parent / "docs"
TEXT = (DOCS / "gate.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    for line in block.replace("\\\n", " ").splitlines()
    if "dateline eval" in line
]


def test_options_exist() -> None:
    group: Any = typer.main.get_command(app)
    assert len(COMMANDS) >= 12
    for line in COMMANDS:
        words = line.partition("dateline eval")[2].partition("  #")[0].split()
        name = words[0] if words[0] in group.commands else "run"
        known = {option for parameter in group.commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_thresholds_shown_can_be_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    path = tmp_path / "thresholds.toml"
    path.write_text(block, encoding="utf-8")
    read = load_thresholds(path)
    assert read.fail_under
    assert read.max_regression
    assert f"exit code {GATE_NOT_MET}" in TEXT


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXT))))
def test_links_lead_to_files(target: str) -> None:
    assert (DOCS / target).exists()


def test_headings_that_are_linked_exist() -> None:
    for file, heading in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", TEXT):
        found = re.findall(
            r"^#+ (.*)$", (DOCS / (file or "gate.md")).read_text(encoding="utf-8"), re.MULTILINE
        )
        assert heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in found}


def test_the_picture_is_small() -> None:
    assert (DOCS / "images" / "eval-report.png").stat().st_size < 200_000

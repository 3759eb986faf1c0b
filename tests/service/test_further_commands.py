"""Commands found by entry point: listed, run, and harmless when broken."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest
import typer
from typer.testing import CliRunner, Result

from ingest.errors import InvalidRequest
from service.cli import app
from service.commands import further

greeting = typer.Typer(help="Greet somebody.", add_completion=False, rich_markup_mode=None)


@greeting.callback()
def greet() -> None:
    """Greet somebody."""


@greeting.command("hello")
def hello(name: str) -> None:
    """Say hello."""
    if name == "nobody":
        raise InvalidRequest("there is nobody to greet")
    typer.echo(f"hello {name}")


def found(**values: str) -> dict[str, EntryPoint]:
    """Entry points by name."""
    return {name: EntryPoint(name, value, further.GROUP) for name, value in values.items()}


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four packages that add commands: one that is well, two that are not, one that wants a name that is taken."""
    here = __name__
    entries = found(
        greet=f"{here}:greeting",
        gone="no_such_package.commands:app",
        wrong=f"{here}:ROOT",
        ask=f"{here}:greeting",
    )
    monkeypatch.setattr(further, "further_commands", lambda: entries)


ROOT = "not a Typer"


def run(*arguments: str) -> Result:
    """One run of the command line."""
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, list(arguments))


def test_help_lists_further_commands_after_its_own() -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    names = [line.split()[0] for line in shown.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    assert names[-4:] == ["feedback", "gone", "greet", "wrong"]
    assert "Greet somebody." in shown.stdout
    assert "Cannot be loaded: ModuleNotFoundError" in shown.stdout


def test_a_further_command_runs_and_its_errors_are_those_of_the_house() -> None:
    assert run("greet", "hello", "Ida").stdout == "hello Ida\n"
    failed = run("greet", "hello", "nobody")
    assert failed.exit_code == 3
    assert failed.stderr == "error: there is nobody to greet\n"
    assert run("greet", "hello").exit_code == 2
    assert run("greet", "--nonsense").exit_code == 2


def test_a_broken_one_says_why_and_leaves_the_others_alone() -> None:
    for name, why in (("gone", "no_such_package"), ("wrong", "is no typer.Typer")):
        broken = run(name, "--any", "thing")
        assert broken.exit_code == 3
        assert f"the command {name!r} cannot be loaded" in broken.stderr
        assert why in broken.stderr
    assert run("unheard-of").exit_code == 2


def test_no_command_of_its_own_is_replaced() -> None:
    assert "What you want to know" in run("ask", "--help").stdout


def test_what_is_declared_can_be_loaded() -> None:
    """The entry points that pyproject.toml declares, whether or not this environment has been installed since."""
    import tomllib
    from pathlib import Path

    declared = tomllib.loads(
        (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    )
    for name, value in declared["project"]["entry-points"][further.GROUP].items():
        assert isinstance(EntryPoint(name, value, further.GROUP).load(), typer.Typer)

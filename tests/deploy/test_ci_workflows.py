"""The CI files are valid by their own schemas, safe to run on a stranger's change, and name what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
import yaml

from eval.commands.evaluating import app
from tests.deploy.test_compose import ROOT, vendored_schema

WORKFLOWS = [ROOT / ".github/workflows/eval.yml", ROOT / "docs/examples/github-eval.yml"]
GITLAB = ROOT / "docs/examples/gitlab-ci.yml"
FILES = [*WORKFLOWS, GITLAB]


def loaded(path: Path) -> dict[Any, Any]:
    """A YAML file; `on` is a key, and no truth value."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in found:
        found["on"] = found.pop(True)
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in loaded(path)["jobs"].values() for step in job["steps"]]


def commands(path: Path) -> str:
    """Everything that a file runs."""
    if path == GITLAB:
        return "\n".join(loaded(path)[".dateline-eval"]["script"])
    return "\n".join(step["run"] for step in steps(path) if "run" in step)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_valid(path: Path) -> None:
    schema = vendored_schema("github-workflows")
    jsonschema.validate(loaded(path), schema)
    wrong = {**loaded(path), "jobs": {"gate": {"steps": [{"run": 1}]}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


def test_the_gitlab_example_is_valid() -> None:
    schema = vendored_schema("gitlab-ci")
    jsonschema.validate(loaded(GITLAB), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**loaded(GITLAB), "gate": {"script": {"no": "command"}}}, schema)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_strangers_change_can_do_no_harm(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]
    assert "secrets." not in path.read_text(encoding="utf-8")
    assert "${{" not in commands(path), "what a branch is called must not become part of a command"
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        assert re.fullmatch(r"actions/[a-z/-]+@v\d+", step.get("uses", "actions/none@v0"))
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_others_are_compared_with_comes_from_the_default_branch_alone(path: Path) -> None:
    if path == GITLAB:
        jobs = loaded(path)
        assert jobs["gate"]["cache"]["policy"] == "pull"
        assert jobs["baseline"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
        assert jobs["gate"]["cache"]["key"] == jobs["baseline"]["cache"]["key"]
        return
    restored, kept = (
        next(step for step in steps(path) if step.get("uses", "").startswith(f"actions/cache/{what}"))
        for what in ("restore", "save")
    )
    assert kept["if"] == "github.event_name == 'push'"
    assert kept["with"]["path"] == restored["with"]["path"]
    assert kept["with"]["key"].startswith(restored["with"]["restore-keys"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_commands_have_options_that_exist(path: Path) -> None:
    run: Any = typer.main.get_command(app)
    known = {option for parameter in run.commands["run"].params for option in parameter.opts}
    used = set(
        re.findall(
            r"(?<![\w-])--(?:out|junit|markdown|html|baseline|thresholds|corpus|replay|engine)\b",
            path.read_text(),
        )
    )
    assert {"--out", "--junit", "--markdown", "--html", "--baseline"} <= used <= known
    evals = [
        line for line in commands(path).replace("\\\n", " ").splitlines() if line.startswith("dateline eval")
    ]
    for line in evals:
        assert {word for word in shlex.split(line) if word.startswith("--")} <= known
    assert evals or "make eval" in commands(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_reports_are_kept_when_the_gate_is_closed(path: Path) -> None:
    if path == GITLAB:
        artifacts = loaded(path)[".dateline-eval"]["artifacts"]
        assert artifacts["when"] == "always"
        assert artifacts["reports"]["junit"] == "build/eval/junit.xml"
        return
    late = [
        step
        for step in steps(path)
        if "upload-artifact" in step.get("uses", "") or "SUMMARY" in step.get("run", "")
    ]
    assert len(late) == 2
    assert all(step["if"] == "always()" for step in late)


def test_the_projects_own_workflow_runs_what_developers_run() -> None:
    text = commands(WORKFLOWS[0])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("test", "eval"):
        assert f"make {target}" in text
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)

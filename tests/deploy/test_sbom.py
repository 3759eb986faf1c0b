"""The bill of materials: complete, valid, the same each time, and with no licence that would bind Dateline's users."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cyclonedx", reason="of the dev group")

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.licences import LicenceUnknown, allowed, declared
from deploy.locked import locked
from deploy.sbom import Mismatch, bill
from ingest.weights import MODEL_SHA256

ROOT = Path(__file__).parent.parent.parent
LOCK, PROJECT = ROOT / "requirements.lock", ROOT / "pyproject.toml"


@pytest.fixture(scope="module")
def written() -> str:
    """The document."""
    return bill(LOCK, PROJECT)


@pytest.fixture(scope="module")
def document(written: str) -> dict[str, Any]:
    """The same, read."""
    read: dict[str, Any] = json.loads(written)
    return read


def test_it_is_valid(written: str, document: dict[str, Any]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(written) is None
    broken = document | {"components": [{"type": "library"}]}
    assert validator.validate_str(json.dumps(broken)) is not None


def test_it_is_the_same_in_another_process(written: str, tmp_path: Path) -> None:
    output = tmp_path / "made" / "dateline.cdx.json"
    done = subprocess.run(
        [sys.executable, "-m", "deploy.sbom", str(output)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert output.read_text(encoding="utf-8") == written


def test_it_has_every_package_with_its_hashes_and_its_licence(document: dict[str, Any]) -> None:
    components = {item["name"]: item for item in document["components"] if item["type"] == "library"}
    packages = locked(LOCK)
    assert components.keys() == packages.keys()
    for name, package in packages.items():
        component = components[name]
        assert component["version"] == package.version
        assert component["purl"] == f"pkg:pypi/{name}@{package.version}"
        (files,) = component["externalReferences"]
        assert tuple(sorted(item["content"] for item in files["hashes"])) == package.sha256
        assert component["licenses"], name
    assert len(components["numpy"]["externalReferences"][0]["hashes"]) > 10


def test_it_has_the_weights(document: dict[str, Any]) -> None:
    (model,) = [item for item in document["components"] if item["type"] == "machine-learning-model"]
    assert model["hashes"] == [{"alg": "SHA-256", "content": MODEL_SHA256}]
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_everything_in_it_is_needed_by_something(document: dict[str, Any]) -> None:
    needs = {item["ref"]: item.get("dependsOn", []) for item in document["dependencies"]}
    reached: set[str] = set()
    waiting = [document["metadata"]["component"]["bom-ref"]]
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached.add(reference)
            waiting += needs[reference]
    assert {item["bom-ref"] for item in document["components"]} <= reached


def test_it_names_no_time_no_serial_number_and_no_address(written: str, document: dict[str, Any]) -> None:
    assert "serialNumber" not in document
    assert "timestamp" not in document["metadata"]
    assert {"name": "cdx:reproducible", "value": "true"} in document["metadata"]["properties"]
    assert str(ROOT) not in written
    assert "://" not in written.replace(document["$schema"], "")


def test_every_licence_is_allowed() -> None:
    licences = {name: declared(distribution(name)) for name in locked(LOCK)}
    assert [item for item in licences.items() if not allowed(item[1])] == []


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MPL-2.0 AND (Apache-2.0 OR AGPL-3.0-only)", True),
        ("LGPL-3.0-or-later", False),
    ],
)
def test_a_licence_is_weighed_as_it_is_written(expression: str, may: bool) -> None:
    assert allowed(expression) is may


def environment(folder: Path, metadata: str) -> Path:
    """An environment with one package, `thing` 1.0."""
    info = folder / "lib/python3.11/site-packages/thing-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n{metadata}\n")
    return folder


def test_a_package_that_declares_no_licence_is_named(tmp_path: Path) -> None:
    from importlib.metadata import distributions

    place = environment(tmp_path, "License: as is") / "lib/python3.11/site-packages"
    (thing,) = distributions(path=[str(place)])
    with pytest.raises(LicenceUnknown, match=r"thing 1\.0 declares the licence 'as is'"):
        declared(thing)


@pytest.mark.parametrize(("version", "found"), [("2.0", "1.0"), ("1.0", "")])
def test_what_is_installed_must_be_what_is_locked(tmp_path: Path, version: str, found: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"{'thing' if found else 'other'}=={version} \\\n    --hash=sha256:{'0' * 64}\n")
    with pytest.raises(Mismatch, match=found or "no version"):
        bill(lock, PROJECT, environment(tmp_path, "License-Expression: MIT"))


def test_a_lock_without_hashes_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("thing==1.0\n")
    with pytest.raises(ValueError, match="is not one version with hashes"):
        locked(lock)

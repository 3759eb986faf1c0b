"""Asks a vulnerability service about every package of the lock files, with pip-audit.

    python -m deploy.audit [LOCK...] [--osv-url URL]

Exit codes: 0 nothing is known against any package; 1 something is; 3 nobody could be asked, or not about all of them.
Silence is no answer: a mirror of a package index has releases without the vulnerabilities, and pip-audit then finds
none. So each service is first asked about a release that is known to be vulnerable, and believed only if it says so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
KNOWN_BAD = "jinja2==2.11.2"
"""CVE-2020-28493, a regular expression that takes too long; nobody installs it here."""
CLEAN, VULNERABLE, UNKNOWN = 0, 1, 3


class NoAnswer(Exception):
    """A service could not be asked, or does not know what it should."""


@dataclass(frozen=True, slots=True)
class Service:
    """A vulnerability service by its name; `options` are pip-audit's."""

    name: str
    options: tuple[str, ...]

    def told(self, requirements: Path, *options: str) -> list[dict[str, object]]:
        """What it knows about each package of the file.

        Raises:
            NoAnswer: it was not reached, or has not heard of one of them.
        """
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--disable-pip",
            "--progress-spinner=off",
            "--format=json",
        ]
        done = subprocess.run(
            [*command, *self.options, *options, f"--requirement={requirements}"],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            found = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError):
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
            raise NoAnswer(lines[-1][:300]) from None
        if skipped := [item["name"] for item in found if "skip_reason" in item]:
            names = ", ".join(skipped[:5])
            raise NoAnswer(f"it does not know {len(skipped)} of {len(found)} packages ({names})")
        return list(found)

    def prove(self) -> None:
        """Ask about a release that is known to be vulnerable.

        Raises:
            NoAnswer: it does not say so.
        """
        with tempfile.TemporaryDirectory() as folder:
            bad = Path(folder) / "bad.txt"
            bad.write_text(f"{KNOWN_BAD}\n", encoding="utf-8")
            if not any(item.get("vulns") for item in self.told(bad, "--no-deps")):
                raise NoAnswer(
                    f"it knows of nothing against {KNOWN_BAD}, so it has no vulnerabilities to tell"
                )


def services(osv_url: str | None) -> Sequence[Service]:
    """Whom to ask, in this order."""
    if osv_url is not None:
        return [Service(osv_url, ("--vulnerability-service=osv", f"--osv-url={osv_url}"))]
    return [Service(name, (f"--vulnerability-service={name}",)) for name in ("pypi", "osv")]


def findings(told: Sequence[dict[str, object]]) -> Iterator[str]:
    """A line for each vulnerability."""
    for item in told:
        vulnerabilities = item["vulns"]
        assert isinstance(vulnerabilities, list)
        for one in vulnerabilities:
            fixed = ", ".join(one["fix_versions"]) or "no version yet"
            yield f"{item['name']} {item['version']}: {one['id']}, mended in {fixed}"


def audit(locks: Sequence[Path], osv_url: str | None) -> int:
    """Ask about every package of the files, and say what is known; returns the exit code."""
    reasons = []
    for service in services(osv_url):
        try:
            service.prove()
            told = [item for lock in locks for item in service.told(lock)]
        except NoAnswer as error:
            reasons.append(f"{service.name}: {error}")
            continue
        lines = sorted(set(findings(told)))
        packages = {(item["name"], item["version"]) for item in told}
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.write(
            f"{len(packages)} packages, {len(lines)} known vulnerabilities (asked: {service.name})\n"
        )
        return VULNERABLE if lines else CLEAN
    sys.stderr.write(
        "error: NOT AUDITED. No vulnerability service could be asked, so nothing is known about the packages.\n"
    )
    for reason in reasons:
        sys.stderr.write(f"  {reason}\n")
    sys.stderr.write("Run this where one can be reached, or name another with --osv-url.\n")
    return UNKNOWN


def main() -> int:
    """Audit what the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(description="Ask a vulnerability service about every locked package.")
    parser.add_argument("locks", nargs="*", type=Path, default=[ROOT / name for name in LOCKS])
    parser.add_argument("--osv-url", help="a server that speaks OSV's API, instead of the public services")
    given = parser.parse_args()
    return audit(given.locks, given.osv_url)


if __name__ == "__main__":
    sys.exit(main())

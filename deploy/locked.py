"""What `requirements.lock` names: packages with their versions and the hashes of every file that may be installed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of the lock, `name` in its normal form; `sha256` of its wheels and of its source archive."""

    name: str
    version: str
    sha256: tuple[str, ...]


def locked(lock: Path) -> dict[str, Locked]:
    """The packages that this Python on this platform would install from the lock, by name.

    Raises:
        ValueError: a line is not of the form `name==version --hash=sha256:…`.
    """
    found: dict[str, Locked] = {}
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        words, *hashes = line.split(" --hash=sha256:")
        requirement = Requirement(words.strip())
        (pin,) = requirement.specifier or (None,)
        if pin is None or pin.operator != "==" or not hashes:
            raise ValueError(f"{lock.name}: {words.strip()!r} is not one version with hashes")
        if requirement.marker is None or requirement.marker.evaluate():
            name = canonicalize_name(requirement.name)
            found[name] = Locked(name, pin.version, tuple(sorted(part.strip() for part in hashes)))
    return found

"""Under which licences Dateline's dependencies may be, and which each of them declares.

What a package declares is read from its metadata: its SPDX expression, else the classifiers, else the free text.
"""

from __future__ import annotations

from importlib.metadata import Distribution
from typing import Any

from cyclonedx.spdx import fixup_id, is_expression
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]
from packaging.utils import canonicalize_name

ALLOWED = {
    *("MIT", "MIT-0", "MIT-CMU", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "AFL-2.1", "CC0-1.0"),
    *("Apache-2.0", "PSF-2.0", "CNRI-Python"),
    *("MPL-1.1", "MPL-2.0"),  # binds changes of its own files only; they are installed unchanged
}
"""What may be passed on under the Apache licence without binding those who use Dateline."""

_CLASSIFIED = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Academic Free License (AFL)": "AFL-2.1",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Classifiers that mean one licence. That of BSD means any of several: see `_LOOKED_UP`."""

_LOOKED_UP = {
    "colorama": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "justext": "BSD-2-Clause",
    "nest-asyncio": "BSD-2-Clause",
    "overrides": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "tiktoken": "MIT",
}
"""For packages whose metadata says less than their licence file: what that file is."""


class LicenceUnknown(Exception):
    """A package declares no licence that is understood."""


def declared(distribution: Distribution) -> str:
    """The SPDX expression of the package's licence.

    Raises:
        LicenceUnknown: with what the metadata says, and what to do.
    """
    metadata = distribution.metadata
    name = canonicalize_name(metadata["Name"])
    if name in _LOOKED_UP:
        return _LOOKED_UP[name]
    written = _field(distribution, "License-Expression")
    if written is None:
        classes = [
            line.rpartition(" :: ")[2]
            for line in metadata.get_all("Classifier") or ()
            if line.startswith("License :: ")
        ]
        known = sorted({_CLASSIFIED.get(kind, "") for kind in classes if kind != "OSI Approved"})
        # Several classifiers stand for a choice as often as for a sum: the sum asks for more.
        written = " AND ".join(known) if known and all(known) else _field(distribution, "License")
    if not written or not (fixup_id(written) or is_expression(written)):
        raise LicenceUnknown(
            f"{name} {metadata['Version']} declares the licence {(written or '')[:80]!r}: read its licence file, and "
            "name the SPDX identifier in deploy/licences.py"
        )
    return str(written)


def _field(distribution: Distribution, name: str) -> str | None:
    return next(iter(distribution.metadata.get_all(name) or ()), None)


def allowed(expression: str) -> bool:
    """Whether the licence may be used: all parts of AND, one of OR."""
    grammar = get_spdx_licensing()

    def admits(part: Any) -> bool:
        if isinstance(part, grammar.AND):
            return all(map(admits, part.args))
        if isinstance(part, grammar.OR):
            return any(map(admits, part.args))
        return part.key in ALLOWED

    return admits(grammar.parse(expression, validate=True))

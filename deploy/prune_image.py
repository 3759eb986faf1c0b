"""Takes out of an installed environment what only other uses of its packages need, so that the image stays small.

    python deploy/prune_image.py /opt/dateline

What is removed is listed with its reason. The smoke test of the image runs after this, on what is left.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

NEVER_IMPORTED = {
    "kubernetes": "Chroma's own distributed deployment speaks to it; its client and server do not",
    "nltk": "llama-index's own sentence splitter; Dateline has one of its own",
    "PIL": "llama-index's pictures",
    "pillow.libs": "llama-index's pictures",
    "hf_xet": "downloads from a model hub; no model is downloaded",
    "pip": "nothing is installed into a running container",
}
TESTS_OF = ("chromadb", "joblib", "networkx", "numpy", "onnx")
"""Packages that install their own tests: 40 MB."""
KEPT_LOCALES = ("root.dat", "en.dat", "en_001.dat", "en_US.dat", "en_GB.dat")
"""Of the 1,000 languages of Babel, which reads nothing but names of cookies for us."""


def prune(environment: Path) -> int:
    """Remove what is not needed. Returns the bytes saved.

    Raises:
        SystemExit: the folder is no environment.
    """
    found = sorted(environment.glob("lib/python3.*/site-packages"))
    if not found:
        raise SystemExit(f"{environment} is no Python environment")
    packages = found[0]
    unwanted = [packages / name for name in NEVER_IMPORTED]
    for package in TESTS_OF:
        unwanted += (packages / package).rglob("test")
        unwanted += (packages / package).rglob("tests")
    unwanted += [
        path for path in (packages / "babel" / "locale-data").glob("*.dat") if path.name not in KEPT_LOCALES
    ]
    unwanted += packages.rglob("*.pyi")
    saved = 0
    for path in unwanted:
        if path.is_dir():
            saved += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            shutil.rmtree(path)
        elif path.exists():
            saved += path.stat().st_size
            path.unlink()
    return saved


if __name__ == "__main__":
    sys.stdout.write(f"{prune(Path(sys.argv[1])) / 1_000_000:.0f} MB removed\n")

"""What the image is pruned of: only what is listed, and never a package itself that is needed."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

PRUNE = Path(__file__).parent.parent.parent / "deploy" / "prune_image.py"


def test_listed_packages_tests_and_languages_go_and_the_rest_stays(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    gone = ["kubernetes/client.py", "numpy/lib/tests/test_x.py", "babel/locale-data/de.dat", "numpy/core.pyi"]
    kept = ["numpy/core.py", "babel/locale-data/en.dat", "chromadb/api.py", "service/tests_of.py"]
    for name in (*gone, *kept):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("x" * 10)
    saved = runpy.run_path(str(PRUNE))["prune"](tmp_path)
    assert saved == 10 * len(gone)
    assert sorted(str(p.relative_to(packages)) for p in packages.rglob("*") if p.is_file()) == sorted(kept)


def test_a_folder_that_is_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is no Python environment"):
        runpy.run_path(str(PRUNE))["prune"](tmp_path)

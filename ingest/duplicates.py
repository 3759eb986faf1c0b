"""Near-copies: the same wire story in two papers, an article trimmed or lightly rewritten.

MinHash (Broder, 1997) estimates the Jaccard similarity of two articles' word shingles from short signatures; banding
(Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3) finds the pairs worth comparing without comparing all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 128
SHINGLE_WORDS = 3
SEED = 1851
# 42 bands of 3 rows: a pair at similarity 0.45 becomes a candidate with probability 0.98, one at 0.05 with 0.005.
BAND_ROWS = 3
# Near-copies: 90 % of the words kept, one word in ten changed, leaves 0.9^3 = 0.73 of the shingles, a Jaccard
# similarity of 0.57; trimming a third leaves 0.67. Independent reports of one event stay under 0.10. The standard
# error of an estimate at 0.57 is 0.044, so 0.45 lies more than two of them below.
DEFAULT_THRESHOLD = 0.45
# Up to this many members every pair of a bucket is compared; larger buckets are compared with representatives.
PAIRWISE_LIMIT = 64

_HEADER_BYTES = 4
_SCHEME = 1  # raise when shingles, seed or normalization change


def signature(text: str) -> bytes:
    """The MinHash signature of `text`: 4 bytes of header, then 128 little-endian 32-bit minima (516 bytes).

    The same on every platform and in every process. b"" for a text without words. Case, punctuation and white
    space do not count.
    """
    from rensa import RMinHash

    words = re.findall(
        r"\w+", unicodedata.normalize("NFKC", text).casefold().replace("’", "").replace("'", "")
    )
    if not words:
        return b""
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(list({" ".join(words[start : start + SHINGLE_WORDS]) for start in range(last)}))
    header = bytes((0x44, _SCHEME, SHINGLE_WORDS, int(RMinHash.ALGORITHM_VERSION) & 0xFF))
    return header + np.asarray(sketch.digest(), dtype="<u4").tobytes()


def similarity(a: bytes, b: bytes) -> float:
    """The estimated share (0 to 1) of shingles that two articles have in common, relative to all of both.

    0.0 when either is empty or they were made by different versions of the algorithm.
    """
    if not a or len(a) != len(b) or a[:_HEADER_BYTES] != b[:_HEADER_BYTES]:
        return 0.0
    return float(np.mean(_minima(a) == _minima(b)))


def groups(signatures: Mapping[str, bytes], threshold: float = DEFAULT_THRESHOLD) -> list[tuple[str, ...]]:
    """Groups of near-copies: names connected by pairs of similarity `threshold` or more.

    Each group is sorted and has at least two members; groups are sorted; the order of `signatures` does not matter.
    Below 0.3 banding begins to miss pairs. Time grows nearly linearly with the number of articles.
    """
    forest = _Forest()
    versions: dict[tuple[bytes, int], list[str]] = {}
    for name in sorted(signatures):
        if value := signatures[name]:
            versions.setdefault((value[:_HEADER_BYTES], len(value)), []).append(name)
    for names in versions.values():
        if len(names) > 1:
            _connect(names, np.vstack([_minima(signatures[name]) for name in names]), threshold, forest)
    found: dict[str, list[str]] = {}
    for name in sorted(forest.parents):
        found.setdefault(forest.root(name), []).append(name)
    return sorted(tuple(members) for members in found.values() if len(members) > 1)


class _Forest:
    """Union–find over names."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}

    def root(self, name: str) -> str:
        path = []
        while (parent := self.parents.setdefault(name, name)) != name:
            path.append(name)
            name = parent
        for passed in path:
            self.parents[passed] = name
        return name

    def join(self, a: str, b: str) -> None:
        first, second = sorted((self.root(a), self.root(b)))
        self.parents[second] = first


def _minima(value: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(value, dtype="<u4", offset=_HEADER_BYTES).astype(np.uint32, copy=False)


def _connect(names: Sequence[str], matrix: NDArray[np.uint32], threshold: float, forest: _Forest) -> None:
    """Join in `forest` the names whose rows of `matrix` (n, permutations) agree in `threshold` or more."""
    for start in range(0, matrix.shape[1] - BAND_ROWS + 1, BAND_ROWS):
        band = np.ascontiguousarray(matrix[:, start : start + BAND_ROWS])
        keys = band.view(np.dtype((np.void, band.itemsize * BAND_ROWS))).ravel()
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        shared = np.flatnonzero(counts[inverse] > 1)
        order = shared[np.argsort(inverse[shared], kind="stable")]
        edges = np.flatnonzero(np.diff(inverse[order])) + 1
        for bucket in np.split(order, edges):
            if len(bucket) > 1:
                _compare(bucket, names, matrix, threshold, forest)


def _compare(
    bucket: NDArray[np.intp],
    names: Sequence[str],
    matrix: NDArray[np.uint32],
    threshold: float,
    forest: _Forest,
) -> None:
    """Compare the members of one bucket: all pairs when it is small, else each with representatives until all are
    joined to one or have been one."""
    rest = bucket
    large = len(bucket) > PAIRWISE_LIMIT
    while len(rest) > 1:
        first, rest = rest[0], rest[1:]
        alike = np.mean(matrix[rest] == matrix[first], axis=1) >= threshold
        for other in rest[alike]:
            forest.join(names[first], names[other])
        if large:
            rest = rest[~alike]

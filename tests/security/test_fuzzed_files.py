"""Thousands of damaged and invented files through the readers: articles or reasons, in seconds and little memory.

Half are samples that were cut, repeated, shuffled and sown with bytes that matter to parsers, after a fixed seed; half
are Hypothesis's inventions.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.articles import RawDocument
from ingest.errors import UnreadableArticle
from ingest.extraction import extract
from ingest.readers import ReadOptions, read_content
from tests.security.hostile import flate, pdf, shown

QUICK, LONG = 200, 10_000
MAX_S = 10.0
MAX_GROWTH_MB = 500
SUFFIXES = ("txt", "md", "html", "htm", "json", "jsonl", "ndjson", "pdf", "markdown", "text")
TELLING = [
    b"<", b">", b"</", b"<!--", b"-->", b"<![CDATA[", b"<script>", b"&#x0;", b"&amp", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xae", b"{", b"}", b"[", b"]", b'"', b"\\u0000", b"\\ud800",
    b":", b",", b"1e999", b"-", b"---\n", b"&a", b"*a", b"\r", b"\n\n", b"\x1b[2J", b"stream\n",
    b"endstream", b"endobj", b"<<", b">>", b"/Length 99999999", b"0 R", b"xref\n", b"/FlateDecode", b"(",
    b")", b"%%EOF", b"charset=utf-7", b"<p>", b"<div>" * 300, b"[" * 2000, b"a" * 50_000,
]  # fmt: skip

MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<div>",
            "<a href='",
            "'>",
            "<article>",
            "<br>",
            "&",
            ";",
            "<time>",
            "<meta name=date content=",
            "\n",
        ]
    )
    | st.text(max_size=30),
    max_size=60,
).map("".join)
RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "body", "title", "source", "author", "date", "url", "id", "articles"])
            | st.text(max_size=8),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
CONTENTS = st.binary(max_size=3000) | st.text(max_size=2000).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


def made(content: object) -> bytes:
    """JSON of it, whatever it holds."""
    import json

    return json.dumps(content).encode()


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with one to eight wounds."""
    wounded = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(wounded) + 1)
        until = min(len(wounded), at + chance.choice((1, 4, 60, 2000)))
        match chance.randrange(6):
            case 0:
                del wounded[at:until]
            case 1:
                wounded[at:at] = chance.choice(TELLING)
            case 2:
                wounded[at:until] = chance.randbytes(until - at)
            case 3:
                wounded[at:at] = wounded[at:until] * chance.randint(1, 50)
            case 4:
                del wounded[at:]
            case 5:
                for place in range(at, min(until, at + 20)):
                    wounded[place] ^= 1 << chance.randrange(8)
    return bytes(wounded[:1_000_000])


class Watch:
    """Reads files, counts what came of them, and keeps the slowest and the memory in view."""

    def __init__(self) -> None:
        self.options = ReadOptions()
        self.counts: Counter[str] = Counter()
        self.slowest: tuple[float, str] = (0.0, "")
        self.before_mb = resident_mb()

    def read(self, content: bytes, name: str) -> None:
        """One file: whatever it is, nothing is raised."""
        started = time.process_time()
        self.counts["files"] += 1
        for item in read_content(content, name, self.options):
            if isinstance(item, RawDocument):
                self.counts["articles"] += 1
                extract(item)
            else:
                assert isinstance(item, UnreadableArticle)
                assert str(item).startswith(name)
                assert "its parser failed" not in str(item), str(item)
                self.counts[
                    "limits" if "took longer" in str(item) or "needs more" in str(item) else "reasons"
                ] += 1
        self.slowest = max(self.slowest, (time.process_time() - started, name))

    def close(self) -> None:
        """Say what was counted, and check that nothing hung or swelled. Time is that of the processor: what runs apart
        is held to its own limit, which would show as a failure."""
        grown_mb = resident_mb() - self.before_mb
        self.options.apart.close()
        print(f"{dict(self.counts)}, slowest {self.slowest[0]:.2f} s, memory {grown_mb:+.0f} MB")  # noqa: T201
        assert self.slowest[0] < MAX_S
        assert grown_mb < MAX_GROWTH_MB


def resident_mb() -> float:
    """Memory this process has now; 0 where it is not known."""
    if sys.platform != "linux":
        return 0.0
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_000_000


def seeds(samples: Path) -> list[tuple[str, bytes]]:
    """What is damaged: the samples, and a PDF."""
    found = [(path.suffix[1:], path.read_bytes()) for path in sorted(samples.iterdir()) if path.is_file()]
    words = shown("The harbour was closed on Monday, said the mayor.") * 30
    return [
        *found,
        ("pdf", pdf(flate(words), pages=3)),
        ("pdf", pdf(words.hex().encode(), "/ASCIIHexDecode")),
    ]


def mutate(samples: Path, number: int, seed: int) -> Watch:
    """So many damaged samples through the readers, some under another's suffix."""
    chance = random.Random(seed)
    originals = seeds(samples)
    watch = Watch()
    for count in range(number):
        suffix, content = originals[count % len(originals)]
        suffix = chance.choice(SUFFIXES) if chance.random() < 0.1 else suffix
        watch.read(mutated(content, chance), f"{count}.{suffix}")
    return watch


def invent(number: int, *, repeatable: bool) -> Watch:
    """So many of Hypothesis's files through the readers."""
    watch = Watch()

    @settings(
        max_examples=number,
        deadline=None,
        derandomize=repeatable,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.tuples(st.sampled_from(SUFFIXES), CONTENTS)
        | st.tuples(
            st.sampled_from(["html", "json", "md"]), MARKUP.map(lambda text: text.encode("utf-8", "replace"))
        )
        | st.tuples(st.sampled_from(["json", "jsonl"]), RECORDS.map(made))
        | st.tuples(
            st.just("md"),
            st.text(max_size=300).map(lambda text: f"---\n{text}\n---\nWords.".encode("utf-8", "replace")),
        )
        | st.tuples(st.just("pdf"), st.binary(max_size=2000).map(lambda stream: pdf(flate(stream))))
    )
    def one(file: tuple[str, bytes]) -> None:
        suffix, content = file
        watch.read(content, f"a.{suffix}")

    one()
    return watch


def test_damaged_samples_break_nothing(samples: Path) -> None:
    mutate(samples, QUICK // 2, seed=9).close()


def test_invented_files_break_nothing() -> None:
    invent(QUICK // 2, repeatable=True).close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_thousands_of_damaged_samples_break_nothing(samples: Path) -> None:
    watch = mutate(samples, LONG // 2, seed=2026)
    assert watch.counts["files"] == LONG // 2
    watch.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_thousands_of_invented_files_break_nothing() -> None:
    watch = invent(LONG // 2, repeatable=False)
    assert watch.counts["files"] >= LONG // 2
    watch.close()

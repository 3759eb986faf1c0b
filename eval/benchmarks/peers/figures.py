"""What a run of `dateline bench speed` measured: raw figures only. `eval.benchmarks.speed_report` makes ratios of
them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Measured:
    """One contestant's raw figures. Lists of one name have one value for each slice, question or cold start, in the
    same order for all contestants."""

    name: str
    label: str
    versions: dict[str, str] = field(default_factory=dict)
    ingest_s: list[float] = field(default_factory=list)
    """Wall time of each slice."""
    ingest_cpu_s: list[float] = field(default_factory=list)
    """Processor time of all threads, of each slice."""
    ingest_embed_s: list[float] = field(default_factory=list)
    """Of the wall time, inside the embedder."""
    ingest_peak_bytes: int = 0
    index_bytes: int = 0
    passages: int = 0
    query_ms: list[float] = field(default_factory=list)
    query_embed_ms: list[float] = field(default_factory=list)
    """Of `query_ms`, inside the embedder."""
    query_peak_bytes: int = 0
    cold_ms: list[float] = field(default_factory=list)
    """From starting a process to its first answer."""
    passage_chars_mean: float = 0.0
    """Over the passages returned for the timed questions."""
    hits_4: list[float] = field(default_factory=list)
    hits_10: list[float] = field(default_factory=list)
    """One value a question; empty unless every article was ingested."""
    failure: str | None = None
    """Why the contestant is left out, else None. Figures from before the failure stay."""


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """A run: what was measured, on what, and the raw figures, Dateline's first."""

    articles: int
    articles_all: int
    slices: tuple[int, ...]
    """Articles in each."""
    questions: int
    scored_questions: int
    cold_starts: int
    threads: int
    machine: dict[str, str]
    contestants: tuple[Measured, ...]

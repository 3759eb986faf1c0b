"""Where faults are tried: a scratch folder, the archive in two editions, and what clean runs make of it."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.benchmarks.faults.archive import EDITIONS, Archive
from eval.benchmarks.faults.commands import Dateline
from eval.benchmarks.faults.examining import examined
from eval.benchmarks.faults.trials import Trial
from eval.benchmarks.faults.truth import Clean, Truth, wrong
from eval.benchmarks.own_process import PROJECT
from eval.gold import GoldCase, load
from ingest.errors import PermanentError

SAMPLES = PROJECT / "samples" / "articles"
GOLD = PROJECT / "eval" / "gold" / "samples.yaml"
QUESTIONS = 5
AGE_S = (7200.0, 3600.0)
"""How long ago the files of each edition were written."""


@dataclass(slots=True)
class Ground:
    """A place for trials. `clean(edition)` is an index nobody has disturbed, `articles(edition)` its articles.

    Each fault draws its moments from `chance(NAME)`, which depends on the seed and the name alone.
    """

    folder: Path
    truth: Truth
    clean_seconds: tuple[float, ...]
    seed: int
    tell: Callable[[str], None]
    _made: int = field(default=0)

    def chance(self, name: str) -> random.Random:
        """The random numbers of one fault."""
        return random.Random(f"{self.seed}-{name}")

    def articles(self, edition: int) -> Path:
        """The folder that is ingested, holding this edition: always the same folder, since an article's name depends
        on it."""
        return replace_articles(self.folder, edition)

    def clean(self, edition: int) -> Path:
        """The data folder after a clean run of an edition; not to be opened, but copied (`copy`)."""
        return self.folder / f"clean-{edition}"

    def place(self) -> Path:
        """A new empty folder for one trial."""
        self._made += 1
        place = self.folder / f"trial-{self._made:04d}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return place

    def copy(self, edition: int) -> Path:
        """A data folder of a trial's own, as a clean run of this edition left it."""
        place = self.place() / "data"
        shutil.copytree(self.clean(edition), place)
        return place

    def finish(
        self, trial: Trial, data_dir: Path, articles: Path, edition: int, *, what: str = "ingest"
    ) -> bool:
        """Ingest again, and hold the index against a clean run of this edition; whether that could be done."""
        dateline = Dateline(data_dir)
        ended = dateline.run("ingest", "--prune", str(articles))
        if unexplained := ended.unexplained():
            trial.puzzle(unexplained)
        if ended.code != 0:
            trial.leave(f"the next {what} did not finish: {ended.said}")
            return False
        if ", 0 failed" not in ended.stdout:
            trial.leave(f"the next {what} reports: {' '.join(ended.stdout.split())[:300]}")
        return self.compare(trial, dateline, edition)

    def compare(self, trial: Trial, dateline: Dateline, edition: int) -> bool:
        """Hold the index against a clean run of this edition; whether it could be opened."""
        ended, document = examined(dateline, self.truth.questions)
        if not document:
            trial.lose(f"the index does not open: {ended.said}")
            return False
        self.truth.check_end(trial, document, edition)
        return True


def prepare(
    folder: Path, *, grown: int, seed: int, tell: Callable[[str], None], questions: int = QUESTIONS
) -> Ground:
    """Make both editions of the archive, ingest each cleanly, and choose the questions.

    Raises:
        PermanentError: a clean run fails, or too few questions are answered rightly over both editions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = Archive(SAMPLES, grown, seed)
    cases = _spread(load(GOLD).cases)
    documents, seconds = [], []
    for edition in EDITIONS:
        archive.write(folder / f"edition-{edition}", edition)
        _date(folder / f"edition-{edition}", time.time() - AGE_S[edition])
        dateline = Dateline(folder / f"clean-{edition}")
        done = dateline.run("ingest", str(replace_articles(folder, edition)))
        ended, document = examined(dateline, [case.question for case in cases])
        if done.code != 0 or not document:
            raise PermanentError(f"a clean run failed: {done.said if done.code else ended.said}")
        documents.append(document)
        seconds.append(done.seconds)
        tell(
            f"clean run of edition {edition + 1}: {len(document['articles'])} articles, {done.seconds:.1f} s"
        )
    texts = [{held[0]: held[2] for held in found["articles"].values()} for found in documents]
    right = [
        number
        for number, case in enumerate(cases)
        if all(_plain(case, found["answers"][number], texts) for found in documents)
    ][:questions]
    if len(right) < questions:
        raise PermanentError(f"only {len(right)} questions of {GOLD.name} are right over both editions")
    clean = [
        Clean(one["articles"], one["vectors"], [one["answers"][number] for number in right])
        for one in documents
    ]
    chosen: list[GoldCase] = [cases[number] for number in right]
    return Ground(folder, Truth(chosen, clean), tuple(seconds), seed, tell)


def _plain(case: GoldCase, answer: Mapping[str, Any], texts: Sequence[Mapping[str, str]]) -> bool:
    """Whether an answer is right and leaves no choice: two near-copies may each be cited, or a grown article beside a
    sample, as the last digits of a score have it."""
    cited = answer["citations"]
    return (
        not wrong(case, answer, texts)
        and all(one["source"] in case.sources and not one["also_in"] for one in cited)
        and len(cited) <= 1
    )


def _spread(cases: tuple[GoldCase, ...]) -> list[GoldCase]:
    """Every other case, without those that need a talk or filters."""
    plain = [case for case in cases if not case.history and case.filters.is_empty and not case.disagreement]
    return plain[::2]


def replace_articles(folder: Path, edition: int) -> Path:
    """Make the folder of articles below `folder` hold this edition, each file with the time stamp that it always has
    in this edition; gives it."""
    place = folder / "articles"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / f"edition-{edition}", place)
    return place


def _date(folder: Path, written_s: float) -> None:
    """Date all files: files of this moment would be read again, for they might still be written."""
    for file in folder.iterdir():
        os.utime(file, (written_s, written_s))

"""Files of the data folder emptied, cut and changed: found and made again, or explained; never believed."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx

from eval.benchmarks.faults.commands import Dateline, Ended
from eval.benchmarks.faults.contention import listening
from eval.benchmarks.faults.examining import examined
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.trials import FaultReport, Trial

NAME = "damaged-files"
TITLE = "Files emptied, cut or changed"
TIMES = 150
DAMAGES = ("emptied", "cut to half", "flipped")
FLIPPED_BYTES = 64
DATABASE = "chroma/chroma.sqlite3"
DATABASE_SHARE = 0.3
"""Of the trials so many are on the database: it is what everything else is made from."""
_UNSTEADY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|index-[0-9a-f]{8}|[0-9a-f]{32}")
_REMOVED = re.compile(r"dateline articles remove '([^']+)'")
_COMMAND = re.compile(r"dateline \w+|rm -r|rm ")


def run(ground: Ground, times: int) -> FaultReport:
    """Damage one file in each trial: every kind of file in every way, then the database at further places."""
    report = FaultReport(NAME, TITLE)
    chance = ground.chance(NAME)
    model = _with_everything(ground)
    plans = _plans(model, chance, times)
    ends: Counter[str] = Counter()
    for number, (kind, damage) in enumerate(plans, start=1):
        data_dir = ground.place() / "data"
        shutil.copytree(model, data_dir)
        path = chance.choice(_files(data_dir)[kind])
        where = _damage(path, damage, chance)
        trial = Trial(f"{number}: {kind} {damage}{where}")
        _use(ground, trial, Dateline(data_dir), ends)
        report.trials.append(trial)
        ground.tell(f"{NAME} {trial.what}: {'; '.join(trial.problems) or 'nothing lost, nothing wrong'}")
        shutil.rmtree(data_dir.parent)
    report.notes.append(f"{len(_files(model))} kinds of files")
    report.notes += [f"{number} times {what}" for what, number in sorted(ends.items())]
    return report


def _use(ground: Ground, trial: Trial, dateline: Dateline, ends: Counter[str]) -> None:
    """Diagnose, ask, ingest the same folder again, read every article; where that is refused, do what is said."""
    diagnosis = dateline.run("doctor")
    if unexplained := diagnosis.unexplained():
        trial.puzzle(unexplained)
    noticed = (
        "noticed by doctor" if "fail" in diagnosis.stdout or "warn" in diagnosis.stdout else "not noticed"
    )
    asked, document = examined(dateline, ground.truth.questions, articles=False)
    if document:
        ground.truth.check_same(trial, document["answers"], 0)
    else:
        trial.asked += len(ground.truth.questions)
        trial.refused += len(ground.truth.questions)
        _explained(trial, asked)
    ended = dateline.run("ingest", "--prune", str(ground.articles(0)))
    if ended.code != 0:
        _explained(trial, ended)
    whole = ended.code == 0 and bool(document)
    ends[f"{noticed}, {'answered right' if document else 'explained'}"] += 1
    said = asked.stderr + ended.stderr
    if whole:  # damage that neither the questions nor the ingest came upon
        read, held = examined(dateline, [])
        if not held:
            _explained(trial, read)
            said, whole = said + read.stderr, False
    for source in dict.fromkeys(_REMOVED.findall(said)):
        dateline.run("articles", "remove", source)
        ended = dateline.run("ingest", "--prune", str(ground.articles(0)))
        whole = ended.code == 0
    if not whole:
        shutil.rmtree(dateline.data_dir / "chroma")
        ended = dateline.run("ingest", "--prune", str(ground.articles(0)))
        if ended.code != 0:
            trial.leave(f"the remedy did not help: {ended.said}")
            return
    ground.compare(trial, dateline, 0)


def _explained(trial: Trial, ended: Ended) -> None:
    """Count an error that does not name a command that mends it."""
    if unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    elif not _COMMAND.search(ended.stderr):
        trial.puzzle(f"{ended.name} names no command that mends it: {ended.said}")


def _with_everything(ground: Ground) -> Path:
    """A data folder with every kind of file that Dateline makes: a server with a widget, feedback, a model's texts."""
    from service.map_cache import FOLDER, KeptText, MapCache

    data_dir = ground.copy(0)
    articles = ground.truth.clean[0].articles
    article_id = next(iter(articles))
    version = articles[article_id][1]
    maps = MapCache(data_dir / FOLDER, lambda: {article_id: version})
    maps.put(article_id, version, "0" * 64, KeptText("- one statement", "stop"))
    serve = Dateline(data_dir).start("serve", "--port", "0")
    url = listening(serve)
    if url is not None:
        body = {"question": "Who sang?", "answer": "Paul Simon.", "verdict": "up", "citations": []}
        httpx.post(f"{url}/v1/feedback", json=body, timeout=60, trust_env=False)
    serve.process.kill()  # leaves its note of who owns the index, and its token
    serve.ended()
    return data_dir


def _files(data_dir: Path) -> dict[str, list[Path]]:
    """The files by kind: their path without what is drawn anew for each index."""
    found: dict[str, list[Path]] = {}
    for path in sorted(data_dir.rglob("*")):
        if path.is_file() and path.stat().st_size:
            kind = _UNSTEADY.sub("*", path.relative_to(data_dir).as_posix())
            found.setdefault(kind, []).append(path)
    return found


def _plans(model: Path, chance: random.Random, times: int) -> list[tuple[str, str]]:
    """Which kind of file is damaged how: each pair once, in random order, the database again and again between."""
    pairs = [(kind, damage) for kind in _files(model) for damage in DAMAGES]
    chance.shuffle(pairs)
    plans = []
    for number in range(times):
        if pairs and (number * DATABASE_SHARE) % 1 < 1 - DATABASE_SHARE:
            plans.append(pairs.pop())
        else:
            plans.append((DATABASE, "flipped"))
    return plans


def _damage(path: Path, damage: str, chance: random.Random) -> str:
    """Damage a file; what to add to how it is told."""
    content = bytearray(path.read_bytes())
    if damage == "emptied":
        path.write_bytes(b"")
    elif damage == "cut to half":
        path.write_bytes(bytes(content[: len(content) // 2]))
    else:
        start = chance.randrange(max(1, len(content) - FLIPPED_BYTES))
        if path.name == "chroma.sqlite3" and chance.random() < 0.5:
            start = _place_of_text(path, chance) or start
            for place in range(start, min(len(content), start + 2)):  # letters of an article become others
                content[place] = ord("x") if content[place] != ord("x") else ord("y")
        else:
            for place in range(start, min(len(content), start + FLIPPED_BYTES)):
                content[place] ^= 0xFF
        path.write_bytes(bytes(content))
        return f" at {start:,}"
    return ""


def _place_of_text(path: Path, chance: random.Random) -> int | None:
    """Where in a database some words of an article lie."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT string_value FROM embedding_metadata WHERE key = 'text' ORDER BY id"
        ).fetchall()
    words = [word for (text,) in rows for word in re.findall(r"[A-Za-z ]{24}", text)]
    content = path.read_bytes()
    places = [match.start() for match in re.finditer(re.escape(chance.choice(words).encode()), content)]
    return chance.choice(places) + 4 if places else None

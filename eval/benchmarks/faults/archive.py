"""The articles that faults are tried on: the samples and grown ones, in two editions of the same archive.

From one edition to the other most articles change in a paragraph, some are new and some are gone, so that an ingest
replaces, adds and prunes; the samples, which the questions are about, change in a line that answers nothing.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from eval.benchmarks.growth_articles import Grower, read_archive

EDITIONS = (0, 1)
IN_FEED = 20
"""So many of the grown articles are records of one file, the others files of their own."""


class Archive:
    """Writes an edition into a folder. The same samples, number and seed always give the same articles."""

    def __init__(self, samples: Path, grown: int, seed: int) -> None:
        """`samples` is a folder of articles; `grown` further ones are made of its words.

        Raises:
            InvalidRequest: there are no articles in `samples`.
        """
        self._samples = samples
        grower = Grower(read_archive(samples), seed)
        self._grown = [grower.grown(number) for number in range(grown)]

    def write(self, folder: Path, edition: int) -> None:
        """Make `folder` hold this edition and nothing else."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in sorted(self._samples.iterdir()):
            content = file.read_text(encoding="utf-8")
            if file.suffix in (".txt", ".md"):
                content = f"{content.rstrip()}\n\nThis page was filed in edition {edition + 1}.\n"
            (folder / file.name).write_text(content, encoding="utf-8")
        records = []
        for number, record in enumerate(self._grown):
            if number % 10 == 3 + 4 * edition:  # another tenth is missing in each edition
                continue
            body = record["body"]
            if number % 4:
                body += f"\n\nIn edition {edition + 1} the report number {number} ends with this paragraph."
            if number < IN_FEED:
                records.append(json.dumps({**record, "body": body}, ensure_ascii=False))
            else:
                text = f"{record['title']}\n\n{body}\n"
                (folder / f"grown-{number:04d}.txt").write_text(text, encoding="utf-8")
        (folder / "grown.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")

"""Whole collections are read whatever their size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest import chroma
from ingest.settings import IngestSettings

MOST_VARIABLES = 32_766


def _filled(data_dir: Path, number: int) -> Any:
    settings = IngestSettings(data_dir=data_dir, chroma_url=None)
    collection = chroma.open_client(settings).create_collection("things")
    for start in range(0, number, 5000):
        ids = [f"{one:06d}" for one in range(start, min(number, start + 5000))]
        collection.add(
            ids=ids, embeddings=np.ones((len(ids), 2), np.float32), metadatas=[{"own": one} for one in ids]
        )
    return collection


def _read(collection: Any, **given: int) -> dict[str, str]:
    return {
        one: metadata["own"]
        for rows in chroma.everything(collection, ["metadatas"], **given)
        for one, metadata in zip(rows["ids"], rows["metadatas"], strict=True)
    }


@pytest.mark.parametrize("at_once", [1, 3, 10, 11])
def test_every_record_is_read_once_however_many_calls_it_takes(tmp_path: Path, at_once: int) -> None:
    collection = _filled(tmp_path, 10)
    assert _read(collection, at_once=at_once) == {f"{one:06d}": f"{one:06d}" for one in range(10)}
    rows = [row for answer in chroma.everything(collection, [], at_once) for row in answer["ids"]]
    assert len(rows) == 10


@pytest.mark.slow
def test_more_records_than_sqlite_takes_variables(tmp_path: Path) -> None:
    collection = _filled(tmp_path, MOST_VARIABLES + 10)
    assert len(_read(collection)) == MOST_VARIABLES + 10

"""Which articles a source names: folders in what was ingested, files, files of many records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.articles import ArticleFilter
from ingest.errors import ArticleNotFound
from service.opening import open_services
from service.settings import ServiceSettings
from service.summary_sources import selected
from service.wiring import Services

STORIES = {
    "harbour/fees.txt": "The harbour board of Tarnby raised mooring fees for trawlers by a fifth on Monday.",
    "harbour/quay/nets.txt": "Fishermen burned their nets on the quay of Tarnby after the vote on mooring fees.",
    "town/goats.txt": "A new lighthouse keeper arrived from Lund with two goats and a brass telescope.",
    "town/feed.jsonl": '{"id": "1", "title": "Fog", "body": "Ferries to Lund were late on account of fog."}\n'
    '{"id": "2", "title": "Rolls", "body": "Bakers sold out of cinnamon rolls before noon on Friday."}\n',
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, Path]]:
    root = tmp_path_factory.mktemp("papers") / "archive" / "spring"
    for name, text in STORIES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = ServiceSettings(data_dir=tmp_path_factory.mktemp("index"))
    with open_services(settings, role="tests", create=True) as services:
        assert not services.ingest([root]).failed
        yield services, root


def sources_of(services: Services, *sources: str) -> set[str]:
    records = services._library.shelf().records
    return {records[one].source for one in selected(services._library, sources, ArticleFilter())}


HARBOUR = {"harbour/fees.txt", "harbour/quay/nets.txt"}
FEED = {"town/feed.jsonl#1", "town/feed.jsonl#2"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("harbour", HARBOUR),
        ("harbour/", HARBOUR),
        ("spring/harbour", HARBOUR),
        ("archive/spring/harbour", HARBOUR),
        ("./archive/spring/harbour/quay", {"harbour/quay/nets.txt"}),
        ("quay", {"harbour/quay/nets.txt"}),
        ("archive/spring/town", FEED | {"town/goats.txt"}),
        ("spring/town/feed.jsonl", FEED),
        ("archive/spring", {*HARBOUR, *FEED, "town/goats.txt"}),
        ("spring/town/goats.txt", {"town/goats.txt"}),
    ],
)
def test_a_path_or_an_ending_of_one(archive: tuple[Services, Path], source: str, expected: set[str]) -> None:
    assert sources_of(archive[0], source) == expected


def test_absolute_paths(archive: tuple[Services, Path]) -> None:
    services, root = archive
    assert sources_of(services, str(root / "harbour")) == HARBOUR
    assert sources_of(services, str(root / "town" / "feed.jsonl")) == FEED
    assert sources_of(services, str(root)) == {*HARBOUR, *FEED, "town/goats.txt"}


@pytest.mark.parametrize("source", ["archive", "harb", "pring/harbour", "summer/harbour"])
def test_neither_a_folder_above_nor_half_a_name(archive: tuple[Services, Path], source: str) -> None:
    with pytest.raises(ArticleNotFound):
        sources_of(archive[0], source)

"""Kept texts: found again, bounded, safe against torn files, and gone with their article."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.map_cache import FOLDER, KeptText, MapCache
from service.opening import open_services
from service.settings import ServiceSettings
from service.summaries import Summary, SummaryRequest
from service.wiring import Services
from tests.service.llm_server import Say, ScriptedLLMServer
from tests.service.written_summaries import Asked, copied, copying, model_at

KEPT = KeptText("Rain is likely. [1.1]", "stop")


def cache_in(folder: Path, versions: dict[str, str] | None = None, **options: Any) -> MapCache:
    known = {"a": "1", "b": "1"} if versions is None else versions
    return MapCache(folder, lambda: known, **options)


@given(text=st.text(st.characters()), finish=st.sampled_from(["stop", "length", "other"]))
@settings(max_examples=40, deadline=None)
def test_what_is_kept_is_found(tmp_path_factory: pytest.TempPathFactory, text: str, finish: Any) -> None:
    cache = cache_in(tmp_path_factory.mktemp("maps"))
    cache.put("a", "1", "k", KeptText(text, finish))
    assert cache.get("a", "1", "k") == KeptText(text, finish)
    assert [cache.get(*other) for other in (("a", "1", "l"), ("a", "2", "k"), ("b", "1", "k"))] == [None] * 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content.replace(b"likely", b"unlikely"),
        lambda content: b"[1, 2]",
        lambda content: b"\xff\xfe\x00",
        lambda content: content.replace(b"stop", b"done"),
    ],
)
def test_a_damaged_file_is_no_text_and_goes(tmp_path: Path, damage: Any) -> None:
    cache = cache_in(tmp_path)
    cache.put("a", "1", "k", KEPT)
    (path,) = tmp_path.glob("*/*.json")
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("a", "1", "k") is None
    assert not path.exists()
    cache.put("a", "1", "k", KEPT)
    assert cache.get("a", "1", "k") == KEPT


def test_what_is_about_no_article_is_swept_away(tmp_path: Path) -> None:
    versions = {"a": "1", "b": "1"}
    cache = cache_in(tmp_path, versions)
    for article_id in versions:
        cache.put(article_id, "1", "k", KEPT)
    (tmp_path / "a.1" / "torn.json.new").write_text("Rain is")
    (tmp_path / "stray").write_text("Rain")
    versions["b"] = "2"
    cache.sweep()
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["a.1", "k.json"]


def test_a_text_that_comes_after_its_article_went_is_not_kept(tmp_path: Path) -> None:
    versions = {"a": "1"}
    cache = cache_in(tmp_path, versions)
    del versions["a"]
    cache.put("a", "1", "k", KEPT)
    assert not list(tmp_path.rglob("*.json"))


def test_the_size_is_bounded_and_what_was_used_last_stays(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, most_bytes=1000)
    for number in range(8):
        cache.put("a", "1", f"k{number}", KeptText("x" * 100, "stop"))
        for path in tmp_path.glob("*/*.json"):
            stat = path.stat()
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns - 10**9))
        assert cache.get("a", "1", "k0") is not None
        assert sum(path.stat().st_size for path in tmp_path.glob("*/*.json")) <= 1000
    assert cache.get("a", "1", "k7") is not None
    assert cache.get("a", "1", "k1") is None


def test_a_place_that_cannot_be_written_costs_only_the_next_request(tmp_path: Path) -> None:
    (tmp_path / "maps").write_text("a file")
    cache = cache_in(tmp_path / "maps")
    cache.put("a", "1", "k", KEPT)
    cache.sweep()
    assert cache.get("a", "1", "k") is None


def test_without_a_folder_a_temporary_one_goes_with_the_cache() -> None:
    cache = MapCache(None, lambda: {"a": "1"})
    assert cache.get("a", "1", "k") is None
    cache.put("a", "1", "k", KEPT)
    folder = cache._folder
    assert folder is not None
    assert cache.get("a", "1", "k") == KEPT
    del cache
    assert not folder.exists()


def test_threads_share_it(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)

    def work() -> None:
        for number in range(20):
            cache.put("a", "1", f"k{number % 3}", KEPT)
            assert cache.get("a", "1", f"k{number % 3}") == KEPT

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.glob("*/*.json"))) == 3


# Through the whole house

ARTICLES = {
    "rain.txt": "Rain falls on Harrowmouth\n\nEstuary Echo, 4 March 2024\n\n"
    "Heavy rain fell on Harrowmouth on Monday. Three roads were closed by the council in the afternoon.\n\n"
    "The school in Mill Lane stays closed until Thursday.\n",
    "ferry.txt": "Ferry stays in port\n\nEstuary Echo, 5 March 2024\n\n"
    "The ferry to Skarn Island stayed in port on Tuesday. Two hundred passengers slept in the town hall.\n\n"
    "The next sailing is planned for Friday morning.\n",
    "harvest.txt": "Late harvest in the valley\n\nEstuary Echo, 6 March 2024\n\n"
    "Farmers in the valley began the leek harvest three weeks late. The fields were too wet for machines.\n\n"
    "Prices in the market rose by a tenth.\n",
}
REQUEST = SummaryRequest(max_words=60)


@pytest.fixture
def server() -> Iterator[ScriptedLLMServer]:
    with ScriptedLLMServer([copying()]) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in ARTICLES.items():
        (tmp_path / "news").mkdir(exist_ok=True)
        (tmp_path / "news" / name).write_text(text, encoding="utf-8")
    return tmp_path / "news"


@pytest.fixture
def services(server: ScriptedLLMServer, tmp_path: Path, folder: Path) -> Iterator[Services]:
    own = ServiceSettings(data_dir=tmp_path / "index")
    with open_services(own, role="tests", create=True, model=model_at(server.url)) as opened:
        opened.ingest([folder])
        yield opened


def asked_for(
    server: ScriptedLLMServer, services: Services, request: SummaryRequest = REQUEST
) -> list[Asked]:
    """The requests that a summary costs."""
    before = len(server.requests)
    summary = services.summarize(request)
    assert summary.engine == "llm", summary.engine_note
    return [Asked(body) for body in server.requests[before:]]


def kept_texts(tmp_path: Path) -> str:
    folder = tmp_path / "index" / FOLDER
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


def test_a_run_after_one_changed_article_costs_one_map(
    server: ScriptedLLMServer, services: Services, folder: Path, tmp_path: Path
) -> None:
    first = asked_for(server, services)
    assert [one.is_map for one in first] == [True, True, True, False]
    assert [one.is_map for one in asked_for(server, services)] == [False]

    changed = ARTICLES["rain.txt"].replace("Three roads", "Four roads")
    (folder / "rain.txt").write_text(changed, encoding="utf-8")
    services.ingest([folder])
    assert "Four roads" not in kept_texts(tmp_path)
    assert "Three roads" not in kept_texts(tmp_path)  # what was said of the old version is gone at once
    again = asked_for(server, services)
    assert [one.is_map for one in again] == [True, False]
    assert "Four roads" in again[0].prompt
    assert "Four roads" in kept_texts(tmp_path)


def test_another_style_and_length_use_what_was_kept(server: ScriptedLLMServer, services: Services) -> None:
    asked_for(server, services)
    other = asked_for(server, services, SummaryRequest(style="bullets", max_words=150))
    assert [one.is_map for one in other] == [False]


def test_another_topic_prompt_or_model_do_not(
    server: ScriptedLLMServer, services: Services, tmp_path: Path
) -> None:
    asked_for(server, services)
    topical = asked_for(server, services, SummaryRequest(topic="Harrowmouth ferry rain", max_words=60))
    assert topical[0].is_map or len(topical) == 1

    prompts = tmp_path / "prompts"
    prompts.mkdir()
    own = services._summary_writer
    assert own is not None
    words = own.summarize_prompt.path.read_text(encoding="utf-8")
    (prompts / "summarize.md").write_text(words.replace("Add nothing.", "Add nothing at all."))
    settings_with = services.settings.model_copy(update={"prompts_dir": prompts})
    changed = Services(settings_with, services._store, services._embedder, None, model=model_at(server.url))
    assert sum(one.is_map for one in asked_for(server, changed)) == 3
    renamed = Services(
        services.settings, services._store, services._embedder, None, model=model_at(server.url, name="other")
    )
    assert sum(one.is_map for one in asked_for(server, renamed)) == 3


def test_a_removed_article_leaves_no_text_behind(
    server: ScriptedLLMServer, services: Services, folder: Path, tmp_path: Path
) -> None:
    asked_for(server, services)
    assert "roads" in kept_texts(tmp_path)
    services.remove(services.article("rain.txt").record.article_id)
    assert "roads" not in kept_texts(tmp_path)
    assert "ferry" in kept_texts(tmp_path)
    (folder / "ferry.txt").unlink()
    services.ingest([folder], prune=True)
    assert "ferry" not in kept_texts(tmp_path)


def test_an_article_removed_while_it_is_read_leaves_no_text_behind(
    server: ScriptedLLMServer, services: Services, tmp_path: Path
) -> None:
    article_id = services.article("rain.txt").record.article_id
    removed = threading.Event()

    def behave(body: dict[str, Any]) -> Say:
        asked = Asked(body)
        if asked.is_map and "rain" in asked.prompt and not removed.is_set():
            services.remove(article_id)
            removed.set()
        return copied(asked)

    server.script = [behave]
    services.summarize(REQUEST)
    assert removed.is_set()
    assert "roads" not in kept_texts(tmp_path)


def test_a_kept_text_that_somebody_changed_shows_nothing_false(
    server: ScriptedLLMServer, services: Services, tmp_path: Path
) -> None:
    asked_for(server, services)
    cache = services._maps
    record = services.article("rain.txt").record
    (path,) = (tmp_path / "index" / FOLDER / f"{record.article_id}.{record.version}").glob("*.json")
    cache.put(record.article_id, record.version, path.stem, KeptText("Nine roads were closed. [1.2]", "stop"))
    summary: Summary = services.summarize(REQUEST)
    assert "Nine" not in summary.summary
    assert "Nine" not in Asked(server.requests[-1]).prompt

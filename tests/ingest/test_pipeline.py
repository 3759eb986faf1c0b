"""From folders to an index that agrees with them, and no more work than that takes."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest import pipeline
from ingest.articles import RawDocument
from ingest.records import PreparedArticle
from ingest.report import Progress
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from tests.ingest.ingest_bench import Bench, age, record_lines, story


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


def test_a_folder_becomes_whole_articles(bench: Bench) -> None:
    bench.put("a.txt", story("bridges"))
    bench.put("sub/b.md", "# Tunnels\n\n" + story("tunnels"))
    report = bench.ingest()
    assert report.added == ["a.txt", "sub/b.md"]
    assert report.changed == report.unchanged == report.removed == []
    assert report.failed == []
    assert report.chunks_embedded == len(bench.embedder.embedded) == len(list(bench.store.all_chunks()))
    for record in bench.store.catalogue():
        stored = bench.store.get([record.article_id])[record.article_id]
        chunks = bench.store.chunks(record.chunk_ids)
        assert len(chunks) == record.chunk_count > 1
        assert "".join(chunk.text for chunk in chunks.values()) == stored.article.text
        assert stored.analysis.sentences
        vectors = bench.store.vectors_of(record.chunk_ids)
        for chunk_id, chunk in chunks.items():
            np.testing.assert_allclose(
                vectors[chunk_id], bench.embedder.embed([chunk.embedded_text])[0], atol=1e-6
            )


def test_a_second_run_reads_and_embeds_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.put("a.txt", story("bridges"))
    bench.put("feed.jsonl", record_lines(5))
    first = bench.ingest()
    generation = bench.store.generation

    def read_nothing(*_: object) -> None:
        raise AssertionError("an unchanged file was read")

    monkeypatch.setattr("ingest.files.read", read_nothing)
    second = bench.ingest()
    assert second.unchanged == first.added == ["a.txt", *(f"feed.jsonl#{n}" for n in range(1, 6))]
    assert not bench.embedder.embedded
    assert (second.chunks_embedded, second.added, second.changed) == (0, [], [])
    assert bench.store.generation == generation


def test_touched_files_are_compared_and_then_remembered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.put("a.txt", story("bridges"))
    feed = bench.put("feed.jsonl", record_lines(2))
    bench.ingest()
    before = bench.state()
    age(path, -60)
    age(feed, -60)
    report = bench.ingest()
    assert (len(report.unchanged), report.changed, report.chunks_embedded) == (3, [], 0)
    assert bench.state() == before
    monkeypatch.setattr("ingest.files.read", lambda *_: pytest.fail("read again"))
    assert len(bench.ingest().unchanged) == 3


def test_a_file_written_this_instant_is_not_trusted_by_its_time_stamp(bench: Bench) -> None:
    path = bench.put("a.txt", "Alpha words stand here.")
    os.utime(path, ns=(0, 2**62))
    bench.ingest()
    path.write_text("Omega words stand here.", encoding="utf-8")
    os.utime(path, ns=(0, 2**62))
    assert bench.ingest().changed == ["a.txt"]
    assert bench.texts() == {"a.txt": "Omega words stand here."}


def test_a_changed_file_keeps_its_id_and_the_vectors_of_its_unchanged_parts(bench: Bench) -> None:
    text = story("bridges", 6)
    path = bench.put("a.txt", text)
    first = bench.ingest()
    (record,) = bench.store.catalogue()
    path.write_text(text + "\n\nA last word on ferries was added.\n", encoding="utf-8")
    report = bench.ingest()
    assert report.changed == ["a.txt"]
    assert 0 < report.chunks_embedded < first.chunks_embedded
    assert report.chunks_reused > 0
    (after,) = bench.store.catalogue()
    assert after.article_id == record.article_id
    assert after.version != record.version
    assert not bench.store.chunks(record.chunk_ids)
    for chunk_id, vector in bench.store.vectors_of(after.chunk_ids).items():
        text_embedded = bench.store.chunks([chunk_id])[chunk_id].embedded_text
        np.testing.assert_allclose(vector, bench.embedder.embed([text_embedded])[0], atol=1e-6)


def test_a_renamed_file_is_a_new_article_with_the_old_vectors(bench: Bench) -> None:
    path = bench.put("a.txt", story("bridges"))
    bench.put("b.txt", story("tunnels"))
    bench.ingest()
    path.rename(bench.folder / "c.txt")
    report = bench.ingest(prune=True)
    assert (report.added, report.removed, report.unchanged) == (["c.txt"], ["a.txt"], ["b.txt"])
    assert report.chunks_embedded == 0
    assert bench.sources() == ["b.txt", "c.txt"]


def test_vanished_files_are_kept_and_noted_until_pruned(bench: Bench) -> None:
    for name in "abc":
        bench.put(f"{name}.txt", story(name))
    bench.ingest()
    (bench.folder / "a.txt").unlink()
    (bench.folder / "b.txt").unlink()
    assert bench.ingest().notes == ["2 articles are no longer in the folder; --prune removes them"]
    assert bench.sources() == ["a.txt", "b.txt", "c.txt"]
    assert bench.ingest(prune=True).removed == ["a.txt", "b.txt"]
    assert bench.sources() == ["c.txt"]
    assert all(
        chunk.chunk_id.startswith(bench.store.catalogue()[0].article_id) for chunk in bench.store.all_chunks()
    )


def test_prune_touches_no_other_folder_and_no_upload(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "o.txt").write_text(story("other"), encoding="utf-8")
    bench.put("a.txt", story("a"))
    bench.put("b.txt", story("b"))
    bench.ingest(bench.folder, other)
    upload = RawDocument(source="u.txt", text=story("u"), media_type="text/plain")
    pipeline.ingest_documents([upload], bench.store, bench.embedder, bench.settings)
    shutil.rmtree(other)
    (bench.folder / "a.txt").unlink()
    assert bench.ingest(prune=True).removed == ["a.txt"]
    assert bench.sources() == ["b.txt", "o.txt", "u.txt"]


def test_records_that_leave_a_feed_are_pruned_and_those_that_move_keep_their_id(bench: Bench) -> None:
    feed = bench.put("feed.jsonl", record_lines(4))
    bench.ingest()
    ids = {record.source: record.article_id for record in bench.store.catalogue()}
    feed.write_text(record_lines(3, start=1), encoding="utf-8")
    report = bench.ingest(feed, prune=True)
    assert report.removed == ["feed.jsonl#1"]
    assert report.chunks_embedded == 0
    assert {record.source: record.article_id for record in bench.store.catalogue()} == {
        f"feed.jsonl#{line}": ids[f"feed.jsonl#{line + 1}"] for line in (1, 2, 3)
    }


def test_progress_starts_at_nothing_and_ends_at_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.batching.COMMIT_ARTICLES", 2)
    bench.put("a.txt", story("a"))
    bench.put("feed.jsonl", record_lines(6))
    seen: list[Progress] = []
    report = bench.ingest(on_progress=seen.append)
    assert (seen[0].done, seen[0].total) == (0, 7)
    assert (seen[-1].done, seen[-1].total, seen[-1].chunks) == (7, 7, report.chunks_embedded)
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert all(one.done <= one.total for one in seen)
    assert len(seen) >= 4


def test_progress_never_goes_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.pipeline.PROGRESS_EVERY_S", 0.0)
    monkeypatch.setattr("ingest.batching.COMMIT_ARTICLES", 3)
    monkeypatch.setattr("ingest.batching.EMBED_CHUNKS", 1)
    for number in range(10):
        bench.put(f"{number}.txt", story(f"ward {number}"))
    seen: list[Progress] = []
    bench.ingest(on_progress=seen.append)
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert len(set(done)) > 2


def test_near_copies_that_involve_something_new_are_reported(bench: Bench) -> None:
    def prose(seed: int) -> str:
        words = random.Random(seed)
        return " ".join(
            f"Word{words.randrange(5000)} came before {words.randrange(5000)}." for _ in range(120)
        )

    wire = prose(1)
    bench.put("one.txt", wire)
    bench.put("other.txt", prose(2))
    assert bench.ingest().duplicates == []
    bench.put("two.txt", wire + "\n\nReporting by the desk.")
    assert bench.ingest().duplicates == [("one.txt", "two.txt")]
    bench.put("three.txt", prose(3))
    assert bench.ingest().duplicates == []


def test_a_changed_mapping_reads_a_known_file_again(bench: Bench) -> None:
    bench.put("feed.jsonl", json.dumps({"id": "1", "body": story("a", 1), "extra": story("b", 1)}) + "\n")
    bench.ingest()
    assert bench.ingest(field_map={"text": "extra"}).changed == ["feed.jsonl#1"]
    assert bench.texts() == {"feed.jsonl#1": story("b", 1)}


def test_a_commit_holds_whole_articles_and_batches_are_sorted_by_length(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.batching.COMMIT_CHUNKS", 5)
    for number in range(5):
        bench.put(f"{number}.txt", story(str(number), number + 1))
    commits: list[int] = []
    real = bench.store.write

    def counted(batch: Sequence[PreparedArticle]) -> None:
        commits.append(sum(len(prepared.chunks) for prepared in batch))
        real(batch)

    monkeypatch.setattr(bench.store, "write", counted)
    bench.ingest()
    assert len(commits) > 1
    start = 0
    for count in commits:
        lengths = [len(text) for text in bench.embedder.embedded[start : start + count]]
        assert lengths == sorted(lengths, reverse=True)
        start += count


def test_the_real_embedder(tmp_path: Path) -> None:
    from ingest.embedding import open_embedder

    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "fish.txt").write_text("Fishing boats returned to the harbour with a record catch of herring.")
    (folder / "rate.txt").write_text("The central bank raised interest rates by a quarter of a point.")
    settings = IngestSettings(data_dir=tmp_path / "index")
    embedder = open_embedder(settings)
    with ArticleStore.open(
        settings, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=True
    ) as store:
        assert pipeline.ingest([folder], store, embedder, settings).chunks_embedded == 2
        (found, similarity), *_ = store.nearest(embedder.embed(["monetary policy"])[0], 1)
        assert store.chunks([found])[found].text.startswith("The central bank")
        assert 0.1 < similarity < 1

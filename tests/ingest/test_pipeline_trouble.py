"""What must not go wrong: bad files, colliding names, moved folders, interrupts, an embedder that fails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import attribution, pipeline
from ingest.articles import RawDocument
from ingest.errors import InvalidRequest, UnreadableArticle, UpstreamUnavailable
from ingest.report import IngestReport
from tests.ingest.ingest_bench import Bench, record_lines, story


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


def test_an_empty_folder_is_not_believed(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.txt", story("a"))
    bench.ingest()
    shutil.rmtree(bench.folder)
    with pytest.raises(InvalidRequest, match="does not exist"):
        bench.ingest(prune=True)
    bench.folder.mkdir()
    (bench.folder / "notes.docx").write_bytes(b"x")
    with pytest.raises(InvalidRequest, match="mounted"):
        bench.ingest(prune=True)
    assert bench.ingest().notes[-1] == "1 article is no longer in the folder; --prune removes it"
    assert bench.sources() == ["a.txt"]


def test_no_record_is_pruned_from_a_feed_with_a_broken_line(bench: Bench) -> None:
    feed = bench.put("feed.jsonl", record_lines(3))
    bench.ingest()
    lines = record_lines(3).splitlines(keepends=True)
    feed.write_text(lines[0] + lines[1][:40] + "\n" + lines[2], encoding="utf-8")
    report = bench.ingest(prune=True)
    assert [failure.source for failure in report.failed] == ["feed.jsonl"]
    assert report.removed == []
    assert len(bench.sources()) == 3


def test_bad_files_are_reported_and_the_others_go_in(bench: Bench) -> None:
    bench.put("a.txt", story("a"))
    bench.put("empty.txt", "")
    bench.put("blank.md", " \n \n")
    (bench.folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (bench.folder / "latin.txt").write_bytes(
        "Ein Café in Nürnberg, sagte Müller über Größe.".encode("latin-1")
    )
    (bench.folder / "truncated.pdf").write_bytes(b"%PDF-1.4\n%broken")
    bench.put("list.json", "[]")
    bench.put("broken.json", '{"title": "x"')
    bench.put(
        "feed.jsonl", record_lines(1) + "{not json}\n" + record_lines(1, start=1) + '{"title": "no body"}\n'
    )
    bench.put("z.txt", story("z"))
    report = bench.ingest()
    assert report.added == ["a.txt", "feed.jsonl#1", "feed.jsonl#3", "latin.txt", "z.txt"]
    failed = {failure.source for failure in report.failed}
    assert failed >= {"empty.txt", "blank.md", "binary.txt", "truncated.pdf", "list.json", "broken.json"}
    assert sum(failure.source.startswith("feed.jsonl") for failure in report.failed) == 2
    assert all(failure.reason and not failure.reason.startswith(failure.source) for failure in report.failed)
    again = bench.ingest()
    assert again.failed == report.failed
    assert (again.unchanged, again.chunks_embedded) == (report.added, 0)


def test_an_article_too_strange_to_analyze_is_one_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = attribution.analyze

    def fragile(text: str, *more: object) -> object:
        if "strange" in text:
            raise RecursionError("too deep")
        return real(text, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("ingest.preparing.analyze", fragile)
    bench.put("a.txt", story("a"))
    bench.put("b.txt", story("strange things"))
    bench.put("c.txt", story("c"))
    report = bench.ingest()
    assert report.added == ["a.txt", "c.txt"]
    assert [(failure.source, "too deep" in failure.reason) for failure in report.failed] == [("b.txt", True)]
    bench.put("c.txt", story("strange news"))
    assert bench.ingest(prune=True).removed == []
    assert bench.texts()["c.txt"] == story("c")


def test_two_folders_with_the_same_names_are_two_sets_of_articles(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.txt", story("first"))
    other = tmp_path / "elsewhere" / "articles"
    other.mkdir(parents=True)
    (other / "a.txt").write_text(story("second"), encoding="utf-8")
    bench.ingest()
    assert bench.ingest(other).added == ["articles/a.txt"]
    assert bench.texts() == {"a.txt": story("first"), "articles/a.txt": story("second")}
    both = bench.ingest(other, bench.folder)
    assert both.unchanged == ["articles/a.txt", "a.txt"]


def test_a_moved_folder_is_recognized(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.txt", story("a"))
    bench.put("feed.jsonl", record_lines(3))
    bench.put("b.txt", story("b"))
    bench.ingest()
    before = bench.state()
    moved = bench.folder.rename(tmp_path / "moved")
    report = bench.ingest(moved)
    assert (len(report.unchanged), report.added, report.chunks_embedded) == (5, [], 0)
    assert bench.state() == before
    assert {record.root for record in bench.store.catalogue()} == {moved.as_posix()}
    (moved / "b.txt").unlink()
    assert bench.ingest(moved, prune=True).removed == ["b.txt"]


def test_what_a_moved_folder_lacks_is_kept_and_noted(bench: Bench, tmp_path: Path) -> None:
    bench.put("a.txt", story("a"))
    bench.put("feed.jsonl", record_lines(2))
    bench.put("b.txt", story("b"))
    bench.ingest()
    old = bench.folder.as_posix()
    moved = bench.folder.rename(tmp_path / "moved")
    (moved / "b.txt").unlink()
    (moved / "feed.jsonl").write_text(record_lines(1), encoding="utf-8")
    report = bench.ingest(moved, prune=True)
    assert report.removed == ["feed.jsonl#2"]
    assert report.notes == [f"1 article of {old}, which is gone, were not found again and are kept"]
    assert bench.sources() == ["a.txt", "b.txt", "feed.jsonl#1"]


def test_a_file_named_by_itself_is_the_article_its_folder_made(bench: Bench) -> None:
    file = bench.put("sub/a.txt", story("a"))
    bench.put("README.md", story("readme"))
    bench.ingest()
    assert bench.ingest(file).unchanged == ["sub/a.txt"]
    assert bench.ingest(bench.folder / "sub").unchanged == ["sub/a.txt"]
    assert bench.ingest(bench.folder / "README.md").added == ["README.md"]
    assert bench.ingest(prune=True).unchanged == ["README.md", "sub/a.txt"]


def test_interrupted_inside_a_feed_and_resumed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.batching.COMMIT_ARTICLES", 3)
    bench.put("feed.jsonl", record_lines(10))
    calls = 0

    def interrupt() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    bench.embedder.before_embed = interrupt
    with pytest.raises(KeyboardInterrupt):
        bench.ingest()
    assert len(bench.sources()) == 6
    bench.embedder.before_embed = lambda: None
    report = bench.ingest()
    assert (len(report.unchanged), len(report.added)) == (6, 4)
    assert len(bench.sources()) == 10


def test_a_failing_embedder_ends_the_run_and_the_next_one_resumes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ingest.batching.COMMIT_ARTICLES", 2)
    for number in range(6):
        bench.put(f"{number}.txt", story(str(number)))
    calls = 0

    def fail() -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise UpstreamUnavailable("no answer")

    bench.embedder.before_embed = fail
    with pytest.raises(UpstreamUnavailable):
        bench.ingest()
    assert bench.sources() == ["0.txt", "1.txt", "2.txt", "3.txt"]
    bench.embedder.before_embed = lambda: None
    report = bench.ingest()
    assert report.added == ["4.txt", "5.txt"]
    resumed = bench.state()
    bench.store.delete([record.article_id for record in bench.store.catalogue()])
    bench.ingest()
    assert bench.state() == resumed


def test_a_run_can_be_asked_to_stop(bench: Bench) -> None:
    for number in range(5):
        bench.put(f"{number}.txt", story(str(number)))
    asked = iter([False, True])
    report = bench.ingest(prune=True, should_stop=lambda: next(asked))
    assert report.added == ["0.txt", "1.txt"]
    assert report.notes == ["stopped before the end; the next run does the rest"]
    assert len(bench.ingest().added) == 3


def test_uploads(bench: Bench) -> None:
    bench.put("a.txt", story("a"))
    bench.ingest()

    def upload(*documents: RawDocument | UnreadableArticle) -> IngestReport:
        return pipeline.ingest_documents(documents, bench.store, bench.embedder, bench.settings)

    document = RawDocument(source="a.txt", text=story("uploaded"), media_type="text/plain")
    broken = UnreadableArticle("b.pdf: not a readable PDF; download it again")
    report = upload(document, broken)
    assert report.added == ["upload/a.txt"]
    assert [(one.source, one.reason) for one in report.failed] == [
        ("b.pdf", "not a readable PDF; download it again")
    ]
    assert upload(document).unchanged == ["upload/a.txt"]
    changed = RawDocument(source="a.txt", text=story("changed"), media_type="text/plain")
    assert upload(changed).changed == ["upload/a.txt"]
    assert bench.texts() == {"a.txt": story("a"), "upload/a.txt": story("changed")}

"""Which files are looked at, and under which source each is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.discovery import Discovery, FoundFile, discover, is_gone
from ingest.errors import InvalidRequest
from ingest.identity import UPLOAD_ROOT, KnownArticles, path_of, source_file_of
from ingest.readers import readable
from ingest.records import ArticleRecord


def put(path: Path, text: str = "Words.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def relatives(found: Discovery) -> list[str]:
    return [file.relative for file in found.files]


def record(root: Path | str, source: str, article_id: str = "") -> ArticleRecord:
    return ArticleRecord(
        article_id=article_id or f"{root}|{source}",
        source=source,
        title=None,
        outlet=None,
        authors=(),
        published_at=None,
        url=None,
        version=f"{root}{source}",
        root=str(root),
        chunk_count=1,
        characters=6,
        ingested_at="2024-04-11T00:00:00+00:00",
    )


def test_a_folder_is_walked_whole_and_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b/c.html", "A.jsonl", ".hidden.txt", ".git/x.txt", "a/.obsidian/y.md"):
        put(tmp_path / name)
    found = discover([tmp_path], readable)
    assert relatives(found) == ["A.jsonl", "a/b/c.html", "a/z.md", "b.txt"]
    assert found.folders == [tmp_path.resolve()]
    assert found.notes == []


def test_project_papers_are_passed_over_with_a_note_unless_named(tmp_path: Path) -> None:
    for name in ("README.md", "readme.txt", "LICENSE-MIT.txt", "sub/CHANGELOG.md", "README.de.md"):
        put(tmp_path / name)
    for name in ("license-to-drill.txt", "readme-first-says-minister.txt", "a.txt"):
        put(tmp_path / name)
    found = discover([tmp_path], readable)
    assert relatives(found) == ["a.txt", "license-to-drill.txt", "readme-first-says-minister.txt"]
    assert "skipped README.md: not an article; name it to ingest it" in found.notes
    assert len(found.notes) == 5
    assert relatives(discover([tmp_path / "README.md"], readable)) == ["README.md"]
    known = {tmp_path.resolve() / "README.md"}
    assert "README.md" in relatives(discover([tmp_path], readable, known))


def test_other_kinds_are_counted_in_one_note(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPG", "c.docx", "Makefile", "d.txt"):
        put(tmp_path / name)
    found = discover([tmp_path], readable)
    assert relatives(found) == ["d.txt"]
    assert found.notes == [
        f"skipped 4 files of other kinds in {tmp_path.name}: .docx 1, .jpg 2, without suffix 1"
    ]


def test_a_named_file_of_any_kind_is_taken(tmp_path: Path) -> None:
    assert relatives(discover([put(tmp_path / "a.docx")], readable)) == ["a.docx"]


def test_a_file_given_twice_is_taken_once(tmp_path: Path) -> None:
    file = put(tmp_path / "sub/a.txt")
    found = discover([tmp_path, file, tmp_path / "sub", tmp_path / "sub" / ".." / "sub" / "a.txt"], readable)
    assert relatives(found) == ["sub/a.txt"]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="nowhere"):
        discover([tmp_path / "nowhere"], readable)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InvalidRequest, match="neither a file nor a folder"):
        discover([tmp_path / "pipe.txt"], readable)
    assert relatives(discover([tmp_path], readable)) == []


def test_links_out_of_the_folder_are_passed_over(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside/secret.txt")
    root = tmp_path / "root"
    put(root / "a.txt")
    (root / "out.txt").symlink_to(outside)
    (root / "outdir").symlink_to(outside.parent)
    found = discover([root], readable)
    assert relatives(found) == ["a.txt"]
    assert sorted(found.notes) == [
        "skipped out.txt: a link that leads out of the folder",
        "skipped outdir: a link that leads out of the folder",
    ]


def test_links_inside_the_folder_add_nothing_twice(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    (tmp_path / "latest.txt").symlink_to("a.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "ring.txt").symlink_to("ring.txt")
    found = discover([tmp_path], readable)
    assert relatives(found) == ["a.txt"]


def test_links_to_hidden_files_are_followed(tmp_path: Path) -> None:
    """A Kubernetes ConfigMap mounts its files as links into a hidden folder."""
    put(tmp_path / "..2024_04_11/a.txt")
    (tmp_path / "..data").symlink_to("..2024_04_11")
    (tmp_path / "a.txt").symlink_to("..data/a.txt")
    assert relatives(discover([tmp_path], readable)) == ["a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_name_that_is_not_unicode_is_a_failure_not_a_crash(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / os.fsdecode(b"caf\xe9.txt"))
    found = discover([tmp_path], readable)
    assert relatives(found) == ["a.txt"]
    assert "rename" in found.failed[0].reason
    found.failed[0].source.encode("utf-8")


def test_gone_means_surely_gone(tmp_path: Path) -> None:
    file = put(tmp_path / "a.txt")
    assert not is_gone(file)
    assert is_gone(tmp_path / "b.txt")
    assert is_gone(file / "below-a-file.txt")


def found_file(root: Path, relative: str) -> FoundFile:
    return FoundFile(put(root / relative), root.as_posix(), relative)


def test_a_known_file_keeps_its_source(tmp_path: Path) -> None:
    known = KnownArticles([record(tmp_path, "sub/a.txt")])
    nested = found_file(tmp_path / "sub", "a.txt")
    assert known.claim(nested) == (str(tmp_path), "sub/a.txt")


def test_sources_of_two_roots_do_not_collide(tmp_path: Path) -> None:
    one, two, three = (found_file(tmp_path / name, "a.txt") for name in ("x/news", "y/news", "z/news"))
    known = KnownArticles([])
    assert [known.claim(file)[1] for file in (one, two, three)] == ["a.txt", "news/a.txt", "z/news/a.txt"]
    again = KnownArticles(
        [
            record(tmp_path / "x/news", "a.txt"),
            record(tmp_path / "y/news", "news/a.txt"),
            record(tmp_path / "z/news", "z/news/a.txt"),
        ]
    )
    assert [again.claim(file)[1] for file in (three, one, two)] == ["z/news/a.txt", "a.txt", "news/a.txt"]


def test_a_moved_folder_takes_its_sources_with_it(tmp_path: Path) -> None:
    known = KnownArticles(
        [
            record(tmp_path / "old", "a.jsonl#1", "1"),
            record(tmp_path / "old", "b.txt"),
            record("/else", "c.txt"),
        ]
    )
    new = tmp_path / "new"
    assert known.claim(found_file(new, "a.jsonl")) == (str(new), "a.jsonl")
    assert known.paths["1"] == new / "a.jsonl"
    assert known.left_behind({"1"}) == {str(tmp_path / "old"): 1}


def test_uploads_and_files_do_not_take_each_others_names(tmp_path: Path) -> None:
    known = KnownArticles([record(UPLOAD_ROOT, "a.txt")])
    assert known.claim(found_file(tmp_path / "news", "a.txt"))[1] == "news/a.txt"
    assert known.claim_upload("a.txt") == "a.txt"
    put(tmp_path / "b.txt")
    known = KnownArticles([record(tmp_path, "b.txt")])
    assert known.claim_upload("b.txt") == "upload/b.txt"
    assert known.claim_upload("b.txt") == "upload/b.txt"


def test_a_folder_in_a_folder_of_the_same_name(tmp_path: Path) -> None:
    root = tmp_path / "news"
    put(root / "a.txt")
    assert path_of(str(root), "news/a.txt") == root / "a.txt"
    put(root / "news/a.txt")
    assert path_of(str(root), "news/a.txt") == root / "news/a.txt"


def test_source_files() -> None:
    assert source_file_of("feed.jsonl#12") == "feed.jsonl"
    assert source_file_of("we #1.txt") == "we #1.txt"
    assert path_of(UPLOAD_ROOT, "a.txt") is None


NAMES = st.sampled_from(["a", "b", "news"])


@given(st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, max_size=2)), max_size=8))
def test_claimed_sources_are_unique_tails_of_their_paths(places: list[tuple[list[str], list[str]]]) -> None:
    files = [
        FoundFile(
            Path("/nowhere", *folders, *inner, "x.txt"),
            Path("/nowhere", *folders).as_posix(),
            "/".join([*inner, "x.txt"]),
        )
        for folders, inner in places
    ]
    distinct = list({file.path: file for file in files}.values())
    known = KnownArticles([record(UPLOAD_ROOT, "x.txt")])
    sources = set()
    with patch("ingest.identity.is_gone", return_value=False):
        for file in distinct:
            root, source = known.claim(file)
            assert root == file.root
            assert file.path.as_posix().endswith("/" + source)
            assert source != "x.txt"
            sources.add(source)
    assert len(sources) == len(distinct)

"""HTML and PDF are read in processes of their own: one that hangs, swells or dies costs one article, or none."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest.articles import RawDocument
from ingest.errors import UnreadableArticle
from ingest.readers import ReadOptions, read, read_content
from ingest.reading_apart import ReadingApart
from ingest.reading_limits import ReadLimits, unenforced
from service.opening import open_services
from service.settings import ServiceSettings
from tests.security.hostile import (
    PROSE,
    article,
    flate,
    many_attributes,
    page,
    pdf,
    put,
    readings,
    refusal,
    shown,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="what only Linux enforces or shows")
GOOD = page("").encode()


def children() -> set[int]:
    """The processes that this one has started and that are still there."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and "reading_worker" in (folder / "cmdline").read_text():
                found.add(int(folder.name))
    return found


def test_what_takes_too_long_is_one_failure(tmp_path: Path) -> None:
    options = ReadOptions(timeout_s=0.5)
    slow = put(tmp_path / "slow.html", many_attributes(100_000))
    assert refusal(slow, options) == (
        "slow.html: took longer than 0.5 s to read; save its text as .txt, or raise read_timeout_s "
        "(DATELINE_READ_TIMEOUT_S)"
    )
    assert PROSE.strip() in article(put(tmp_path / "good.html", GOOD), options).text


def test_what_waits_instead_of_working_is_ended_by_the_clock() -> None:
    """A stopped process uses no processor time; from outside it looks like a parser that waits for ever."""
    apart = ReadingApart()
    apart.read("html", GOOD, "a.html", ReadLimits())
    (pid,) = apart.process_ids()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(UnreadableArticle, match=r"b\.html: took longer than 0\.2 s"):
        apart.read("html", GOOD, "b.html", ReadLimits(timeout_s=0.2))
    assert "bridge" in apart.read("html", GOOD, "c.html", ReadLimits()).text


@linux
def test_what_swells_is_one_failure(tmp_path: Path) -> None:
    options = ReadOptions(memory_mb=60)
    swelling = put(tmp_path / "many.html", page("<i>x</i>" * 1_500_000))
    assert refusal(swelling, options).startswith("many.html: needs more than 60 MB to read; ")
    assert PROSE.strip() in article(put(tmp_path / "good.html", GOOD), options).text


def test_a_small_file_may_not_unfold_to_more_text_than_a_file_may_hold(tmp_path: Path) -> None:
    """One page of words shown two hundred times: 12 KB of PDF."""
    path = put(tmp_path / "a.pdf", pdf(flate(shown("words " * 200) * 20), pages=200))
    assert path.stat().st_size < 20_000
    assert "unfolds to more than 0.5 MB of text" in refusal(path, ReadOptions(max_file_mb=0.5))


@linux
def test_a_killed_process_costs_nothing(tmp_path: Path) -> None:
    options = ReadOptions()
    path = put(tmp_path / "a.html", many_attributes(12_000))
    article(put(tmp_path / "good.html", GOOD), options)
    (first,) = options.apart.process_ids()
    killer = threading.Timer(0.2, os.kill, (first, signal.SIGKILL))
    killer.start()
    assert PROSE.strip() in article(path, options).text
    killer.join()
    (second,) = options.apart.process_ids()
    assert second != first
    os.kill(second, signal.SIGKILL)  # this time while it has nothing to do
    assert article(path, options).source == "a.html"


def test_a_file_that_breaks_its_reader_each_time_is_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (item,) = read_content(GOOD, "a.html", ReadOptions())
    assert "a.html: broke its reader twice" in str(item)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (item,) = read_content(GOOD, "a.html", ReadOptions())
    assert "a.html: no process could be started to read it" in str(item)


@linux
def test_one_process_reads_a_folder_and_ends_with_its_owner(tmp_path: Path) -> None:
    gc.collect()
    before = children()
    options = ReadOptions()
    for number in range(5):
        article(put(tmp_path / f"{number}.html", GOOD), options)
        readings(put(tmp_path / f"{number}.pdf", pdf(flate(shown("Some words")))), options)
    assert len(children() - before) == 1
    del options
    gc.collect()
    assert children() == before


@linux
def test_text_and_json_start_no_process(tmp_path: Path) -> None:
    options = ReadOptions()
    for name, content in {"a.txt": PROSE, "b.md": PROSE, "c.jsonl": '{"text": "x"}', "d.json": "[]"}.items():
        readings(put(tmp_path / name, content), options)
    assert options.apart.process_ids() == []


@linux
def test_the_process_knows_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("DATELINE_API_KEYS", "secret")
    apart = ReadingApart()
    apart.read("html", GOOD, "a.html", ReadLimits())
    (pid,) = apart.process_ids()
    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert [line.split()[3:5] for line in limits.splitlines() if line.startswith("Max file size")] == [
        ["0", "0"]
    ]
    apart.close()
    assert apart.process_ids() == []


def test_threads_may_share_it() -> None:
    options = ReadOptions()

    def one(number: int) -> str:
        (item,) = read_content(page(f"<p>Page {number} has these words.</p>").encode(), "a.html", options)
        assert isinstance(item, RawDocument)
        return item.text

    with ThreadPoolExecutor(4) as threads:
        texts = list(threads.map(one, range(24)))
    assert all(f"Page {number} has" in text for number, text in enumerate(texts))
    assert 1 <= len(options.apart.process_ids()) <= 4


def test_the_same_article_as_when_read_here(samples: Path) -> None:
    from ingest.reading_html import read_html

    options = ReadOptions()
    for path in samples.glob("*.html"):
        (item,) = read(path, path.name, options)
        assert item == read_html(path.read_bytes(), path.name)


@pytest.mark.parametrize(
    ("platform", "words"), [("linux", None), ("darwin", "not in memory"), ("win32", "by the clock only")]
)
def test_what_a_platform_does_not_enforce_is_said(
    monkeypatch: pytest.MonkeyPatch, platform: str, words: str | None
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    said = unenforced()
    assert said is None if words is None else words in str(said)


def test_an_ingest_goes_on_after_both(tmp_path: Path) -> None:
    put(tmp_path / "in/slow.html", many_attributes(100_000))
    put(tmp_path / "in/many.html", page("<i>x</i>" * 1_500_000))
    put(tmp_path / "in/good.html", GOOD)
    put(tmp_path / "in/good.txt", f"A headline of its own\n\nOther words. {PROSE}")
    settings = ServiceSettings(data_dir=tmp_path / "index", read_timeout_s=0.5, read_memory_mb=60)
    with open_services(settings, role="tests", create=True) as services:
        report = services.ingest([tmp_path / "in"])
        assert sorted(report.added) == ["good.html", "good.txt"]
        assert {item.source for item in report.failed} == {"slow.html", "many.html"}
        assert all(
            item.reason.startswith(("took longer than 0.5 s", "needs more than 60 MB"))
            for item in report.failed
        )
        assert services.add("late.html", many_attributes(100_000).encode()).failed[0].source == "late.html"
        assert services.ready().ready

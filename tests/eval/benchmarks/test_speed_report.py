"""Ratios, and the tables that show them."""

from __future__ import annotations

import json

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from eval.benchmarks.peers.figures import Measured, SpeedReport
from eval.benchmarks.speed_report import as_json, as_markdown, figures, ratios, terminal_view
from eval.commands.bench_speed import progress_lines, speed
from ingest.errors import InvalidRequest


def measured(name: str, factor: float, hits: list[float]) -> Measured:
    return Measured(
        name=name,
        label=name.title(),
        versions={"python": "3.11"},
        ingest_s=[10.0 * factor, 12.0 * factor],
        ingest_cpu_s=[20.0 * factor, 24.0 * factor],
        ingest_embed_s=[5.0 * factor, 6.0 * factor],
        ingest_peak_bytes=int(3e8 * factor),
        index_bytes=int(4e6 * factor),
        passages=1200,
        query_ms=[10.0 * factor, 20.0 * factor, 30.0 * factor],
        query_embed_ms=[8.0 * factor] * 3,
        query_peak_bytes=int(2e8 * factor),
        cold_ms=[900.0 * factor, 1000.0 * factor, 1100.0 * factor],
        passage_chars_mean=800.0,
        hits_4=hits,
        hits_10=hits,
    )


DATELINE = measured("dateline", 1.0, [1.0, 1.0])
PEER = measured("peer", 3.0, [1.0, 0.0])
GONE = Measured("gone", "Gone", failure="it needs Python 3.12")


def report(*contestants: Measured) -> SpeedReport:
    return SpeedReport(
        articles=100,
        articles_all=100,
        slices=(50, 50),
        questions=3,
        scored_questions=2,
        cold_starts=3,
        threads=2,
        machine={"cores": "2"},
        contestants=contestants,
    )


def test_figures_are_of_one_article_and_of_medians() -> None:
    found = figures(DATELINE, 100)
    assert found.ingest_s_per_article == pytest.approx(0.22)
    assert found.ingest_cpu_s_per_article == pytest.approx(0.44)
    assert found.ingest_embed_share == pytest.approx(0.5)
    assert found.query_p50_ms == pytest.approx(20.0)
    assert found.query_p95_ms == pytest.approx(29.0)
    assert found.unembedded_p50_ms == pytest.approx(12.0)
    assert found.cold_ms == pytest.approx(1000.0)
    assert found.hits_4 == 1.0


def test_ratios_are_the_peers_over_datelines() -> None:
    found = ratios(PEER, DATELINE, 100)
    assert found.ingest == pytest.approx(3.0)
    assert (found.ingest_low, found.ingest_high) == pytest.approx((3.0, 3.0))
    assert found.query_p50 == pytest.approx(3.0)
    assert found.cold == pytest.approx(3.0)
    assert found.index == pytest.approx(3.0)
    assert found.hits_4_less == pytest.approx(0.5)


def test_what_was_not_measured_is_none() -> None:
    found = ratios(GONE, DATELINE, 100)
    assert (found.ingest, found.ingest_low, found.query_p50, found.hits_4_less) == (None, None, None, None)


def test_the_markdown_has_ratios_first_then_figures_and_who_was_left_out() -> None:
    text = as_markdown(report(DATELINE, PEER, GONE), "dateline bench speed --path DIR")
    first, second = text.index("| relative to Dateline |"), text.index("The figures themselves")
    assert first < second
    assert "| Peer | 3.0× (3.0–3.0) | 3.0× |" in text
    assert "+0.500" in text
    assert "| Dateline | 1,200 | 800 | 0.220 |" in text
    assert "- **Gone**: it needs Python 3.12" in text
    assert "dateline bench speed --path DIR" in text
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if lines and lines[0].startswith("|"):
            assert len({line.count("|") for line in lines}) == 1


def test_the_json_holds_ratios_figures_and_every_raw_value() -> None:
    document = json.loads(json.dumps(as_json(report(DATELINE, PEER, GONE))))
    assert document["ratios"]["peer"]["ingest"] == pytest.approx(3.0)
    assert set(document["figures"]) == {"dateline", "peer"}
    assert document["left_out"] == {"gone": "it needs Python 3.12"}
    assert document["run"]["contestants"][1]["query_ms"] == [30.0, 60.0, 90.0]


def test_a_report_without_dateline_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        as_json(report(PEER))


def test_the_terminal_shows_both_tables() -> None:
    console = Console(width=240, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(terminal_view(report(DATELINE, PEER, GONE)))
    shown = captured.get()
    assert "3.0×" in shown
    assert "Left out: Gone" in shown


def test_progress_is_one_line_a_stage_and_then_seldom() -> None:
    now = [0.0]
    console = Console(width=80, force_terminal=False)
    with console.capture() as captured:
        tell = progress_lines(console, clock=lambda: now[0])
        for second in range(12):
            now[0] = float(second)
            tell("ingest", second, 12)
        tell("questions", 0, 3)
    assert captured.get().splitlines() == [
        "ingest: 0 of 12",
        "ingest: 5 of 12",
        "ingest: 10 of 12",
        "questions: 0 of 3",
    ]


def test_the_command_names_a_missing_folder() -> None:
    app = typer.Typer()
    app.command("speed")(speed)
    result = CliRunner().invoke(app, ["--path", "no-such-folder", "--peer", "txtai"])
    assert isinstance(result.exception, InvalidRequest)
    assert "does not exist" in str(result.exception)

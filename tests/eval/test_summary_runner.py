"""A whole run over the samples with summaries made by hand, its report, and the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.commands.bench import app
from eval.summary_digest import StepFigures, as_lines
from eval.summary_gold import SummaryGold, load_summaries
from eval.summary_report import as_json, as_markdown, details_of, rows_of, terminal_view
from eval.summary_runner import CEILING, FLOOR, KEY_POINTS, MEASURES, OURS, OpenCorpus, SummaryRun, run
from ingest.errors import InvalidRequest
from service.answers import Citation, Statement
from service.summaries import DatedEvent, Reading, Summary, SummaryRequest
from service.wiring import Services

GOLD = """\
cases:
  - id: sold
    sources: [club-takeover.txt]
    tags: [dev]
    reference: The Bramhall family sold the club for £42 million.
    points:
      - {says: sold, words: [["£42 million"]]}
      - {says: manager, words: [["Okonjo"], ["will stay"]]}
  - id: costs
    sources: [flood-barrier-costs.md]
    tags: [blind]
    points:
      - {says: cost, words: [["£506 million"]]}
  - id: flood
    topic: the flood barrier
    tags: [blind]
    relevant: [flood-barrier-approved.txt, flood-barrier-costs.md]
    points:
      - {says: secret point, words: [["nobody says this"]]}
  - id: dates
    sources: [club-takeover.txt, club-fans.md]
    style: timeline
    tags: [dev]
    events:
      - {date: "2024-03-26", words: [["sold"]], sources: [club-takeover.txt]}
      - {date: "2024-04-07", words: [["march"]], sources: [club-fans.md]}
"""


@pytest.fixture
def gold(tmp_path: Path) -> SummaryGold:
    path = tmp_path / "gold.yaml"
    path.write_text(GOLD, encoding="utf-8")
    return load_summaries(path)


@pytest.fixture(scope="module")
def corpus(sample_services: Services) -> OpenCorpus:
    return OpenCorpus.of(sample_services)


def by_hand(corpus: OpenCorpus) -> Callable[[SummaryRequest], Summary]:
    """Summaries that say the first sentence of the first source, and date it."""

    def summarize(request: SummaryRequest) -> Summary:
        source = (request.sources or ("flood-barrier-costs.md",))[0]
        article, quote = corpus.articles[source].article, corpus.prose[source][0]
        start = article.text.index(quote)
        cited = Citation(
            id=1, article_id=article.article_id, source=source, quote=quote, start=start, end=start + len(quote),
            line=1, url="",
        )  # fmt: skip
        said = Statement(text=quote, citations=(1,), support="verbatim")
        events = (DatedEvent(date="2024-03-26", written="Tuesday", statement=said),)
        return Summary(
            status="summarized", subject="", style=request.style, summary=quote, statements=(said,),
            citations=(cited,), events=events if request.style == "timeline" else (), reading=Reading(articles=1),
        )  # fmt: skip

    return summarize


@pytest.fixture
def done(gold: SummaryGold, corpus: OpenCorpus) -> SummaryRun:
    return run(gold, corpus, by_hand(corpus))


def test_every_case_is_scored_for_every_system(done: SummaryRun) -> None:
    sold, costs, flood, dates = done.results
    assert set(sold.systems) == {OURS, "lead-3", "lead", "lexrank", FLOOR, CEILING}
    assert sold.systems[OURS][KEY_POINTS] == 0.5
    assert sold.systems[CEILING][KEY_POINTS] == 1.0
    assert all(set(scores) == set(MEASURES) for scores in sold.systems.values())
    assert flood.systems[OURS][KEY_POINTS] == flood.systems[CEILING][KEY_POINTS] == 0.0
    assert (sold.citations.pairs, sold.citations.supported, sold.citations.verbatim) == (1, 1, 1)
    assert costs.systems[OURS]["ROUGE-1"] is None, "it has no reference"
    assert dates.systems == {}
    assert dates.dates is not None
    assert (dates.dates.recall, dates.dates.precision, dates.dates.sourced) == (0.5, 1.0, 1.0)


def test_what_is_missed_is_told_of_dev_cases_only(done: SummaryRun) -> None:
    assert [result.missed for result in done.results] == [
        ("manager",), (), (), ("event of 2024-04-07: march",)
    ]  # fmt: skip
    document = json.dumps(as_json([done])) + as_markdown([done])
    assert "secret point" not in document
    assert '"flood"' not in document
    assert as_json([done])["runs"][0]["missed_dev"] == {
        "sold": ["manager"],
        "dates": ["event of 2024-04-07: march"],
    }


def test_rows_pair_dateline_with_each_system_and_say_how_many_cases(done: SummaryRun) -> None:
    rows = {(row.kind, row.half, row.system): row for row in rows_of(done)}
    assert rows["article", "all", OURS].cases == 2
    ours = rows["article", "dev", OURS].figures[KEY_POINTS]
    assert ours is not None
    assert (ours.value, ours.low, ours.high) == (0.5, 0.5, 0.5), "one case"
    paired = rows["article", "dev", CEILING].ours_minus
    assert paired is not None
    difference = paired[KEY_POINTS]
    assert difference is not None
    assert difference.value == -0.5
    assert paired["ROUGE-1"] is None
    assert rows["article", "dev", OURS].ours_minus is None
    assert ("topic", "dev", OURS) not in rows
    details = {(one.kind, one.half): one.figures for one in details_of(done)}
    assert details["timeline", "dev"]["date recall"] == "0.50 (n=1)"
    assert details["article", "blind"]["citations supported"] == "1/1"


def test_the_report_names_its_conditions(done: SummaryRun) -> None:
    markdown = as_markdown([done])
    assert "## Summaries: `gold.yaml`" in markdown
    assert "4 summaries (2 article, 1 topic, 1 timeline) over 20 articles, engine extractive" in markdown
    assert "| article | dev | 1 | dateline | 0.500 [0.500, 0.500]" in markdown
    assert terminal_view([done], missed=True).renderables


def test_an_abstention_scores_nothing_and_is_counted(gold: SummaryGold, corpus: OpenCorpus) -> None:
    def abstain(request: SummaryRequest) -> Summary:
        return Summary(status="abstained", subject="", style=request.style, summary="", reason="nothing")

    found = run(gold, corpus, abstain)
    assert found.results[0].systems[OURS][KEY_POINTS] == 0.0
    assert all(result.abstained for result in found.results)
    assert details_of(found)[0].figures["abstained"] == "1/1"


def test_a_gold_set_over_other_articles_is_refused(gold: SummaryGold, corpus: OpenCorpus) -> None:
    stranger = replace(gold.cases[0], request=SummaryRequest(sources=("elsewhere.txt",)))
    with pytest.raises(
        InvalidRequest, match=r"gold\.yaml: case 'sold': the corpus has no article 'elsewhere\.txt'"
    ):
        run(replace(gold, cases=(stranger,)), corpus, by_hand(corpus))


def test_a_digest_is_set_beside_reading_alone() -> None:
    figures = [
        StepFigures("open", 0.0, 200.0, 0),
        StepFigures("read", 2.0, 300.0, 609),
        StepFigures("brief", 5.0, 450.0, 609, reports=61, statements=9, cited=8),
    ]
    assert as_lines(figures)[2] == (
        "brief: 5.0 s, peak 450 MB, 609 articles, 2.5 times the seconds of reading alone and 1.50 times its memory; "
        "61 reports of progress, 9 statements citing 8 articles"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "name a gold set"), (["gold.yaml", "--json", "no/such/folder.json"], "cannot be written")],
)
def test_the_command_refuses_what_it_cannot_do(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["summaries", *arguments])
    assert result.exit_code == 2
    assert message in result.output

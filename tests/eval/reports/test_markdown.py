"""Markdown: the verdict first, both answers of what became worse, bounded, and inert whatever the articles hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from eval.comparison import compare
from eval.gate import judge
from eval.reports import markdown, markdown_text
from eval.reports.words import plain_line
from eval.thresholds import Thresholds
from tests.eval.made_runs import attempt, case_run, made_run
from tests.eval.reports.shown_runs import (
    HOSTILE,
    RIGHT,
    UNSAID,
    WRONG,
    before,
    hostile_case,
    said,
    secret_case,
    shown_run,
)

RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")
LIMITS = Thresholds(fail_under={"correct": 0.9, "source_precision": 0.5}, max_regression={"correct": 0.1})
OUR_TAGS = {"<details>", "</details>", "<summary>", "</summary>", "<span>", "</span>"}


def test_the_verdict_and_what_failed_come_first() -> None:
    run = shown_run()
    comparison = compare(before(run), run)
    lines = markdown.render(run, judge(run, LIMITS, comparison), comparison).splitlines()
    assert lines[0] == "## ❌ The gate is NOT met: 2 of 3 checks fail."
    assert lines[2].startswith("- ❌ correct is 0.375; at least 0.900 is required")
    text = "\n".join(lines)
    assert "Flaky, right one time and wrong another: `made/flaky`" in text
    assert re.search(r"^\| Correct \| 0\.375 \| .* \| 4 \| .*−0\.625 \| ", text, re.MULTILINE)
    assert "### Worse than before (3)" in text
    assert "| The bridge opened in May. \\[1\\] | The ferry stopped in May. \\[1\\] |" in text
    assert text.index("Worse than before") < text.index("<details>")


def test_a_gate_that_is_met_and_none_at_all() -> None:
    run = made_run([case_run("right", attempt(RIGHT))])
    assert markdown.render(run, judge(run, LIMITS)).startswith("## ✅ The gate is met.\n")
    assert "No gate: nothing was required." in markdown.render(run)


def test_hostile_words_are_shown_and_do_nothing() -> None:
    run = shown_run(hostile_case())
    text = markdown.render(run, None, compare(before(run), run))
    assert set(re.findall(r"<[^>]*>", text)) <= OUR_TAGS
    assert not re.search(r"@\w", text)
    assert "://" not in text
    assert not re.search(r"(?<!\\)\[x", text)
    assert "\x1b" not in text
    assert "\u202e" not in text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_begins_anything(words: str) -> None:
    text = markdown_text.text(words)
    assert "\n" not in text
    assert set(re.findall(r"<[^>]*>", text)) <= {"<span>", "</span>"}
    assert not re.search(r"@\w|#\d|://", text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_|\[\]]", text)
    assert not re.match(r"[-+=](?:\s|$)|[#>]|\d{1,9}[.)](?:\s|$)", text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_renderer_shows_the_very_words(words: str) -> None:
    line = plain_line(words)
    rendered = lxml_html.fromstring(RENDERER.render(f"| a |\n|---|\n| x {markdown_text.text(line)} |\n"))
    (cell,) = rendered.xpath("//td")
    assert {child.tag for child in cell} <= {"span"}
    assert cell.text_content().replace("\u200b", "").split() == ["x", *line.replace("\u200b", "").split()]


def test_hostile_reports_keep_their_tables() -> None:
    run = shown_run(hostile_case())
    rendered = lxml_html.fromstring(RENDERER.render(markdown.render(run, None, compare(before(run), run))))
    assert not rendered.xpath("//a | //img | //script")
    for table in rendered.xpath("//table"):
        assert len({len(row) for row in table.iter("tr")}) == 1


@pytest.mark.parametrize(
    "words",
    ["@octocat", "#12", "http://x.example", "www.x.example", ":tada:", "deadbeefdeadbeef", "a@b.example"],
)
def test_what_a_server_makes_links_of_is_broken_up(words: str) -> None:
    assert "\u200b" in markdown_text.text(words)


def test_a_report_fits_into_a_comment_and_says_what_is_left_out() -> None:
    cases = [
        case_run(f"case-{number}", attempt(WRONG, said=said("$<&@x " * 200), problems=[UNSAID]))
        for number in range(300)
    ]
    run = made_run(cases)
    text = markdown.render(run, judge(run, LIMITS))
    assert len(text) <= markdown.MAX_CHARS
    assert "The rest is left out" in text
    assert text.count("<details>") == text.count("</details>")


def test_blind_sets_are_totals() -> None:
    run = shown_run(secret_case())
    comparison = compare(before(run), run)
    text = markdown.render(run, judge(run, LIMITS, comparison), comparison)
    assert "sesame" not in text
    assert "1 case of blind gold sets count in the figures and are not shown." in text
    assert "| `made-blind` | 0 | 1 |" in text


def test_code_holds_anything() -> None:
    assert markdown_text.code(HOSTILE).count("`") == 2

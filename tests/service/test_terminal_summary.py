"""How summaries look: a style at a time in plain text, on a narrow terminal, and with hostile words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.answers import Statement
from service.summaries import STYLES, DatedEvent, Reading, Style
from service.terminal_summary import coverage, summary_view, when
from tests.service.cli_fakes import citation
from tests.service.summary_samples import DISAGREEMENT, nothing_said, summarized
from tests.service.test_terminal import plain

SOURCES = (
    "Sources\n"
    "[1] Harbour Post · 11 April 2024 · coast/harbour.md:2\n"
    "    Ida Holm\n"
    "    │ Mayor Ida Holm said the [red]ferry[/red] will sail again in May.\n"
    "    also in coast/copy.md\n"
    "[2] Coast Mail · 11 April 2024 · coast/harbour.md:2\n"
    "    │ Mayor Ida Holm said the [red]ferry[/red] will sail again in May.\n"
    "    also in coast/copy.md\n"
    "\n"
    "Read 12 articles, cites 2; 2 near-copies counted once.\n"
)


def test_a_brief_is_one_paragraph() -> None:
    assert (
        plain(summary_view(summarized()))
        == (
            "Quillhaven ferry\n"
            "\n"
            "The ferry will sail again in May.\u00a0[1][2] It sank on 9 May.\u00a0[2] It was built in\n"
            "Lyon.\u00a0[1]\n"
            "\n"
        )
        + SOURCES
    )


def test_bullets_are_points() -> None:
    assert (
        plain(summary_view(summarized("bullets")))
        == (
            "Quillhaven ferry\n"
            "\n"
            "• The ferry will sail again in May.\u00a0[1][2]\n"
            "• It sank on 9 May.\u00a0[2]\n"
            "• It was built in Lyon.\u00a0[1]\n"
            "\n"
        )
        + SOURCES
    )


def test_a_timeline_has_dated_rows_and_the_undated_apart() -> None:
    assert (
        plain(summary_view(summarized("timeline")))
        == (
            "Quillhaven ferry\n"
            "\n"
            "9 May 2024  It sank on 9 May.\u00a0[2]\n"
            "            The ferry will sail again in May.\u00a0[1][2]\n"
            "\n"
            "Without a date\n"
            "• It was built in Lyon.\u00a0[1]\n"
            "\n"
        )
        + SOURCES
    )


def test_a_comparison_has_sections_and_sides() -> None:
    shown = plain(summary_view(summarized("compare")))
    assert (
        shown
        == (
            "Quillhaven ferry\n"
            "\n"
            "Reported by several\n"
            "• The ferry will sail again in May.\u00a0[1][2]\n"
            "  Coast Mail, Harbour Post\n"
            "\n"
            "Only Coast Mail\n"
            "• It sank on 9 May.\u00a0[2]\n"
            "\n"
            "Only Harbour Post\n"
            "• It was built in Lyon.\u00a0[1]\n"
            "\n"
            "The sources disagree: how many passengers\n"
            "┌───────────────────────────────────────┬──────────────────────────────────────┐\n"
            "│ About 300.\u00a0[1]                        │ Nearly 500.\u00a0[2]                      │\n"
            "└───────────────────────────────────────┴──────────────────────────────────────┘\n"
            "\n"
        )
        + SOURCES
    )


@pytest.mark.parametrize("style", STYLES)
def test_what_no_style_arranged_is_shown_all_the_same(style: Style) -> None:
    bare = summarized("bullets", disagreements=(DISAGREEMENT,)).model_copy(update={"style": style})
    shown = plain(summary_view(bare), width=40)
    assert all(statement.text.split()[-1] in shown for statement in bare.statements)
    assert "│ Nearly 500.\u00a0[2]\n" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_an_abstention_says_why_and_what_was_read() -> None:
    none = nothing_said()
    assert plain(summary_view(none)) == "The moon\n\nNo summary.\nNo article mentions the moon.\n"
    looked = none.model_copy(update={"reading": Reading(articles=1), "engine_note": "The model broke off."})
    assert plain(summary_view(looked)).endswith("\n\nRead 1 article, cites 0.\n\nThe model broke off.\n")


def test_words_that_a_statement_has_are_not_repeated_below() -> None:
    quote = citation().quote
    said = Statement(text=quote, citations=(1,), support="verbatim")
    shown = plain(summary_view(summarized("bullets", statements=(said,), citations=(citation(),))), width=120)
    assert shown.count("[red]ferry[/red]") == 1
    assert "[1] Harbour Post · 11 April 2024 · coast/harbour.md:2\n    Ida Holm\n    also in" in shown


def test_coverage_in_words() -> None:
    assert coverage(Reading(articles=0)) == ""
    assert coverage(Reading(articles=1, cited=1)) == "Read 1 article, cites 1."
    one = Reading(articles=1609, near_copies=1, cited=12)
    assert coverage(one) == "Read 1,609 articles, cites 12; 1 near-copy counted once."


@pytest.mark.parametrize(
    ("day", "shown"),
    [("2024-04-10", "10 April 2024"), ("2024-04", "April 2024"), ("2024", "2024"), ("2024-13", "2024-13")],
)
def test_days_as_far_as_they_are_known(day: str, shown: str) -> None:
    assert when(day) == shown


@given(st.text(max_size=60))
@settings(deadline=None)
def test_nothing_an_article_says_steers_the_terminal(words: str) -> None:
    hostile = f"\x1b]0;title\x07{words}\x9b2J\r"
    statement = Statement(text=hostile, citations=(1,), support="verbatim")
    event = DatedEvent(date=hostile, written=hostile, statement=statement)
    summary = summarized("timeline", subject=hostile, events=(event,), undated=(statement,))
    assert not set(plain(summary_view(summary))) & set("\x1b\x07\x9b\r\u202e")

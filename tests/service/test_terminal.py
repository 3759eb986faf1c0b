"""How answers and lists look: in plain text at 80 columns, on a narrow terminal, and with hostile words."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from rich.text import Text

from ingest.articles import Article
from ingest.report import FailedFile, IngestReport
from service.commands.progress import rates, shown_progress, time_left
from service.doctor import Check, Diagnosis, SettingLine
from service.terminal import READING_WIDTH, Indented, answer_view, clean, day_of, place
from service.terminal_article import article_text, article_view
from service.terminal_lists import (
    MOST_LISTED,
    articles_view,
    diagnosis_view,
    passages_view,
    quotations_view,
    report_view,
)
from tests.service.cli_fakes import FakeServices, abstained, answered, citation, stored_article


def plain(view: RenderableType, width: int = 80) -> str:
    """What a file would get."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(view)
    written = console.file
    assert isinstance(written, StringIO)
    return written.getvalue()


def test_an_answer_in_plain_text() -> None:
    assert plain(answer_view(answered())) == (
        "When will the ferry sail?\n"
        "\n"
        "The ferry will sail again in May.\u00a0[1][2]\n"
        "\n"
        "The sources disagree: how many passengers\n"
        "┌───────────────────────────────────────┬──────────────────────────────────────┐\n"
        "│ About 300.\u00a0[1]                        │ Nearly 500.\u00a0[2]                      │\n"
        "└───────────────────────────────────────┴──────────────────────────────────────┘\n"
        "\n"
        "Sources\n"
        "[1] Harbour Post · 11 April 2024 · coast/harbour.md:2\n"
        "    Ida Holm\n"
        "    │ Mayor Ida Holm said the [red]ferry[/red] will sail again in May.\n"
        "    also in coast/copy.md\n"
        "[2] Ferry talks resume · 11 April 2024 · coast/harbour.md:2\n"
        "    │ Mayor Ida Holm said the [red]ferry[/red] will sail again in May.\n"
        "    also in coast/copy.md\n"
    )


def test_an_abstention_in_plain_text() -> None:
    assert plain(answer_view(abstained())) == (
        "Who owns the moon?\n"
        "\n"
        "Not in the articles.\n"
        "No article that was found mentions the moon.\n"
        "\n"
        "Closest found\n"
        "  Harbour Post · 11 April 2024 · coast/harbour.md:2\n"
        "  Ida Holm\n"
        "  │ Mayor Ida Holm said the [red]ferry[/red] will sail again in May.\n"
        "  also in coast/copy.md\n"
    )


def test_a_narrow_terminal_stacks_the_sides() -> None:
    shown = plain(answer_view(answered()), width=40)
    assert "  │ About 300.\u00a0[1]\n  │ Nearly 500.\u00a0[2]\n" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_prose_stops_at_the_reading_width() -> None:
    shown = plain(Indented(Text("word " * 100), "  │ "), width=200)
    assert max(map(len, shown.splitlines())) <= READING_WIDTH
    assert all(line.startswith("  │ ") and line == line.rstrip() for line in shown.splitlines())


@given(st.text())
def test_nothing_an_article_says_steers_the_terminal(words: str) -> None:
    shown = plain(answer_view(answered(f"\x1b]0;title\x07{words}\x9b2J\r")))
    assert not set(shown) & set("\x1b\x07\x9b\r\u202e")
    assert len(clean(words)) == len(words)


@given(st.text(alphabet="ab [/]bold:smile:\n", max_size=60))
def test_markup_in_articles_is_only_words(words: str) -> None:
    shown = plain(Indented(Text(words)), width=100)
    assert shown.split() == words.split()


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2024-04-01", "1 April 2024"), ("2024-12-31T23:00:00+09:00", "31 December 2024"), ("spring", "spring")],
)
def test_days(written: str, shown: str) -> None:
    assert day_of(written) == shown


def test_a_place_without_outlet_or_date() -> None:
    assert place(None, None, "a.txt", 3, None).plain == "a.txt:3"
    assert place(None, None, "a.txt", 3, "Title").plain == "Title · a.txt:3"


def test_a_citation_links_to_a_public_page() -> None:
    answer = answered().model_copy(
        update={"citations": (citation().model_copy(update={"url": "https://news.example/articles/x#c1-2"}),)}
    )
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system="standard", _environ={})
    with console.capture() as captured:
        console.print(answer_view(answer))
    assert "\x1b]8;" in captured.get()
    assert "https://news.example/articles/x#c1-2" in captured.get()


def test_lists_in_plain_text() -> None:
    services = FakeServices()
    assert plain(passages_view(services.search("ferry"))) == (
        "1. Harbour Post · 11 April 2024 · coast/harbour.md:2\n"
        "   Mayor Ida Holm said the [red]ferry[/red] will sail again in May.\n"
    )
    assert plain(quotations_view(services.quotes())) == (
        "Ida Holm\n"
        "  │ “We sail in May”\n"
        "    quoted: Harbour Post · 11 April 2024 · coast/harbour.md:2\n"
        "\n"
        "Speaker not named\n"
        "  │ it sails\n"
        "    reported: Harbour Post · 11 April 2024 · coast/harbour.md:2\n"
    )
    assert plain(passages_view([])) == "Nothing found.\n"
    assert plain(quotations_view([])) == "No quotations found.\n"
    assert plain(articles_view([])) == "No articles.\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_table_of_articles_cuts_nothing_off(width: int) -> None:
    record = stored_article("a/very/long/path/" + "x" * 60 + ".txt").record
    shown = plain(articles_view([record]), width)
    assert max(map(len, shown.splitlines())) <= width
    assert "".join(shown.split()).count("x") >= 60
    assert "Harbour" in shown
    assert "1 article\n" in shown


def test_a_report_says_what_failed_and_what_is_double() -> None:
    report = IngestReport(
        added=["a.md", "b.md"],
        unchanged=["c.md"],
        duplicates=[("a.md", "b.md")],
        failed=[FailedFile(f"bad{number}.pdf", "no text") for number in range(MOST_LISTED + 5)],
        chunks_embedded=1,
        chunks_reused=1200,
        elapsed_s=125.0,
        notes=["1 article is no longer in the folder"],
    )
    shown = plain(report_view(report))
    assert "2 added, 0 changed, 1 unchanged, 0 removed, 25 failed\n" in shown
    assert "1 chunk embedded, 1,200 reused, in 2 min 05 s\n" in shown
    assert "  bad0.pdf: no text\n" in shown
    assert "… and 5 more" in shown
    assert "  a.md = b.md\n" in shown
    assert "Note: 1 article is no longer in the folder\n" in shown


def test_a_diagnosis_says_what_to_do() -> None:
    found = Diagnosis(
        settings=[SettingLine("data_dir", ".dateline", "default")],
        checks=[Check("python", "ok", "Python 3.12"), Check("weights", "fail", "absent", "install them")],
    )
    assert plain(diagnosis_view(found)) == (
        "Settings\n"
        "  data_dir = .dateline  (default)\n"
        "\n"
        "Checks\n"
        "  ok   python    Python 3.12\n"
        "  fail weights   absent\n"
        "                 → install them\n"
    )


def test_an_article_is_shown_character_for_character() -> None:
    stored = stored_article()
    assert article_text(stored.article, None, marks=True).plain == stored.article.text
    marked = article_text(stored.article, (0, 5), marks=True).plain
    assert marked.startswith("⟦Ferry⟧ talks")
    assert "characters 0-5, from line 1\n" in plain(article_view(stored, (0, 5)))
    highlighted = article_text(stored.article, (0, 5), marks=False)
    assert highlighted.plain == stored.article.text
    assert ("reverse", 0, 5) in [(span.style, span.start, span.end) for span in highlighted.spans]


@given(st.text(max_size=40), st.data())
def test_spans_mark_exactly_their_characters(words: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words)))
    end = data.draw(st.integers(start, len(words)))
    shown = article_text(Article("id", "a.txt", words), (start, end), marks=True).plain
    assert shown == clean(f"{words[:start]}⟦{words[start:end]}⟧{words[end:]}")


def test_progress_gives_rates_and_time_left() -> None:
    from ingest.report import Progress

    halfway = Progress(done=50, total=100, current="a", chunks=200, elapsed_s=10.0)
    assert rates(halfway) == "20 chunks/s · 5.0 articles/s"
    assert time_left(halfway) == "about 10 s left"
    assert time_left(Progress(done=1, total=601, current="a", chunks=2, elapsed_s=1.0)) == "about 10 min left"
    early = Progress(done=0, total=0, current="", chunks=0, elapsed_s=0.0)
    assert rates(early) == time_left(early) == ""
    console = Console(file=StringIO(), force_terminal=True, width=80)
    with shown_progress(console) as show:
        show(early)
        show(halfway)
    written = console.file
    assert isinstance(written, StringIO)
    assert "50 of 100 articles" in written.getvalue()

"""Extraction: title, outlet, authors and date where an article states them, and None where it does not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import Article, RawDocument, Span, article_id_of
from ingest.extraction import extract
from ingest.publication_dates import iso_date

BODY = (
    "The council voted on Tuesday to rebuild the bridge, and the mayor said that work "
    "would begin in the spring. "
    "“It will be wide enough for everyone,” she said on April 10, 2024, before a crowd "
    "on the river’s south bank."
)


def of(text: str, media_type: str = "text/plain", **declared: str) -> Article:
    return extract(RawDocument(source="a.txt", text=text, media_type=media_type, **declared))  # type: ignore[arg-type]


# ---- title ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("Council votes to rebuild bridge", "Council votes to rebuild bridge"),
        ("Will the bridge ever open?", "Will the bridge ever open?"),
        ("Leaders move to ‘isolate the river’", "Leaders move to ‘isolate the river’"),
        ("Mayor: “Wide enough for everyone”", "Mayor: “Wide enough for everyone”"),
        ("The council voted to rebuild the bridge.\u00a0 ", None),
        ("“It will be wide enough,” the mayor said. “For everyone.”", None),
        ("Bridge (The Daily Bridge) — The council voted to rebuild", None),
        ("By Jane Doe", None),
        ("April 10, 2024", None),
        ("x" * 161, None),
        ("- an item of a list", None),
    ],
)
def test_first_line_as_title(first: str, title: str | None) -> None:
    assert of(f"{first}\n\n{BODY}\n\n{BODY}").title == title


def test_title_needs_no_blank_line_before_a_paragraph() -> None:
    assert of(f"Council votes to rebuild bridge\n{BODY}").title == "Council votes to rebuild bridge"
    assert of("Council votes to rebuild bridge").title is None


def test_markdown_titles() -> None:
    assert (
        of(f"# Council *votes* to rebuild.\n\n{BODY}", "text/markdown").title == "Council votes to rebuild."
    )
    assert of(f"Council votes\n=============\n\n{BODY}", "text/markdown").title == "Council votes"


def test_metadata_wins_over_text() -> None:
    article = of(
        f"A line that looks like a title\n\n{BODY}",
        title="Declared",
        outlet="The Echo",
        published_at="2024-01-02",
    )
    assert (article.title, article.outlet, article.published_at) == ("Declared", "The Echo", "2024-01-02")
    assert of(f"A line that looks like a title\n\n{BODY}", "application/json").title is None


def test_the_title_is_never_boilerplate() -> None:
    article = of(f"Photo finish\n\n{BODY}\n\nAdvertisement")
    assert article.title == "Photo finish"
    assert [span.of(article.text) for span in article.boilerplate] == ["Advertisement"]


# ---- outlet --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paragraph", "outlet"),
    [
        ("Japan (Washington Insider Magazine) — In a landmark move, ", "Washington Insider Magazine"),
        ("WASHINGTON (AP) — ", "Associated Press"),
        ("WASHINGTON, April 10 (Reuters) - ", "Reuters"),
        ("TOKYO (Kyodo News) -- ", "Kyodo News"),
        ("(Reuters) - ", "Reuters"),
        ("RICHMOND, Va. (WRIC) — ", "WRIC"),
        ("WASHINGTON—", None),
        ("Houston (2-1) — ", None),
        ("Jim Jones (R-Ohio) — a lawyer — said that ", None),
        ("Biden (left) — seen here — said that ", None),
        ("The treaty (Anpo) — signed in 1960 — said that ", None),
        ("Two people (both aged 40) — ", None),
    ],
)
def test_outlet_of_a_dateline(paragraph: str, outlet: str | None) -> None:
    assert of(f"{paragraph}{BODY}").outlet == outlet
    assert of(f"Council votes to rebuild bridge\n\n{paragraph}{BODY}").outlet == outlet
    assert of("\n\n".join([BODY] * 12 + [f"{paragraph}{BODY}"])).outlet is None


@pytest.mark.parametrize(
    ("line", "outlet"),
    [
        ("From The Bridge Times", "The Bridge Times"),
        ("Source: Reuters", "Reuters"),
        ("Source: Jeff Roe, ESPN", None),
        ("— Daily Bridge Staff", "Daily Bridge"),
        ("Copyright © 2024 Daily Bridge. All rights reserved.", "Daily Bridge"),
        ("© 2024 Bridge Publishing Ltd.", None),
        ("From Tokyo to Washington, officials cheered", None),
    ],
)
def test_outlet_of_a_closing_credit(line: str, outlet: str | None) -> None:
    assert of(f"{BODY}\n\n{line}").outlet == outlet
    assert of(f"{BODY}\n\n{line}\n\nSign up for Bridge Daily\n\nNo Comments Yet.").outlet == outlet
    assert of(f"{BODY}\n\n{line}\n\n{BODY}").outlet is None


# ---- header: outlet, byline, date ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "outlet", "authors", "date"),
    [
        ("By Jane Doe", None, ("Jane Doe",), None),
        ("By JANE DOE and JOHN ROE", None, ("Jane Doe", "John Roe"), None),
        ("by\nJane Doe", None, ("Jane Doe",), None),
        ("By Jane Doe\nDaily Bridge\nApril 10, 2024", "Daily Bridge", ("Jane Doe",), "2024-04-10"),
        ("Daily Bridge, 6 March 2024\nBy Jane Doe", "Daily Bridge", ("Jane Doe",), "2024-03-06"),
        ("*The Echo — 19 March 2024 — by Jane Doe*", "The Echo", ("Jane Doe",), "2024-03-19"),
        ("By Jane Doe, Meridian Post | April 10, 2024", "Meridian Post", ("Jane Doe",), "2024-04-10"),
        ("By Jane Doe, John Roe", None, ("Jane Doe", "John Roe"), None),
        (
            "Published April 10, 2024 at 5:07 p.m. EDT\nUpdated April 11, 2024",
            None,
            (),
            "2024-04-10T17:07:00-04:00",
        ),
        ("Updated April 11, 2024", None, (), "2024-04-11"),
        ("Wednesday, April 10, 2024", None, (), "2024-04-10"),
        ("Published April 10", None, (), None),
        ("Published yesterday", None, (), None),
        ("Published 04/05/2024", None, (), None),
        ("By the numbers", None, (), None),
        ("A subheading", None, (), None),
    ],
)
def test_header_lines(header: str, outlet: str | None, authors: tuple[str, ...], date: str | None) -> None:
    article = of(f"Council votes to rebuild bridge\n\n{header}\n\n{BODY}")
    assert article.title == "Council votes to rebuild bridge"
    assert (article.outlet, article.authors, article.published_at) == (outlet, authors, date)


def test_dates_of_captions_and_sentences_are_not_publication_dates() -> None:
    caption = "The mayor at the bridge on April 10, 2024. (Jane Doe/AFP via Getty Images)"
    assert of(f"Council votes to rebuild bridge\n\n{caption}\n\n{BODY}").published_at is None


def test_a_dateline_with_a_full_date_dates_the_article() -> None:
    assert of(f"TOKYO, April 10, 2024 (Reuters) - {BODY}").published_at == "2024-04-10"
    assert of(f"TOKYO, April 10 (Reuters) - {BODY}").published_at is None


# ---- the article as a whole ----------------------------------------------------------------------------------


def test_records_are_named_by_line_and_known_by_key() -> None:
    raw = RawDocument("feed.jsonl", BODY, "application/json", record_key="k", record_line=12)
    article = extract(raw)
    assert article.source == "feed.jsonl#12"
    assert article.article_id == article_id_of("feed.jsonl", "k")


LINES = st.sampled_from(
    [
        "Advertisement",
        "by",
        "By Jane Doe",
        "The Echo",
        "April 10, 2024",
        "# T",
        "Title line",
        BODY,
        "",
        "---",
        "From The Echo",
        "TOKYO (AP) — It",
        "No Comments Yet",
        "2 Comments",
    ]
)


@given(
    st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=20).map("\n".join)),
    st.sampled_from(["text/plain", "text/markdown", "text/html", "application/json", "application/pdf"]),
)
def test_extraction_never_alters_text_and_never_fails(text: str, media_type: str) -> None:
    article = of(text, media_type)
    assert article.text == text
    assert all(0 <= span.start < span.end <= len(text) for span in article.boilerplate)
    assert all(a.end <= b.start for a, b in pairwise(article.boilerplate))
    if article.title is not None:
        assert article.title.strip()
    assert article == of(text, media_type)


def test_front_matter_stays_marked() -> None:
    head = "---\ntitle: x\n---\n"
    raw = RawDocument(
        "a.md", f"{head}\n# Council votes\n\n{BODY}", "text/markdown", boilerplate=(Span(0, len(head)),)
    )
    assert extract(raw).boilerplate == (Span(0, len(head)),)
    assert extract(raw).title == "Council votes"


# ---- dates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2023-11-27 08:45:59.000000000Z", "2023-11-27T08:45:59+00:00"),
        ("2024-04-10T09:30", "2024-04-10T09:30:00"),
        ("2024-04-10T12:00:00-0400", "2024-04-10T12:00:00-04:00"),
        ("20240410", "2024-04-10"),
        ("Sept. 4, 2023", "2023-09-04"),
        ("4th September 2023", "2023-09-04"),
        ("Wed, 10 Apr 2024 12:00:00 GMT", "2024-04-10T12:00:00+00:00"),
        ("13/05/2024", "2024-05-13"),
        ("05/13/2024", "2024-05-13"),
        ("10 avril 2024", "2024-04-10"),
        (1700000000, "2023-11-14T22:13:20+00:00"),
        (1700000000000, "2023-11-14T22:13:20+00:00"),
        ("04/05/2024", None),
        ("yesterday", None),
        ("2 days ago", None),
        ("April 10", None),
        ("April 2024", None),
        ("2024", None),
        ("31 February 2024", None),
        ("Monday", None),
        ("", None),
        (True, None),
        (12, None),
    ],
)
def test_dates(written: object, iso: str | None) -> None:
    assert iso_date(written) == iso

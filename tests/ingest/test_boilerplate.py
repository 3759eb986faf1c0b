"""Boilerplate: what a page prints around an article is marked, and a body paragraph never is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import Span
from ingest.boilerplate import mark

BODY = (
    "The council voted on Tuesday to rebuild the bridge, and the mayor said that work "
    "would begin in the spring."
)


def marked(text: str) -> list[str]:
    return [line for span in mark(text) for line in span.of(text).split("\n") if line.strip()]


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT Article continues below this ad",
        "Story continues below advertisement",
        "No Comments Yet.",
        "No tags 0 Comments 0",
        "12 Comments",
        "Leave a comment",
        "Share this",
        "Share this article on Facebook",
        "Facebook Twitter Whatsapp Reddit Email Share",
        "Follow us on Twitter and Instagram",
        "Read more: Bridge plan wins first vote",
        "Related: Five bridges that were never built",
        "RELATED: Five bridges | How they fell",
        "Related Stories",
        "Most read",
        "CLICK HERE TO GET THE APP",
        "Sign up for The Morning Bridge",
        "Sign up for our daily newsletter and never miss a story.",
        "Subscribe now",
        "All the news, delivered straight to your inbox.",
        "By registering for the newsletter, you agree to the Privacy Policy.",
        "You can unsubscribe at any time.",
        "We use cookies to improve your experience on this website.",
        "Privacy Policy | Terms of Use | Contact us",
        "© 2024 The Daily Bridge",
        "Copyright 2024 The Daily Bridge. All rights reserved.",
        "This material may not be published, broadcast, rewritten or redistributed without permission.",
        "daily newsletter icon",
        "The mayor at the bridge on April 10, 2024. (Jane Doe/AFP via Getty Images)",
        "The mayor at the bridge. (AP Photo/Jane Doe)",
        "The mayor at the bridge. (Getty Images)",
        "The mayor at the bridge on Monday. Jane Doe | Reuters",
        "Photo: the bridge at dusk, from the north bank.",
        "Photo by Jane Doe / Daily Bridge",
        "If you buy something using links in our stories, we may earn a commission.",
        "Table of Contents",
        "> **Join the conversation:** members can comment on this story.",
        "*Read next: [Bridge plan wins](https://bridge.example/plan)*",
    ],
)
def test_known_phrases_are_marked_and_their_neighbours_are_not(line: str) -> None:
    text = f"{BODY}\n\n{line}\n\n{BODY}"
    assert marked(text) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "Sign up for the draft, young men were told in 1940, or the draft will sign you up.",
        "Subscribe numbers fell by a tenth last year, the publisher said, as readers left "
        "its newsletter for free ones.",
        "The newsletter, which goes to 40,000 people, asks readers to sign up for a paid edition.",
        "“Sign up for our newsletter,” the box on every page now says, and most readers have "
        "learned not to see it.",
        "By registering voters at churches, the group hopes to reach people who have never cast a ballot.",
        "Advertisement spending rose 4 percent in the quarter, the company said.",
        "We use cookies from the bakery on Main Street, the chef said, because nobody makes them better.",
        "Cookies that follow readers across websites will be blocked by default, the browser’s maker said.",
        "Copyright law has not kept up with machines that write, the judge said on Monday.",
        "Follow the money, the investigator told reporters outside the court.",
        "Related charges against two aides were dropped in March.",
        "Read more than one paper, the professor tells her students every autumn.",
        "Share prices fell by 3 percent in Tokyo.",
        "Comments by the minister angered Beijing.",
        "No comments were received from the ministry by Thursday evening.",
        "More than 200 people were hurt (the police said 150).",
        "The company (Getty Images) was founded in 1995 in Seattle.",
        "Photos of the bridge were shared thousands of times on Facebook and Twitter before noon.",
        "From Tokyo to Washington, officials welcomed the agreement.",
        "Most read the ruling as a defeat for the government.",
        "Register to vote by May 1, the county clerk urged residents.",
        "What Washington wants",
        "A defence to China’s growing influence in the region",
        "Twitter",
        "Why It Matters",
    ],
)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_sentences_about_such_things_are_not_marked(line: str, place: str) -> None:
    text = {
        "first": f"{line}\n\n{BODY}",
        "middle": f"{BODY}\n\n{line}\n\n{BODY}",
        "last": f"{BODY}\n\n{line}",
    }[place]
    assert marked(text) == []


def test_a_newsletter_box_is_marked_whole() -> None:
    box = (
        "daily newsletter icon\nSign up for Bridge Daily\nAll you need, in one "
        "message.\nNews you can rely on.\n"
    )
    notice = "By registering for the newsletter, you agree to the Privacy Policy."
    text = f"{BODY}\n\nFrom The Bridge Times\n\n{box}{notice}"
    (span,) = mark(text)
    assert span == Span(len(BODY) + 2, len(text))


def test_a_credit_above_a_caption_goes_with_it() -> None:
    caption = "The mayor on the bridge. (Jane Doe/AFP via Getty Images)"
    assert marked(f"{BODY}\n\nNTD Photo\n{caption}\n\n{BODY}") == ["NTD Photo", caption]
    assert marked(f"{BODY}\n\nNTD Photo\n\n{BODY}") == []


def test_bylines_count_only_at_the_top() -> None:
    assert marked(f"by\n{BODY}") == ["by"]
    assert marked(f"By Jane Doe\n\n{BODY}") == ["By Jane Doe"]
    assert marked("\n\n".join([BODY] * 12 + ["By Jane Doe", BODY])) == []


def test_credits_count_only_at_the_end() -> None:
    assert marked(f"{BODY}\n\nFrom The Bridge Times") == ["From The Bridge Times"]
    assert marked(f"{BODY}\n\nFrom The Bridge Times\n\n{BODY}") == []
    assert marked(f"{BODY}\n\n(Reporting by Jane Doe; editing by John Roe)") == [
        "(Reporting by Jane Doe; editing by John Roe)"
    ]


def test_entries_of_a_table_of_contents_are_marked() -> None:
    text = f"Table of Contents\nThe old bridge\nThe new bridge\n\n{BODY}"
    assert marked(text) == ["Table of Contents", "The old bridge", "The new bridge"]


def test_readers_comments_are_marked_to_the_end_when_they_are_the_lesser_part() -> None:
    comments = "2 Comments\n\nriver_rat: At last.\n\nanon: Ignore the above."
    assert marked("\n\n".join([BODY] * 5 + [comments])) == [line for line in comments.split("\n") if line]
    assert marked("\n\n".join([BODY, "2 Comments", BODY, BODY, BODY])) == ["2 Comments"]


def test_known_spans_are_kept() -> None:
    text = f"---\ntitle: x\n---\n{BODY}\n"
    assert mark(text, (Span(0, 17),)) == (Span(0, 17),)


LINES = st.sampled_from(
    [
        "Advertisement",
        "by",
        "",
        "  ",
        "Sign up for Bridge Daily",
        "2 Comments",
        "Table of Contents",
        "short line",
        BODY,
        "From The Bridge Times",
        "NTD Photo",
        "A. (B/AFP via Getty Images)",
        "---",
    ]
)


@given(
    st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=25).map("\n".join)),
    st.data(),
)
def test_spans_are_whole_lines_sorted_and_disjoint(text: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(text)))
    spans = mark(text, (Span(0, end),))
    assert list(spans) == sorted(spans)
    assert all(a.end < b.start for a, b in pairwise(spans))
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        assert span.start == 0 or text[span.start - 1] == "\n"
        assert span.end in (end, len(text)) or text[span.end - 1] == "\n"
    assert end == 0 or spans[0].covers(0, end)
    assert mark(text, spans) == spans or end  # marking what is marked adds nothing

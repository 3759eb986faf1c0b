"""Blocks: what is shown, within Slack's limits, with nothing of an article's as markup.

The files in `snapshots` are what Slack is sent; `DATELINE_UPDATE_SNAPSHOTS=1` writes them anew, to be read in the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.answers import Answer
from service.slack.answer_blocks import Rendered, answer_view, partial_view
from service.slack.buttons import answer_messages, shared_messages
from service.slack.commenting import comment_view, thanks_view
from service.slack.mrkdwn import literal, readable, web_address
from service.slack.notices import help_message, notice, working
from service.slack.parts import Message
from service.slack.quotations import Place, Quoted, places_of, places_value, quotations_view, quoted
from service.slack.requests import Digest, Help, Question, wanted
from service.slack.summary_blocks import summary_view
from tests.slack import made_answers
from tests.slack.block_rules import PUBLIC_URL, message_problems, view_problems
from tests.slack.newsroom import buttons, shown

SNAPSHOTS = Path(__file__).parent / "snapshots"
ANYTHING = st.text(max_size=400) | st.sampled_from(
    [made_answers.HOSTILE, "*", "<!channel>", "a" * 7000, " ", "\u202e"]
)


def messages_of(view: Rendered, question: str = "When does the bridge open?") -> tuple[Message, ...]:
    """With every button there is."""
    return answer_messages(view, "0123456789ab", question, may_rate=True, may_share=True, shown_question=True)


def problems(messages: Sequence[Message]) -> list[str]:
    """What is wrong with any of them."""
    return [found for one in messages for found in message_problems(one.text, one.blocks)]


def as_documents(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """As they are sent."""
    return [{"text": one.text, "blocks": list(one.blocks)} for one in messages]


def cases() -> dict[str, list[dict[str, Any]]]:
    """Every snapshot by name."""
    found = [
        Quoted(1, "The bridge opens in June.", "Estuary Echo", "2024-03-06", "harbour-1.md", 12),
        Quoted(2),
    ]
    rendered = {
        "answer": messages_of(answer_view(made_answers.disagreeing(), PUBLIC_URL)),
        "answer-without-links": messages_of(answer_view(made_answers.disagreeing())),
        "abstained": messages_of(answer_view(made_answers.abstained(), PUBLIC_URL)),
        "hostile": messages_of(answer_view(made_answers.hostile(), PUBLIC_URL), made_answers.HOSTILE),
        "forty-sources": messages_of(answer_view(made_answers.forty_sources(), PUBLIC_URL)),
        "timeline": messages_of(summary_view(made_answers.timeline(), PUBLIC_URL)),
        "comparison": messages_of(summary_view(made_answers.comparison(), PUBLIC_URL)),
        "shared": shared_messages(
            answer_view(made_answers.abstained(), PUBLIC_URL), "What does the tram cost?", "U0ASKER"
        ),
        "help": (help_message(rated=True),),
        "working": (working(), working(summary=True)),
    }
    return {name: as_documents(messages) for name, messages in rendered.items()} | {
        "quotations": [quotations_view(found)],
        "comment": [comment_view("0123456789abcdef", "What does the “tram” cost?"), thanks_view()],
    }


@pytest.mark.parametrize("name", sorted(cases()))
def test_what_slack_is_sent_is_what_was_reviewed(name: str) -> None:
    path = SNAPSHOTS / f"{name}.json"
    made = json.dumps(cases()[name], ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("DATELINE_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")
    for document in json.loads(made):
        if document.get("type") == "modal":
            assert view_problems(document) == []
        else:
            assert message_problems(document["text"], document["blocks"]) == []


def test_forty_sources_take_several_messages_and_nothing_is_left_out() -> None:
    messages = messages_of(answer_view(made_answers.forty_sources(), PUBLIC_URL))
    assert len(messages) > 1
    together = "".join(shown({"blocks": one.blocks}) for one in messages)
    for number in range(1, 41):
        assert f"about pier number {number}, and the minutes" in together
        assert f"*[{number}]* Estuary Echo" in together
    assert [set(buttons({"blocks": one.blocks})) != set() for one in messages][-1]
    assert sum(bool(buttons({"blocks": one.blocks})) for one in messages) == 1


def test_a_block_ends_between_statements() -> None:
    for block in answer_view(made_answers.forty_sources(), PUBLIC_URL).blocks:
        if block["type"] == "rich_text":
            for part in block["elements"]:
                for item in part["elements"]:
                    assert item["elements"][0]["text"].startswith("The council")
                    assert item["elements"][-1]["type"] == "link"


def test_a_statement_too_long_for_a_block_is_cut_between_sentences() -> None:
    view = answer_view(made_answers.endless(), PUBLIC_URL)
    assert problems(messages_of(view)) == []
    texts = [shown({"blocks": [block]}) for block in view.blocks if block["type"] == "rich_text"]
    assert len(texts) > 3
    assert all(text.rstrip("\n").removesuffix(" [1]").endswith("stopped her.") for text in texts)
    assert sum(text.count("The clerk read on") for text in texts) == 209


def test_nothing_of_an_article_is_markup() -> None:
    messages = messages_of(answer_view(made_answers.hostile(), PUBLIC_URL), made_answers.HOSTILE)
    assert problems(messages) == []
    statement = messages[0].blocks[1]["elements"][0]["elements"][0]
    assert statement == {"type": "text", "text": made_answers.HOSTILE}  # verbatim, and literal
    assert "<!channel>" not in messages[0].text
    assert "&lt;!channel&gt;" in messages[0].text


@settings(deadline=None)  # a machine under load is no failure
@given(ANYTHING, ANYTHING, ANYTHING)
def test_any_words_make_messages_that_slack_takes(said: str, title: str, question: str) -> None:
    cited = made_answers.citation(
        1, quote=said, title=title, outlet=title, source=said or "x", also_in=(title,)
    )
    whole = made_answers.answer(made_answers.statement(said, 1), citations=(cited,), engine_note=title)
    abstention = Answer(status="abstained", question="?", answer=said, reason=title, closest=(cited,))
    for one in (whole, abstention):
        assert problems(messages_of(answer_view(one, PUBLIC_URL), question)) == []
        assert problems(shared_messages(answer_view(one), question, "U0ASKER")) == []
    assert (
        problems(
            answer_messages(partial_view(whole.statements, (), ""), "", "", may_rate=False, may_share=False)
        )
        == []
    )
    assert problems([notice(said)]) == []
    assert view_problems(quotations_view([Quoted(1, said or "x", title, title, said, 1)] * 60)) == []


@given(ANYTHING)
def test_literal_words_stay_one_line_without_markup(text: str) -> None:
    inert = literal(text)
    assert "<" not in inert
    assert ">" not in inert
    assert "\n" not in inert
    assert "`" not in inert


def test_file_names_stay_readable() -> None:
    assert literal("wire/bridge_2024_v2.txt at 10:30:45") == "wire/bridge_2024_v2.txt at 10:30:45"
    assert literal("*bold* _sly_ :fire:") == "∗bold∗ ＿sly＿ ∶fire:"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U0DATELINE> What &amp; why &lt;b&gt;?", "What & why <b>?"),
        (
            "Ask <@U0OTHER> about <https://x.example/a|the report> in <#C1|desk>",
            "Ask about the report in desk",
        ),
        ("<!channel> now\n\nplease", "now please"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_what_people_write_is_read_as_they_see_it(written: str, read: str) -> None:
    assert readable(written, "U0DATELINE") == read


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "ftp://x/y", "", "https://", "/articles/1"]
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    assert web_address(url) is None


def test_addresses_are_made_whole_and_harmless() -> None:
    assert web_address("/articles/1#c2-3", "https://n.example/") == "https://n.example/articles/1#c2-3"
    assert web_address("https://n.example/a|b> c") == "https://n.example/a%7Cb%3E%20c"


@pytest.mark.parametrize(
    ("text", "style", "subject"),
    [
        ("summarize AUKUS timeline", "timeline", "AUKUS"),
        ("Summarise AUKUS as a timeline.", "timeline", "AUKUS"),
        ("summarize: the flood barrier, compare", "compare", "the flood barrier"),
        ("summary of “the flood”", "brief", "the flood"),
        ("summarize aukus.md bullets", "bullets", "aukus.md"),
    ],
)
def test_summaries_are_asked_for_in_words(text: str, style: str, subject: str) -> None:
    asked = wanted(text)
    assert isinstance(asked, Digest)
    assert (asked.subject, asked.request.style) == (subject, style)
    assert (asked.request.sources == (subject,)) == subject.endswith(".md")


@pytest.mark.parametrize("text", ["", "help", "Help!", "ask", "summarize", "summarize timeline"])
def test_who_does_not_say_what_is_helped(text: str) -> None:
    assert wanted(text) == Help()


def test_the_rest_is_a_question() -> None:
    assert wanted("ask What is AUKUS?") == Question("What is AUKUS?")
    assert wanted("Asking prices rose?") == Question("Asking prices rose?")
    assert wanted("Who summarized the report?") == Question("Who summarized the report?")


def test_a_buttons_places_are_read_as_they_were_written() -> None:
    cited = made_answers.forty_sources().citations
    value = places_value(cited)
    assert len(value) <= 2000
    places = places_of(value)
    assert [place.number for place in places] == list(range(1, len(places) + 1))
    assert places[0] == Place(1, f"{1:016x}", 100, 125, places[0].check)
    assert quoted(places[0], None).words is None


@given(st.text(max_size=300))
def test_any_value_of_a_button_can_be_read(value: str) -> None:
    places_of(value)

"""Summaries of one invented story, one a style, for tests of how they are asked for and shown."""

from __future__ import annotations

from collections.abc import Iterator

from service.answers import Disagreement, Side, Statement
from service.events import StatementEvent
from service.summaries import (
    DatedEvent,
    Reading,
    ReadingEvent,
    Shared,
    Single,
    Style,
    Summary,
    SummaryDone,
)
from service.summary_events import SummaryEvent
from tests.service.cli_fakes import citation

SAILS = Statement(text="The ferry will sail again in May.", citations=(1, 2), support="verbatim")
SANK = Statement(text="It sank on 9 May.", citations=(2,), support="verbatim")
BUILT = Statement(text="It was built in Lyon.", citations=(1,), support="verbatim")
DISAGREEMENT = Disagreement(
    about="how many passengers",
    sides=(Side(text="About 300.", citations=(1,)), Side(text="Nearly 500.", citations=(2,))),
)


def summarized(style: Style = "brief", **fields: object) -> Summary:
    """A summary in this style, its statements arranged as the style has them."""
    about = Summary(
        status="summarized",
        subject="Quillhaven ferry",
        style=style,
        summary=f"{SAILS.text} [1][2] {SANK.text} [2] {BUILT.text} [1]",
        statements=(SAILS, SANK, BUILT),
        citations=(citation(1), citation(2, outlet="Coast Mail", speaker=None)),
        reading=Reading(articles=12, near_copies=2, cited=2),
    )
    if style == "timeline":
        events = (
            DatedEvent(date="2024-05-09", written="on Thursday", statement=SANK),
            DatedEvent(date="2024-05-09", written="the same day", statement=SAILS),
        )
        about = about.model_copy(update={"events": events, "undated": (BUILT,)})
    if style == "compare":
        arranged = {
            "shared": (Shared(outlets=("Coast Mail", "Harbour Post"), statement=SAILS),),
            "singles": (
                Single(outlet="Coast Mail", statements=(SANK,)),
                Single(outlet="Harbour Post", statements=(BUILT,)),
            ),
            "disagreements": (DISAGREEMENT,),
        }
        about = about.model_copy(update=arranged)
    return about.model_copy(update=fields)


def nothing_said(reason: str = "No article mentions the moon.") -> Summary:
    """An abstention."""
    return Summary(status="abstained", subject="The moon", style="brief", summary="", reason=reason)


def events_of(summary: Summary) -> Iterator[SummaryEvent]:
    """The summary on its way."""
    cited = {item.id: item for item in summary.citations}
    for done in (0, 7, summary.reading.articles):
        yield ReadingEvent(done=done, total=summary.reading.articles)
    for statement in summary.statements:
        yield StatementEvent(statement, tuple(cited[number] for number in statement.citations))
    yield SummaryDone(summary)

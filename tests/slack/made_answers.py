"""Answers to render: ordinary ones, long ones, and ones whose articles try to be markup."""

from __future__ import annotations

from service.answers import Answer, Citation, Disagreement, Side, Statement
from service.summaries import DatedEvent, Reading, Shared, Single, Summary

HOSTILE = (
    "<!channel> <!here> <@U0BOSS> <https://evil.example|click here> https://evil.example *bold* _sly_ ~gone~ `code` "
    "& &amp; :rotating_light: > quoted"
)


def citation(number: int, *, quote: str = "The bridge opens in June.", **fields: object) -> Citation:
    """One source of a made-up harbour."""
    known: dict[str, object] = {
        "id": number,
        "article_id": f"{number:016x}",
        "source": f"harbour-{number}.md",
        "title": f"Bridge number {number} nears its opening",
        "outlet": "Estuary Echo",
        "published_at": "2024-03-06",
        "quote": quote,
        "start": 100 * number,
        "end": 100 * number + len(quote),
        "line": number,
        "url": f"/articles/{number:016x}#c{100 * number}-{100 * number + len(quote)}",
    }
    return Citation.model_validate(known | fields)


def statement(text: str, *numbers: int) -> Statement:
    """One verbatim statement."""
    return Statement(text=text, citations=numbers, support="verbatim")


def answer(*statements: Statement, citations: tuple[Citation, ...], **fields: object) -> Answer:
    """An answer of these."""
    prose = " ".join(f"{one.text} {''.join(f'[{n}]' for n in one.citations)}" for one in statements)
    known: dict[str, object] = {
        "status": "answered",
        "question": "When does the bridge open?",
        "answer": prose,
        "statements": statements,
        "citations": citations,
    }
    return Answer.model_validate(known | fields)


def disagreeing() -> Answer:
    """Two sources that cannot both be right, and near-copies."""
    return answer(
        statement("The bridge opens on 4 June, the mayor said.", 1, 2),
        statement("It cost £412 million.", 2),
        citations=(
            citation(1, also_in=("wire/bridge.txt", "evening/bridge_2024.txt")),
            citation(2, title=None, outlet=None, published_at=None),
            citation(3, quote="The bridge will not open before July."),
        ),
        disagreements=(
            Disagreement(
                about="when the bridge opens",
                sides=(
                    Side(text="The bridge opens on 4 June.", citations=(1, 2)),
                    Side(text="The bridge will not open before July.", citations=(3,)),
                ),
            ),
        ),
        engine_note="The model did not answer in time; these are the articles' own sentences.",
    )


def forty_sources() -> Answer:
    """Forty statements of two hundred characters, each with a source of its own."""
    words = (
        "The council spoke about pier number {n}, and the minutes give its length, its price and its builder. "
        * 2
    )
    statements = [statement(words.format(n=n).strip(), n) for n in range(1, 41)]
    return answer(*statements, citations=tuple(citation(n) for n in range(1, 41)))


def endless() -> Answer:
    """One statement of 9,000 characters: three times what a block may hold."""
    return answer(statement("The clerk read on, and nobody stopped her. " * 209, 1), citations=(citation(1),))


def hostile() -> Answer:
    """Everything an article controls tries to be markup."""
    said = citation(
        1,
        quote=HOSTILE,
        title=HOSTILE,
        outlet=HOSTILE,
        source=HOSTILE,
        published_at=HOSTILE,
        also_in=(HOSTILE,) * 9,
    )
    return answer(
        statement(HOSTILE, 1),
        citations=(said,),
        disagreements=(
            Disagreement(
                about=HOSTILE,
                sides=(Side(text=HOSTILE, citations=(1,)), Side(text=HOSTILE, citations=(1,))),
            ),
        ),
        question=HOSTILE,
        engine_note=HOSTILE,
    )


def abstained() -> Answer:
    """Nothing to say, and what comes closest."""
    return Answer(
        status="abstained",
        question="What does the tram cost?",
        answer="The articles do not answer this. No article names a price.",
        reason="No article names a price.",
        closest=(citation(1, quote="The tram is dear, said Ms Vale."),),
    )


def timeline() -> Summary:
    """Three events, one without a date."""
    vote, opening, undated = (
        statement("The council voted for the bridge.", 1),
        statement("The bridge opened.", 2),
        statement("It is painted green.", 2),
    )
    return Summary(
        status="summarized",
        subject="the bridge",
        style="timeline",
        summary="2024-03-06: The council voted for the bridge. [1]",
        statements=(vote, opening, undated),
        citations=(citation(1), citation(2)),
        events=(
            DatedEvent(date="2024-03-06", written="on Wednesday", statement=vote),
            DatedEvent(date="2024-06", written="in June", statement=opening),
        ),
        undated=(undated,),
        reading=Reading(articles=7, near_copies=2, cited=2),
    )


def comparison() -> Summary:
    """Two outlets, and what each alone says."""
    both, one = statement("The bridge opened.", 1, 2), statement("It cost £412 million.", 2)
    return Summary(
        status="summarized",
        subject="the bridge",
        style="compare",
        summary="The bridge opened. [1][2]",
        statements=(both, one),
        citations=(citation(1), citation(2, outlet="Harrow Sentinel")),
        shared=(Shared(outlets=("Estuary Echo", "Harrow Sentinel"), statement=both),),
        singles=(Single(outlet="Harrow Sentinel", statements=(one,)),),
        reading=Reading(articles=2, cited=2),
    )

"""Services that always give the same answer, and OpenAI's own client of a server over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from ingest.articles import ArticleFilter
from service.answers import Answer, Citation, Disagreement, Side, Statement, Usage
from service.api.ports import Services
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent
from tests.service.api.fakes import ALL, Call, FakeServices
from tests.service.api.serving import served

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What about the ferry?"}]


def citation(number: int, **fields: Any) -> Citation:
    """A citation of the harbour's paper."""
    named: dict[str, Any] = {
        "title": f"Story {number}",
        "outlet": "Harbour Post",
        "published_at": "2024-04-10T08:00",
    }
    return Citation(
        id=number,
        article_id=f"{number:016x}",
        source=f"story-{number}.md",
        quote="words",
        start=3,
        end=8,
        line=1,
        url=f"/articles/{number:016x}#c3-8",
        **(named | fields),
    )


FERRY = Answer(
    status="answered",
    question="What about the ferry?",
    answer="The ferry sails in May. [1] It cost 9 million. [1] [2]",
    reason="“When did it sink?”: nothing found.",
    statements=(
        Statement(text="The ferry sails in May.", citations=(1,), support="verbatim"),
        Statement(text="It cost 9 million.", citations=(1, 2), support="verified"),
    ),
    citations=(citation(1), citation(2, title=None, outlet=None, published_at=None)),
    disagreements=(
        Disagreement(
            about="the cost",
            sides=(Side(text="9 million", citations=(1,)), Side(text="8 million", citations=(2,))),
        ),
    ),
    engine="llm",
    engine_note="The model stopped half-way.",
    usage=Usage(prompt_tokens=200, completion_tokens=30),
)
NOTHING = Answer(
    status="abstained",
    question="Who?",
    answer="The articles do not answer this. Nobody is named.",
    reason="Nobody is named.",
    closest=(citation(1),),
)


@dataclass
class Replying(FakeServices):
    """Gives `reply`, statement by statement."""

    reply: Answer = FERRY

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = ALL,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        self.calls.append(Call(question, tuple(history), filters, engine))
        if self.error:
            raise self.error
        cited = {item.id: item for item in self.reply.citations}
        try:
            yield PassagesEvent(())
            for statement in self.reply.statements:
                yield StatementEvent(statement, tuple(cited[number] for number in statement.citations))
            if self.late_error:
                raise self.late_error
            yield DoneEvent(self.reply)
        finally:
            self.closed.set()


@contextmanager
def client_of(services: Services, **options: Any) -> Iterator[OpenAI]:
    """OpenAI's client of a server over `services`."""
    with (
        served(services) as address,
        OpenAI(base_url=f"{address}/v1", api_key="none", **({"max_retries": 0} | options)) as client,
    ):
        yield client


def extra(model: Any, name: str) -> Any:
    """A field that OpenAI's types do not have."""
    return model.model_extra[name]

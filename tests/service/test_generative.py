"""Statements leave one by one, verified; the model is stopped when nobody wants more; its errors come through."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.embedding import Embedder, open_embedder
from ingest.errors import ContextTooLong, UpstreamUnavailable
from ingest.settings import IngestSettings, default_cache_dir
from service.generative import MOST_HALVINGS, Refused, Said, Writer, Writing, Written
from service.questions import understand
from service.reading import Reading
from service.support import SupportScorer
from service.templates import PromptLibrary
from tests.service.articles import reading_of
from tests.service.evidence import by_id, hits_on
from tests.service.scripted_model import ScriptedModel

BRIDGE = reading_of(
    "The new bridge opened on Monday. It is 240 metres long. The bridge took four years to build. "
    "Mayor Ada Moreau said the work had cost £3 million.",
    "bridge.txt",
)
QUESTION = "What is known about the new bridge?"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embedder="bundled", cache_dir=default_cache_dir()))


def writing(
    model: ScriptedModel,
    embedder: Embedder,
    readings: Sequence[Reading] = (BRIDGE,),
    chars: int = 100_000,
    most_statements: int = 8,
) -> Writing:
    prompt = PromptLibrary.load().get("answer")
    writer = Writer(
        model, prompt, SupportScorer(embedder.embed), embedder.embed, most_statements=most_statements
    )
    vector = embedder.embed([QUESTION])[0]
    return writer.write(
        understand(QUESTION), QUESTION, vector, hits_on(*readings, chars=chars), by_id(*readings)
    )


def texts(items: Sequence[Written]) -> list[str]:
    return [item.text if isinstance(item, Said) else "refused" for item in items]


def test_what_is_verified_is_said_and_the_rest_is_counted(embedder: Embedder) -> None:
    model = ScriptedModel(
        "The new bri", "dge opened on Monday [1.1]. It was opened by Elvis [1.1]. ",
        "The bridge took four years to build [1.1]. The new bridge opened on Monday [1.2].",
    )  # fmt: skip
    with writing(model, embedder) as answer:
        said = list(answer)
    assert texts(said) == ["The new bridge opened on Monday.", "The bridge took four years to build."]
    for item in said:
        assert isinstance(item, Said)
        assert item.candidates
        assert all(one.article.source == "bridge.txt" for one in item.candidates)
    outcome = answer.outcome
    assert outcome.ending == "stop"
    assert outcome.model == "scripted"
    assert outcome.prompt.name == "answer"
    assert outcome.usage.completion_tokens == 3
    assert outcome.diagnostics.standalone_question == QUESTION
    assert outcome.diagnostics.written == 4
    assert outcome.diagnostics.repaired == 1
    assert [(one.reason, one.words) for one in outcome.diagnostics.dropped] == [
        ("name", "Elvis"),
        ("repeated", ""),
    ]


def test_a_statement_is_said_before_the_model_has_finished(embedder: Embedder) -> None:
    model = ScriptedModel(
        "The new bridge opened on Monday [1.1]. ", "The ", "bridge took ", "four years to build."
    )
    answer = writing(model, embedder)
    assert not model.requests  # nothing is asked before somebody reads
    assert texts([next(iter(answer))]) == ["The new bridge opened on Monday."]
    (generation,) = model.generations
    assert generation.taken == 2
    assert [one.closed for one in model.generations] == [False]
    answer.close()
    answer.close()
    assert generation.closed
    assert list(answer) == []
    assert generation.taken == 2
    assert answer.outcome.ending is None


def test_closing_before_the_first_statement_asks_nothing(embedder: Embedder) -> None:
    model = ScriptedModel("The new bridge opened on Monday [1.1].")
    with writing(model, embedder) as answer:
        pass
    assert list(answer) == []
    assert not model.requests


@pytest.mark.parametrize("before", ["", "The new bridge opened on Monday [1.1]. "])
def test_a_refusal_ends_the_answer(embedder: Embedder, before: str) -> None:
    model = ScriptedModel(f"{before}NOT IN THE ARTICLES.\n", "The ", "bridge took four years to build [1.3].")
    with writing(model, embedder) as answer:
        said = list(answer)
    assert said[-1] == Refused()
    assert len(said) == (2 if before else 1)
    assert answer.outcome.ending == "refused"
    assert model.generations[0].closed


def test_without_evidence_the_model_is_not_asked(embedder: Embedder) -> None:
    model = ScriptedModel("The new bridge opened on Monday [1.1].")
    with writing(model, embedder, ()) as answer:
        assert list(answer) == [Refused()]
    assert not model.requests


def test_a_loop_stops_the_model(embedder: Embedder) -> None:
    model = ScriptedModel(*["The new bridge opened on Monday [1.1]. "] * 50)
    with writing(model, embedder) as answer:
        assert texts(list(answer)) == ["The new bridge opened on Monday."]
    assert answer.outcome.ending == "repeating"
    assert model.generations[0].taken < 8
    assert model.generations[0].closed


def test_enough_is_enough(embedder: Embedder) -> None:
    model = ScriptedModel(
        "The new bridge opened on Monday [1.1]. The bridge took four years to build [1.3]. It "
    )
    with writing(model, embedder, most_statements=1) as answer:
        assert len(list(answer)) == 1
    assert answer.outcome.ending == "enough"


def test_a_sentence_broken_off_by_the_token_limit_is_not_said(embedder: Embedder) -> None:
    script = "The new bridge opened on Monday [1.1]. The bridge took four years"
    for finish, said in (("length", 1), ("stop", 2)):
        with writing(ScriptedModel(script, finish=finish), embedder) as answer:  # type: ignore[arg-type]
            assert len(list(answer)) == said
        assert answer.outcome.ending == finish


def test_errors_come_after_what_was_said_before_them(embedder: Embedder) -> None:
    model = ScriptedModel(
        "The new bridge opened on Monday [1.1]. The ", UpstreamUnavailable("connection reset")
    )
    answer = writing(model, embedder)
    with answer:
        items = iter(answer)
        assert texts([next(items)]) == ["The new bridge opened on Monday."]
        with pytest.raises(UpstreamUnavailable, match="reset"):
            next(items)
    assert model.generations[0].closed
    assert answer.outcome.ending is None
    assert answer.outcome.diagnostics.written == 1


def long_story() -> Reading:
    return reading_of(
        " ".join(
            f"Bridge number {n} of the river opened to all traffic in the year {1900 + n}."
            for n in range(120)
        ),
        "long.txt",
    )


def test_evidence_fits_the_model_s_context(embedder: Embedder) -> None:
    sizes = []
    for context in (800, 1600, 3200):
        model = ScriptedModel("NOT IN THE ARTICLES", context_tokens=context)
        with writing(model, embedder, [long_story()], chars=300) as answer:
            list(answer)
        (messages,) = model.requests
        sizes.append(sum(model.count_tokens(message.content) for message in messages))
        assert sizes[-1] + model.max_tokens <= context
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_prompt_that_is_too_long_is_halved_twice(embedder: Embedder) -> None:
    too_long = ContextTooLong("too many tokens")
    model = ScriptedModel(
        "Bridge number 3 of the river opened in 1903 [1.4].", refusals=[too_long] * MOST_HALVINGS
    )
    with writing(model, embedder, [long_story()], chars=300) as answer:
        assert len(list(answer)) == 1
    sizes = [sum(len(message.content) for message in messages) for messages in model.requests]
    assert len(sizes) == MOST_HALVINGS + 1
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] / 2
    stubborn = ScriptedModel(refusals=[too_long] * 9)
    with pytest.raises(ContextTooLong), writing(stubborn, embedder, [long_story()], chars=300) as answer:
        list(answer)
    assert len(stubborn.requests) == MOST_HALVINGS + 1


def test_the_prompt_holds_the_question_and_the_numbered_sentences(embedder: Embedder) -> None:
    model = ScriptedModel("NOT IN THE ARTICLES")
    with writing(model, embedder) as answer:
        list(answer)
    last = model.requests[0][-1].content
    assert QUESTION in last
    assert "[1.1] The new bridge opened on Monday." in last

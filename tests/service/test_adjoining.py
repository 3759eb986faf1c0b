"""The sentence before may name what the cited one only points at, and nothing else."""

from __future__ import annotations

import pytest

from ingest.embedding import Embedder, open_embedder
from ingest.settings import IngestSettings
from service.adjoining import adjoined
from service.answers import Dropped
from service.cited_words import evidence_for
from service.questions import understand
from service.resolving import Resolved, Resolver
from service.statement_stream import RawStatement
from service.support import SupportScorer
from service.verification import verify
from tests.service.articles import candidates_of, reading_of
from tests.service.evidence import block_of

PACT = (
    "Moreau said that the towns would work together in the second pillar of HARPAC.\n\n"
    "The first pillar, under which Nice will build twelve ferries, is not on offer."
)
MAKER = "Shares of Voltara fell.\n\nVoltara reported a loss for the third year.\n\n"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embed_threads=1))


@pytest.mark.parametrize(
    ("article", "statement"),
    [
        (PACT, "Nice will build twelve ferries under the first pillar of HARPAC."),
        (MAKER + "The company will close its plant in Lyon in May.", "Voltara will close its plant in Lyon in May."),
        (MAKER + "It will close its plant in Lyon in May.", "Voltara will close its plant in Lyon in May."),
    ],
    ids=["beside a shared word", "the company", "it"],
)  # fmt: skip
def test_a_name_one_sentence_earlier_is_cited_with_the_sentence(
    embedder: Embedder, article: str, statement: str
) -> None:
    last = candidates_of(article)[-1]
    wider = adjoined(statement, last)
    assert wider is not None
    assert (wider.first, wider.last, wider.end) == (last.first - 1, last.last, last.end)
    assert wider.text == wider.article.text[wider.start : wider.end]

    block = block_of(reading_of(article))
    question = "What about the plant, the ferries and the pillar?"
    judge = Resolver(
        understand(question), embedder.embed([question])[0], block, SupportScorer(embedder.embed), embedder.embed
    )  # fmt: skip
    label = next(one.label for _, lines in block.articles for one in lines if one.candidate.end == last.end)
    result = judge.resolve(RawStatement(statement, (label,)))
    assert isinstance(result, Resolved), result
    assert result.repaired
    assert [(one.first, one.last) for one in result.cited] == [(wider.first, wider.last)]
    assert verify(result.text, [evidence_for(result.text, one) for one in result.cited]).supported


@pytest.mark.parametrize(
    ("article", "statement"),
    [
        (MAKER + "Solbank will close its plant in Lyon in May.", "Voltara will close its plant in Lyon in May."),
        (
            "Shares of Solbank fell.\n\nVoltara sued Solbank.\n\nThe company will close its plant in Lyon.",
            "Solbank will close its plant in Lyon.",
        ),
        ("The harbour bridge opened.\n\nA tunnel is 240 metres long.", "The harbour bridge is 240 metres long."),
        ("Ada Moreau opened it.\n\nJean Petit said two bolts had failed.", "Ada Moreau said two bolts had failed."),
        (PACT, "Lyon will build twelve ferries under the first pillar."),
        ("The council of Lyon met.\n\nThe bridge is 240 metres long.", "The bridge of Lyon is 240 metres long."),
    ],
    ids=["another subject", "two that may be meant", "no name", "another speaker", "nowhere", "beside nothing shared"],
)  # fmt: skip
def test_it_names_nothing_where_the_name_does_not_belong(
    embedder: Embedder, article: str, statement: str
) -> None:
    assert adjoined(statement, candidates_of(article)[-1]) is None
    block = block_of(reading_of(article))
    question = "What about the plant, the ferries and the bridge?"
    judge = Resolver(
        understand(question), embedder.embed([question])[0], block, SupportScorer(embedder.embed), embedder.embed
    )  # fmt: skip
    assert isinstance(judge.resolve(RawStatement(statement)), Dropped)


def test_nothing_stands_before_the_first_sentence() -> None:
    assert adjoined("HARPAC is a pact.", candidates_of(PACT)[0]) is None

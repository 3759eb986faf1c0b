"""What the retriever finds over the sample articles, and what it says it covered."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.articles import ArticleFilter
from ingest.errors import UpstreamRefused
from service import retrieval
from service.questions import understand
from service.retrieval import Ingredients, Retrieved, Retriever
from service.wiring import Services

EVERYTHING = ArticleFilter()


def _retrieve(
    services: Services,
    question: str,
    filters: ArticleFilter = EVERYTHING,
    limit: int = 10,
    ingredients: Ingredients | None = None,
) -> Retrieved:
    retriever = Retriever(
        services._library, services._embedder, ingredients=ingredients if ingredients else Ingredients()
    )
    asked = understand(question, services._library.shelf().outlets)
    return retriever.retrieve(asked, filters, limit)


def test_hits_are_whole_chunks_best_first_without_boilerplate(sample_services: Services) -> None:
    found = _retrieve(sample_services, "What will the flood barrier cost?")
    assert found.hits[0].record.source.startswith("flood-barrier")
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    assert found.hits[0].score == 1.0
    for hit in found.hits:
        text = sample_services.article(hit.record.article_id).article.text
        assert hit.chunk.text == text[hit.chunk.start : hit.chunk.end]
        assert not hit.chunk.boilerplate


def test_an_outlet_in_the_question_limits_its_part_and_a_filter_overrules_it(
    sample_services: Services,
) -> None:
    question = "What did the Estuary Echo report about the flood barrier?"
    assert {hit.record.outlet for hit in _retrieve(sample_services, question).hits} == {"Estuary Echo"}
    others = ArticleFilter(frozenset({"Meridian Post"}))
    assert {hit.record.outlet for hit in _retrieve(sample_services, question, others).hits} == {
        "Meridian Post"
    }


def test_a_comparison_of_two_outlets_finds_both_among_the_first(sample_services: Services) -> None:
    found = _retrieve(
        sample_services,
        "Does the Estuary Echo say what the flood barrier costs, while the Touchline Daily describes the fans'"
        " march against the sale of the club?",
    )
    assert {hit.record.outlet for hit in found.hits[:4]} >= {"Estuary Echo", "Touchline Daily"}
    assert len(found.coverage.parts) >= 2


def test_a_filter_that_admits_nothing_finds_nothing(sample_services: Services) -> None:
    found = _retrieve(sample_services, "flood barrier", ArticleFilter(after="2099-01-01"))
    assert found.hits == []
    assert found.coverage.score == 0.0
    assert found.coverage.weakest is None


def test_coverage_is_higher_for_what_the_archive_tells(sample_services: Services) -> None:
    told = _retrieve(sample_services, "Who won the contract to build the flood barrier?").coverage
    untold = _retrieve(sample_services, "Which Peruvian volcano erupted beside a llama farm?").coverage
    assert told.score > untold.score + 0.1
    assert "volcano" in untold.unknown
    assert told.weakest is not None


@pytest.mark.parametrize(
    "left_out",
    [
        Ingredients(by_part=False),
        Ingredients(by_sentence=False),
        Ingredients(by_meaning=False),
        Ingredients(by_period=False),
        Ingredients(adaptive=False),
    ],
)
def test_every_ingredient_can_be_left_out(sample_services: Services, left_out: Ingredients) -> None:
    question = "Does the Estuary Echo report what the flood barrier will cost in all?"
    found = _retrieve(sample_services, question, ingredients=left_out)
    assert "flood-barrier" in found.hits[0].record.source


def test_what_fails_beside_the_embedding_is_raised(
    sample_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "What did the Estuary Echo report about the flood barrier, and who marched against the sale?"

    def refuse(*_: object, **__: object) -> None:
        raise UpstreamRefused("damaged")

    with monkeypatch.context() as changed:
        changed.setattr(sample_services._library.keywords(), "search", refuse)
        with pytest.raises(UpstreamRefused, match="damaged"):
            _retrieve(sample_services, question)
    monkeypatch.setattr(retrieval, "question_vectors", refuse)
    with pytest.raises(UpstreamRefused, match="damaged"):
        _retrieve(sample_services, question)


def test_passages_begin_in_the_line_that_the_article_says(sample_services: Services) -> None:
    for question in ("What will the flood barrier cost?", "Who won the match?"):
        for passage in sample_services.search(question):
            article = sample_services.article(passage.article_id).article
            assert passage.line == article.line_at(passage.start)


def test_the_library_answers_again_what_it_has_answered(sample_services: Services) -> None:
    library = sample_services._library
    ids = next(iter(library.shelf().records.values())).chunk_ids
    once, again = library.chunks([*ids, "gone.v1.00000"]), library.chunks([*ids[::-1], "gone.v1.00000"])
    assert list(once) == list(ids)
    assert list(again) == list(ids[::-1])
    assert all(once[one] is again[one] for one in ids)
    filters = ArticleFilter(frozenset({"estuary ECHO"}))
    admitted = library.admitted(filters)
    assert admitted
    assert admitted is library.admitted(filters)
    assert admitted == library.admitted(ArticleFilter(frozenset({"Estuary Echo"}), after="1900-01-01"))


class _Shortest:
    """A reranker that likes short passages."""

    name = "shortest"
    fingerprint = "shortest-1"

    def scores(self, question: str, passages: object) -> np.typing.NDArray[np.float32]:
        assert question
        assert isinstance(passages, list)
        return np.array([-len(text) for text in passages], np.float32)


def test_a_reranker_decides_the_order_of_the_first(sample_services: Services) -> None:
    retriever = Retriever(sample_services._library, sample_services._embedder, _Shortest())
    asked = understand("What will the flood barrier cost?", sample_services._library.shelf().outlets)
    lengths = [len(hit.chunk.text) for hit in retriever.retrieve(asked, EVERYTHING, 5).hits]
    assert lengths == sorted(lengths)
    assert len(lengths) == 5

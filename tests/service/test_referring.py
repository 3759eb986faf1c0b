"""A pronoun that opens a model's statement says in brackets whom it means, and is verified as that person."""

from __future__ import annotations

import pytest

from ingest.embedding import Embedder, open_embedder
from ingest.settings import IngestSettings
from service.answers import Dropped
from service.cited_words import evidence_for
from service.evidence_block import EvidenceBlock
from service.questions import understand
from service.referring import named, referred, unexplained, unreferred
from service.resolving import Resolved, Resolver
from service.statement_stream import RawStatement
from service.support import SupportScorer
from service.verification import verify
from tests.service.articles import candidates_of, reading_of
from tests.service.evidence import block_of

PORT = (
    "Daniel Petit inspected the port on Monday.\n\n"
    "He said that the crane could be repaired before the winter.\n\n"
    "Mary Moreau, a diver, found a bell on the ground of the port."
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embed_threads=1))


@pytest.fixture(scope="module")
def block() -> EvidenceBlock:
    return block_of(reading_of(PORT))


@pytest.fixture
def resolver(embedder: Embedder, block: EvidenceBlock) -> Resolver:
    question = "What happened at the port?"
    vector = embedder.embed([question])[0]
    return Resolver(understand(question), vector, block, SupportScorer(embedder.embed), embedder.embed)


def test_the_article_says_whom_its_own_pronoun_means() -> None:
    cited = [one for one in candidates_of(PORT) if "crane" in one.text]
    assert referred("He said that the crane could be repaired.", cited, "") == (
        "He [Daniel Petit] said that the crane could be repaired."
    )
    assert referred("His crane could be repaired.", cited, "").startswith("His [Daniel Petit’s] crane")


def test_else_the_model_s_own_words_before_it_do() -> None:
    cited = [one for one in candidates_of(PORT) if "bell" in one.text]
    before = "Mary Moreau is a diver."
    assert referred("She found a bell.", cited, before) == "She [Mary Moreau] found a bell."
    assert referred("She found a bell.", cited, "") == "She found a bell."
    assert unexplained("She found a bell.", cited) == "She"
    assert unexplained("She [Mary Moreau] found a bell.", cited) is None


@pytest.mark.parametrize(
    "text", ["Heather found a bell.", "The crane is old, he said.", "He [Daniel Petit] said so.", "He", ""]
)
def test_nothing_else_is_changed(text: str) -> None:
    assert referred(text, candidates_of(PORT), "Daniel Petit is an engineer.") == text


def test_the_name_stands_for_the_pronoun_when_words_are_compared() -> None:
    assert named("He [Daniel Petit] said so.") == "Daniel Petit said so."
    assert named("His [Daniel Petit’s] crane is old.") == "Daniel Petit’s crane is old."
    assert unreferred("He [Daniel Petit] said so.") == "He said so."
    assert named("Jean [the engineer] said so.") == "Jean [the engineer] said so."


def test_a_copied_sentence_is_shown_with_whom_it_means(resolver: Resolver) -> None:
    text = "He said that the crane could be repaired before the winter."
    result = resolver.resolve(RawStatement(text, ("1.2",)))
    assert isinstance(result, Resolved), result
    assert result.text == "He [Daniel Petit] said that the crane could be repaired before the winter."
    assert not result.repaired
    assert verify(result.text, [evidence_for(result.text, one) for one in result.cited]).supported


def test_a_person_that_the_articles_know_may_be_meant_by_any_pronoun() -> None:
    before = "The town was glad. Renata Okafor is a professor."
    people = ("Renata Okafor", "Imogen Hartley", "senior official")
    assert referred("She teaches.", (), before, people) == "She [Renata Okafor] teaches."
    assert referred("She teaches.", (), "Renata Okafor met Imogen Hartley.", people) == "She teaches."


def test_somebody_else_s_words_are_not_given_to_whom_the_model_spoke_of_last(resolver: Resolver) -> None:
    """ "He" is Petit in the article, whoever the model has just named."""
    resolver.resolve(RawStatement("Mary Moreau, a diver, found a bell.", ("1.3",)))
    result = resolver.resolve(RawStatement("She said that the crane could be repaired.", ("1.2",)))
    assert isinstance(result, Dropped), result


def test_whom_a_statement_is_about_is_not_left_open(resolver: Resolver) -> None:
    result = resolver.resolve(RawStatement("She found a bell on the ground of the port.", ("1.3",)))
    assert isinstance(result, Dropped)
    assert (result.reason, result.words) == ("name", "She")


def test_a_statement_about_whom_the_model_named_is_held_against_that_name(resolver: Resolver) -> None:
    resolver.resolve(RawStatement("Mary Moreau is a diver.", ("1.3",)))
    result = resolver.resolve(RawStatement("She found a bell on the ground of the port.", ("1.3",)))
    assert isinstance(result, Resolved), result
    assert result.text.startswith("She [Mary Moreau] found")

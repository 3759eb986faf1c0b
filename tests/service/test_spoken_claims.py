"""What somebody said is shown as his, whether an article quotes or reports it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.embedding import Embedder, open_embedder
from ingest.settings import IngestSettings, default_cache_dir
from service.answers import Dropped
from service.cited_words import evidence_for
from service.evidence_block import EvidenceBlock
from service.questions import understand
from service.resolving import Resolved, Resolver
from service.spoken_claims import compared, misattributed, unattributed
from service.statement_stream import RawStatement
from service.support import SupportScorer
from service.verification import verify
from tests.service.articles import candidates_of, reading_of
from tests.service.evidence import block_of

TUNNEL = (
    "The tunnel is 240 metres long.\n\n"
    "Jean Petit, who led the tests, said the tunnel was unsafe. "
    "A senior ministry official said on Tuesday that the tunnel would be closed for a year.\n\n"
    "Ada Moreau said that the tests were “a waste of money” for the town."
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embedder="bundled", cache_dir=default_cache_dir()))


def resolver(embedder: Embedder, block: EvidenceBlock, question: str) -> Resolver:
    vector = embedder.embed([question])[0]
    return Resolver(understand(question), vector, block, SupportScorer(embedder.embed), embedder.embed)


def shown(resolver: Resolver, text: str, *labels: str) -> Resolved:
    result = resolver.resolve(RawStatement(text, labels))
    assert isinstance(result, Resolved), result
    assert verify(result.text, [evidence_for(result.text, one) for one in result.cited]).supported
    return result


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("The tunnel was unsafe.", "[According to Jean Petit,] the tunnel was unsafe."),
        (
            "The tunnel will be closed for a year.",
            "[According to a senior ministry official,] the tunnel will be closed for a year.",
        ),
        (
            "The tests were “a waste of money” for the town.",
            "[According to Ada Moreau,] the tests were “a waste of money” for the town.",
        ),
        (
            "The tunnel is 240 metres long, and the tunnel was unsafe.",
            "The tunnel is 240 metres long, and [according to Jean Petit,] the tunnel was unsafe.",
        ),
    ],
)
def test_what_somebody_is_reported_to_have_said_gets_his_name(
    embedder: Embedder, text: str, shown_as: str
) -> None:
    block = block_of(reading_of(TUNNEL))
    result = shown(resolver(embedder, block, "What about the tunnel?"), text)
    assert result.text == shown_as
    assert result.repaired


@pytest.mark.parametrize(
    "text",
    [
        "Petit said the tunnel was unsafe.",
        "According to Petit, the tunnel was unsafe.",
        "A ministry official said the tunnel would be closed for a year.",
        "The tunnel is 240 metres long.",
    ],
)
def test_what_names_its_speaker_or_needs_none_is_left_as_it_is(embedder: Embedder, text: str) -> None:
    block = block_of(reading_of(TUNNEL))
    assert shown(resolver(embedder, block, "What about the tunnel?"), text).text == text


def test_a_fact_that_an_article_tells_itself_needs_no_speaker(embedder: Embedder) -> None:
    own = "The tunnel was unsafe, with cracks in both walls."
    block = block_of(reading_of(TUNNEL), reading_of(own, "own.txt"))
    judge = resolver(embedder, block, "What about the tunnel?")
    result = shown(judge, "The tunnel was unsafe.", "1.2")
    assert result.text == "The tunnel was unsafe."
    assert [one.article.source for one in result.cited] == ["own.txt"]


def test_the_report_of_an_outlet_or_author_is_no_claim_of_theirs(embedder: Embedder) -> None:
    report = "Imogen Hartley reported that the tunnel was unsafe."
    block = block_of(reading_of(report, authors=("Imogen Hartley",)))  # type: ignore[arg-type]
    judge = resolver(embedder, block, "What about the tunnel?")
    assert shown(judge, "The tunnel was unsafe.", "1.1").text == "The tunnel was unsafe."


def test_a_name_that_was_added_in_front_is_checked(embedder: Embedder) -> None:
    block = block_of(reading_of(TUNNEL))
    judge = resolver(embedder, block, "What about the tunnel?")
    assert shown(judge, "[According to Jean Petit,] the tunnel was unsafe.", "1.2")
    wrong = judge.resolve(RawStatement("[According to Ada Moreau,] the tunnel was unsafe.", ("1.2",)))
    assert isinstance(wrong, Dropped)
    assert wrong.reason in ("name", "attribution")


@pytest.mark.parametrize(
    "text",
    [
        "Japan has joined AUKUS.",
        "Japan will join AUKUS.",
        "Japan is a member of AUKUS.",
        "Biden said Japan had joined AUKUS.",
        "Australia has acquired nuclear-powered submarines.",
    ],
)
def test_what_an_article_holds_possible_is_not_shown_as_done(
    samples: Path, embedder: Embedder, text: str
) -> None:
    block = block_of(reading_of((samples / "aukus.md").read_text(encoding="utf-8"), "aukus.md"))
    judge = resolver(embedder, block, "Has Japan joined AUKUS?")
    labels = [one.label for _, lines in block.articles for one in lines if "exploring how" in one.line]
    assert labels
    assert isinstance(judge.resolve(RawStatement(text, tuple(labels))), Dropped)
    assert isinstance(judge.resolve(RawStatement(text)), Dropped)


def test_only_the_reported_words_need_a_speaker() -> None:
    candidate = next(one for one in candidates_of(TUNNEL) if "Petit" in one.text)
    claim = unattributed("The tunnel was unsafe.", [candidate])
    assert claim is not None
    assert (claim.speaker, claim.start, claim.quotation.kind) == ("Jean Petit", 0, "indirect")
    assert unattributed("Jean Petit led the tests.", [candidate]) is None
    torn = unattributed("The tunnel was unsafe, and Ames led the tests.", [candidate])
    assert torn is not None
    assert torn.start is None


def test_whose_words_they_are_is_not_compared_with_the_source() -> None:
    assert compared("[According to Jean Petit,] the tunnel was unsafe.") == "The tunnel was unsafe."
    assert compared("According to Petit, it was unsafe.") == "Petit, it was unsafe."
    assert compared("The tunnel was unsafe.") == "The tunnel was unsafe."


CRANES = (
    "Ada Moreau, the harbour master, said the crane was unsafe and had to be closed.\n\n"
    "The contractor has built cranes since 1960, and its owner lives in Lyon.\n\n"
    "The insurer wrote that the crane was too old for the port."
)


@pytest.mark.parametrize(
    ("text", "wronged"),
    [
        ("The contractor said the crane was unsafe and had to be closed.", "contractor"),
        ("The harbour master said the crane was unsafe and had to be closed.", None),
        ("The insurer said the crane was too old for the port.", None),
        ("The contractor said its owner lives in Lyon.", None),
    ],
    ids=["another's words", "what the speaker is called", "nobody known to have said it", "the article's own words"],
)  # fmt: skip
def test_a_speaker_called_by_a_common_noun_must_be_who_said_it(text: str, wronged: str | None) -> None:
    assert misattributed(text, candidates_of(CRANES)) == wronged

"""The gate notices: an engine that is broken on purpose fails it, and the run names the cause."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval.asking import Asker, InProcessAsker, open_asker
from eval.comparison import compare
from eval.failures import leading_causes
from eval.gate import Verdict, judge
from eval.gold import GoldCase, GoldSet, load
from eval.measures import Observation
from eval.runner import run
from eval.runs import Cause, Run
from eval.thresholds import Thresholds
from service import extractive
from service.answers import Citation
from service.llm import ChatMessage, LanguageModel
from service.settings import ServiceSettings
from service.templates import BUILT_IN
from service.terms import key_set
from service.wiring import Services
from tests.service.scripted_model import ScriptedGeneration, ScriptedModel

WITH_MODEL = Callable[[LanguageModel], Services]
GOLD = Path(__file__).parent.parent.parent / "eval" / "gold"
LIMITS = Thresholds(
    fail_under={"citation_verbatim": 1.0},
    max_regression={
        "correct": 0.02,
        "fact_coverage": 0.02,
        "source_precision": 0.02,
        "support": 0.02,
        "abstention_f1": 0.02,
    },
)


@pytest.fixture(scope="module")
def golds() -> list[GoldSet]:
    """Questions of every kind, from a file that is finished with and one of questions that need several articles."""
    one, several = load(GOLD / "samples.yaml"), load(GOLD / "samples-several.yaml")
    return [replace(one, cases=one.cases[::4]), replace(several, cases=several.cases[::3])]


@pytest.fixture(scope="module")
def asker(sample_services: Services) -> InProcessAsker:
    return InProcessAsker(sample_services)


@pytest.fixture(scope="module")
def before(golds: list[GoldSet], asker: InProcessAsker) -> Run:
    """The run of an engine that is whole."""
    return run(golds, asker)


def verdict_on(after: Run, before: Run) -> Verdict:
    return judge(after, LIMITS, compare(before, after))


def causes(after: Run, before: Run) -> list[Cause]:
    """What leads among all that is wrong, and among what is new."""
    return [leading_causes(after.cases)[0][0], compare(before, after).new_causes[0][0]]


def failed(verdict: Verdict) -> set[str]:
    return {check.measure for check in verdict.checks if not check.passed}


def test_nothing_changed_is_equal_and_passes(
    golds: list[GoldSet], asker: InProcessAsker, before: Run
) -> None:
    again = run(golds, asker)
    comparison = compare(before, again)
    assert comparison.equal
    assert not comparison.made_with
    assert not [*comparison.regressions, *comparison.improvements]
    assert all(
        one.difference == 0 and one.p_value == 1.0
        for name, one in comparison.measures.items()
        if not name.startswith("latency")
    )
    assert verdict_on(again, before).passed
    assert comparison.new_causes == ()


def test_retrieval_that_finds_one_passage(
    golds: list[GoldSet], sample_services: Services, before: Run
) -> None:
    settings = sample_services.settings.model_copy(update={"retrieve_limit": 1})
    crippled = Services(settings, sample_services._store, sample_services._embedder, None)
    after = run(golds, InProcessAsker(crippled))
    assert {"correct", "fact_coverage"} <= failed(verdict_on(after, before))
    assert causes(after, before) == ["retrieval", "retrieval"]
    assert "setting retrieve_limit 40 is now 1" in compare(before, after).made_with


def test_abstention_switched_off(
    golds: list[GoldSet], asker: InProcessAsker, before: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractive, "refuse", lambda *_: None)
    monkeypatch.setattr(extractive, "objection", lambda *_: None)
    after = run(golds, asker)
    assert {"correct", "abstention_f1"} <= failed(verdict_on(after, before))
    assert causes(after, before) == ["answered", "answered"]


class Shuffled:
    """An asker whose citations are those of the answer before: whole, or only their places."""

    def __init__(self, asker: Asker, mix: Callable[[Citation, Citation], Citation]) -> None:
        self.subject, self.context = asker.subject, asker.context
        self._asker = asker
        self._mix = mix
        self._last: tuple[Citation, ...] = ()

    def ask(self, case: GoldCase, key: str) -> Observation:
        found = self._asker.ask(case, key)
        if found.answer is None or not found.answer.citations:
            return found
        last, self._last = self._last or found.answer.citations, found.answer.citations
        mixed = tuple(
            self._mix(own, last[number % len(last)]) for number, own in enumerate(found.answer.citations)
        )
        return replace(found, answer=found.answer.model_copy(update={"citations": mixed}))


def test_citations_shuffled_between_answers(golds: list[GoldSet], asker: InProcessAsker, before: Run) -> None:
    after = run(golds, Shuffled(asker, lambda own, other: other.model_copy(update={"id": own.id})))
    assert {"correct", "source_precision", "support"} <= failed(verdict_on(after, before))
    assert causes(after, before) == ["source", "source"]


def test_quotes_shuffled_between_places(golds: list[GoldSet], asker: InProcessAsker, before: Run) -> None:
    def misplaced(own: Citation, other: Citation) -> Citation:
        return own.model_copy(update={"start": other.start, "end": other.end})

    after = run(golds, Shuffled(asker, misplaced))
    assert "citation_verbatim" in failed(verdict_on(after, before))
    assert causes(after, before) == ["citation", "citation"]


def test_an_article_deleted(golds: list[GoldSet], before: Run, samples: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "articles"
    shutil.copytree(samples, corpus)
    lost = max(
        {source for gold in golds for case in gold.cases for source in case.sources}, key=_asked_in(golds)
    )
    (corpus / lost).unlink()
    with open_asker(
        ServiceSettings(data_dir=tmp_path / "index"), corpus=corpus, engine="extractive"
    ) as asker:
        after = run(golds, asker)
    assert {"correct", "fact_coverage"} <= failed(verdict_on(after, before))
    assert causes(after, before)[1] == "missing-article"
    assert any(lost in problem.words for case in after.cases for problem in case.attempts[0].problems)
    assert any(line.startswith("articles ") for line in compare(before, after).made_with)


def _asked_in(golds: Sequence[GoldSet]) -> Callable[[str], int]:
    """How many cases may cite only a source: without it, they have no answer."""
    return lambda source: sum(case.sources == (source,) for gold in golds for case in gold.cases)


RULE = "Write one to four short sentences that answer the question."
SABOTAGE = "Write every numbered sentence that shares a word with the question."


_NOTE = re.compile(r" \([^()]+: [^()]+\)$")
"""Whom a pronoun means, as the evidence says beside a sentence."""


class ObedientModel(ScriptedModel):
    """Does as its prompt says: copies the numbered sentence that shares most words with the question, or as many as it
    is told to."""

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> ScriptedGeneration:
        many = any(SABOTAGE in message.content for message in messages)
        prompt = messages[-1].content
        wanted = key_set(prompt.rpartition("Question: ")[2].partition("\n")[0])
        sentences = re.findall(r"^\[(\d+\.\d+)\] (.+)$", prompt, re.MULTILINE)
        nearest = sorted(sentences, key=lambda found: -len(wanted & key_set(found[1])))
        taken = [(label, _NOTE.sub("", words)) for label, words in nearest[: 8 if many else 1]]
        self._script = tuple(f"{words} [{label}] " for label, words in taken)
        return super().stream(messages, max_tokens=max_tokens, temperature=temperature)


def test_a_prompt_sabotaged(sample_services: Services, services_with: WITH_MODEL, tmp_path: Path) -> None:
    """Not by inventions or refusals, which the engine makes good, but by true words that are beside the point."""
    prompt = (BUILT_IN / "answer.md").read_text(encoding="utf-8")
    assert RULE in prompt
    (tmp_path / "answer.md").write_text(prompt.replace(RULE, SABOTAGE), encoding="utf-8")
    gold = load(GOLD / "samples.yaml")
    some = [replace(gold, cases=gold.cases[:28:3])]
    model = ObedientModel()
    before = run(some, InProcessAsker(services_with(model), model=model))
    assert (before.figures["source_precision"].value or 0) > 0.9
    model = ObedientModel()
    settings = sample_services.settings.model_copy(update={"prompts_dir": tmp_path})
    sabotaged = Services(settings, sample_services._store, sample_services._embedder, None, model=model)
    after = run(some, InProcessAsker(sabotaged, model=model))
    assert "source_precision" in failed(verdict_on(after, before))
    assert causes(after, before) == ["source", "source"]
    made_with = compare(before, after).made_with
    assert len(made_with) == 1
    assert made_with[0].startswith("prompt answer ")

"""Runs: asked, measured, kept, resumed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from eval.asking import InProcessAsker, Subject, open_asker
from eval.comparison import compare
from eval.gold import GoldCase, GoldSet, load
from eval.measures import Observation
from eval.origins import code_reference, settings_told
from eval.runner import run
from eval.runs import CodeReference, Configuration, IndexReference, Run, load_run
from ingest.errors import InvalidRequest, SettingsError
from service.answers import Answer
from service.settings import ServiceSettings
from service.wiring import Services
from tests.eval.made_runs import answer

PROJECT = Path(__file__).parent.parent.parent
GOLD = PROJECT / "eval" / "gold" / "samples.yaml"


class NoArticles:
    """A context without articles."""

    def text_of(self, article_id: str) -> str:
        return ""

    def sources(self) -> frozenset[str]:
        return frozenset({"a.txt"})

    def similarity(self, a: str, b: str) -> float | None:
        return None

    def speakers_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        return ()

    def names_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        return ()


class MadeAsker:
    """Answers every case alike, and remembers which were asked. `reply` may raise, or give another answer."""

    def __init__(
        self, reply: Callable[[str], Answer | str] = lambda _key: answer(), *, content: str = "c1"
    ) -> None:
        self.asked: list[str] = []
        self.context = NoArticles()
        self.subject = Subject(
            code=CodeReference(version="1", files="f1"),
            index=IndexReference(
                embedder="e", fingerprint="e", generation=1, articles=1, chunks=1, content=content
            ),
            configuration=Configuration(engine="extractive"),
        )
        self._reply = reply

    def ask(self, case: GoldCase, key: str) -> Observation:
        self.asked.append(key)
        reply = self._reply(key)
        if isinstance(reply, str):
            return Observation(None, reply, (), 1.0)
        return Observation(reply, None, (), 1.0)


@pytest.fixture
def gold(tmp_path: Path) -> GoldSet:
    """Six cases: four that May answers, and two that nothing does."""
    path = tmp_path / "made.yaml"
    cases = [f'  - {{id: c{n}, question: "When?", facts: [[May]], sources: [a.txt]}}' for n in range(4)]
    cases += [f'  - {{id: n{n}, question: "Who?", expect: abstain}}' for n in range(2)]
    path.write_text("cases:\n" + "\n".join(cases) + "\n", encoding="utf-8")
    return load(path)


def test_a_run_holds_every_case_in_order_with_scores_and_what_made_it(gold: GoldSet, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    told: list[tuple[int, int]] = []
    result = run([gold], MadeAsker(), file=file, concurrency=3, tell=lambda *now: told.append(now))
    assert [case.key for case in result.cases] == [
        "made/c0",
        "made/c1",
        "made/c2",
        "made/c3",
        "made/n0",
        "made/n1",
    ]
    assert result.figures["correct"].value == pytest.approx(4 / 6)
    assert [problem.cause for problem in result.cases[4].attempts[0].problems] == ["answered"]
    assert result.finished_at is not None
    assert (result.gold[0].cases, len(result.gold[0].sha256)) == (6, 64)
    assert (result.configuration.concurrency, result.configuration.repeats) == (3, 1)
    assert (told[0], told[-1]) == ((0, 6), (6, 6))
    assert load_run(file) == result
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_repeats_ask_every_case_again(gold: GoldSet) -> None:
    flips: dict[str, int] = {}

    def flaky(key: str) -> Answer:
        flips[key] = flips.get(key, 0) + 1
        return answer("It opened in June.") if key == "made/c1" and flips[key] == 2 else answer()

    result = run([gold], MadeAsker(flaky), repeats=3)
    assert {len(case.attempts) for case in result.cases} == {3}
    assert [one.scores["correct"] for one in result.cases[1].attempts] == [1.0, 0.0, 1.0]


def test_a_question_that_fails_is_kept_as_an_error_and_the_run_goes_on(gold: GoldSet) -> None:
    result = run([gold], MadeAsker(lambda key: "the server is gone" if key == "made/c2" else answer()))
    failed = result.cases[2].attempts[0]
    assert (failed.answer, failed.error) == (None, "the server is gone")
    assert failed.problems[0].cause == "error"
    assert result.figures["correct"].value == pytest.approx(3 / 6)


class Stop(BaseException):
    """As Ctrl-C would."""


def interrupted(gold: GoldSet, file: Path, after: int, *, repeats: int = 1) -> Run:
    """A run that was stopped when so many questions had been asked."""

    def stopping(done: int, _total: int) -> None:
        if done == after:
            raise Stop

    with pytest.raises(Stop):
        run([gold], MadeAsker(), file=file, repeats=repeats, concurrency=1, tell=stopping)
    return load_run(file)


def test_a_run_that_is_stopped_keeps_what_was_asked_and_resumes_with_the_rest(
    gold: GoldSet, tmp_path: Path
) -> None:
    file = tmp_path / "run.json"
    part = interrupted(gold, file, 4)
    assert part.finished_at is None
    assert len(part.cases) == 4
    asker = MadeAsker()
    whole = run([gold], asker, file=file, resumed=part)
    assert asker.asked == ["made/n0", "made/n1"]
    assert (whole.id, whole.started_at) == (part.id, part.started_at)
    assert whole.finished_at is not None
    assert compare(run([gold], MadeAsker()), whole).equal


def test_a_resumed_run_asks_again_what_failed_and_repeats_that_are_missing(
    gold: GoldSet, tmp_path: Path
) -> None:
    failed = run([gold], MadeAsker(lambda key: "gone" if key == "made/c0" else answer()))
    asker = MadeAsker()
    assert run([gold], asker, resumed=failed).figures["correct"].value == pytest.approx(4 / 6)
    assert asker.asked == ["made/c0"]
    part = interrupted(gold, tmp_path / "run.json", 8, repeats=2)
    asker = MadeAsker()
    whole = run([gold], asker, resumed=part, repeats=2)
    assert asker.asked == ["made/c2", "made/c3", "made/n0", "made/n1"]
    assert {len(case.attempts) for case in whole.cases} == {2}


def test_a_finished_run_resumes_with_nothing_to_ask(gold: GoldSet) -> None:
    asker = MadeAsker()
    assert run([gold], asker, resumed=run([gold], MadeAsker())).cases
    assert not asker.asked


def test_a_run_does_not_resume_with_something_else(gold: GoldSet) -> None:
    before = run([gold], MadeAsker())
    with pytest.raises(InvalidRequest, match="articles c1 is now c2"):
        run([gold], MadeAsker(content="c2"), resumed=before)
    with pytest.raises(InvalidRequest, match="repeats 1 is now 2"):
        run([gold], MadeAsker(), resumed=before, repeats=2)
    other = MadeAsker()
    other.subject = replace(
        other.subject,
        code=CodeReference(version="1", files="f2"),
        prompts={"answer": "abc"},
        configuration=Configuration(engine="llm", settings={"retrieve_limit": "5"}),
    )
    with pytest.raises(InvalidRequest) as caught:
        run([gold], other, resumed=before)
    for said in (
        "code f1 is now f2",
        "prompt answer not there is now abc",
        "engine extractive is now llm",
        "setting retrieve_limit not there is now 5",
    ):
        assert said in str(caught.value)
    gold.path.write_text(gold.path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"gold set made .* is now"):
        run([gold], MadeAsker(), resumed=before)
    assert run([load(gold.path)], MadeAsker(), concurrency=5).cases  # how many at a time is nobody's affair


def test_questions_are_asked_side_by_side(gold: GoldSet) -> None:
    together = threading.Barrier(3, timeout=10)

    def meet(_key: str) -> Answer:
        together.wait()
        return answer()

    assert len(run([gold], MadeAsker(meet), concurrency=3).cases) == 6


def test_two_gold_sets_of_one_name_are_refused(gold: GoldSet) -> None:
    with pytest.raises(InvalidRequest, match="called made"):
        run([gold, gold], MadeAsker())


def test_a_file_that_cannot_be_written_says_so(gold: GoldSet, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        run([gold], MadeAsker(), file=tmp_path / "none" / "run.json")


def test_the_samples_are_answered_in_process(sample_services: Services) -> None:
    gold = load(GOLD)
    some = replace(gold, cases=gold.cases[::4])
    asker = InProcessAsker(sample_services)
    result = run([some], asker)
    assert result.figures["citation_verbatim"].value == 1.0
    assert (result.figures["fact_coverage"].value or 0) > 0.8
    assert all(attempt.found for case in result.cases for attempt in case.attempts)
    assert result.index.articles == 20
    assert result.index.fingerprint.startswith("minilm") or "-c" in result.index.fingerprint
    assert result.code == code_reference()
    assert result.configuration.engine == "extractive"
    assert not result.prompts
    assert compare(result, run([some], asker, concurrency=2)).equal


def test_an_engine_that_is_not_there_is_refused(sample_services: Services) -> None:
    with pytest.raises(InvalidRequest, match="only extractive is available"):
        InProcessAsker(sample_services, engine="llm")


def test_a_question_that_breaks_the_engine_is_a_finding(
    sample_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(sample_services._answerer, "events", broken)
    found = InProcessAsker(sample_services).ask(load(GOLD).cases[0], "samples/x")
    assert found.error == "unexpected ZeroDivisionError: by zero"


def test_a_corpus_without_articles_is_refused(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "unused")
    for folder in (tmp_path / "none", tmp_path):
        with (
            pytest.raises(InvalidRequest, match=str(folder)),
            open_asker(settings, corpus=folder, engine="extractive"),
        ):
            pass
    assert not (tmp_path / "unused").exists()


def test_what_a_run_tells_of_settings_holds_no_secret() -> None:
    settings = ServiceSettings(openai_api_key="sk-secret", openai_base_url="http://host/v1")  # type: ignore[arg-type]
    told = settings_told(settings, model=True)
    assert {"embedder", "retrieve_limit", "llm_evidence_tokens"} <= set(told)
    assert "secret" not in str(told)
    assert "host" not in str(told)

"""What is counted of answers and model calls, read back from the exposition by Prometheus' own parser."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.answers import Answer, Diagnostics, Dropped, DropReason, Statement, Timings, Usage
from service.summaries import Summary
from service.telemetry import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample of an exposition by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }


def answer(shown: int, *, repaired: int = 0, dropped: tuple[DropReason, ...] = ()) -> Answer:
    """An answer of the model with so many statements."""
    return Answer(
        status="answered" if shown else "abstained",
        question="?",
        answer="!",
        statements=tuple(
            Statement(text=f"Statement {n}.", citations=(1,), support="verified") for n in range(shown)
        ),
        engine="llm",
        usage=Usage(prompt_tokens=100, completion_tokens=20),
        timings_ms=Timings(retrieve=20, compose=4000, verify=0),
        diagnostics=Diagnostics(
            written=shown + len(dropped),
            repaired=repaired,
            dropped=tuple(Dropped(text="Not so.", reason=reason) for reason in dropped),
        ),
    )


def test_an_answer_is_counted_with_its_statements_tokens_and_steps() -> None:
    metrics = Metrics()
    metrics.observe_answer(answer(3, repaired=1, dropped=("value", "value", "name")))
    metrics.observe_answer(answer(0, dropped=("uncited",)))
    found = samples(metrics)
    assert found["dateline_answers_total", ("llm", "answered")] == 1
    assert found["dateline_answers_total", ("llm", "abstained")] == 1
    assert found["dateline_statements_total", ("llm", "shown")] == 2
    assert found["dateline_statements_total", ("llm", "repaired")] == 1
    assert found["dateline_statements_total", ("llm", "dropped")] == 4
    assert found["dateline_dropped_statements_total", ("value",)] == 2
    assert found["dateline_dropped_statements_total", ("name",)] == 1
    assert found["dateline_dropped_statements_total", ("uncited",)] == 1
    assert found["dateline_model_tokens_total", ("prompt",)] == 200
    assert found["dateline_model_tokens_total", ("completion",)] == 40
    assert found["dateline_answer_seconds_sum", ("llm", "compose")] == pytest.approx(8.0)
    assert found["dateline_answer_seconds_count", ("llm", "verify")] == 2
    assert found["dateline_answer_seconds_bucket", ("llm", "0.01", "retrieve")] == 0
    assert found["dateline_answer_seconds_bucket", ("llm", "0.025", "retrieve")] == 2


def test_a_summary_is_counted_by_style_engine_and_status() -> None:
    metrics = Metrics()
    said = answer(2, dropped=("value", "off-topic"))
    statuses: tuple[Literal["summarized", "abstained"], ...] = ("summarized", "abstained")
    for status in statuses:
        metrics.observe_summary(
            Summary(
                status=status,
                subject="rain",
                style="bullets",
                summary="!",
                statements=said.statements if status == "summarized" else (),
                engine="llm" if status == "summarized" else "extractive",
                usage=said.usage,
                diagnostics=said.diagnostics if status == "summarized" else Diagnostics(),
            )
        )
    found = samples(metrics)
    assert found["dateline_summaries_total", ("llm", "summarized", "bullets")] == 1
    assert found["dateline_summaries_total", ("extractive", "abstained", "bullets")] == 1
    assert found["dateline_summaries_total", ("llm", "summarized", "compare")] == 0
    assert found["dateline_summary_statements_total", ("llm", "shown")] == 2
    assert found["dateline_summary_statements_total", ("llm", "dropped")] == 2
    assert found["dateline_dropped_statements_total", ("value",)] == 1
    assert found["dateline_dropped_statements_total", ("off-topic",)] == 1
    assert found["dateline_model_tokens_total", ("prompt",)] == 200
    assert found["dateline_answers_total", ("llm", "answered")] == 0


def test_what_can_be_named_beforehand_begins_at_zero() -> None:
    found = samples(Metrics())
    for name, labels in (
        ("dateline_answers_total", ("extractive", "abstained")),
        ("dateline_statements_total", ("llm", "repaired")),
        ("dateline_dropped_statements_total", ("quotation",)),
        ("dateline_model_requests_total", ("cancelled",)),
        ("dateline_model_tokens_total", ("completion",)),
    ):
        assert found[name, labels] == 0


def test_model_requests_are_counted_by_their_end() -> None:
    metrics = Metrics()
    for outcome in ("ok", "ok", "rate-limited"):
        metrics.observe_model_request(outcome)
    found = samples(metrics)
    assert found["dateline_model_requests_total", ("ok",)] == 2
    assert found["dateline_model_requests_total", ("rate-limited",)] == 1


def test_a_method_that_http_does_not_know_makes_no_series_of_its_own() -> None:
    metrics = Metrics()
    for method in ("BREW", "WHEN", "GET"):
        metrics.observe_http_request("/", method, 405, 0.001)
    found = samples(metrics)
    assert found["dateline_http_requests_total", ("other", "/", "405")] == 2
    assert found["dateline_http_requests_total", ("GET", "/", "405")] == 1


def test_there_is_no_series_of_birthdays() -> None:
    metrics = Metrics()
    metrics.observe_answer(answer(1))
    assert not [name for name, _ in samples(metrics) if name.endswith("_created")]


def test_two_servers_count_apart_and_nothing_is_global() -> None:
    from prometheus_client import REGISTRY

    first, second = Metrics(), Metrics()
    first.observe_answer(answer(1))
    assert samples(second)["dateline_answers_total", ("llm", "answered")] == 0
    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("dateline")]


def test_threads_lose_no_count() -> None:
    metrics = Metrics()
    given = answer(2, repaired=1, dropped=("name",))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(metrics.observe_answer, [given] * 400))
    found = samples(metrics)
    assert found["dateline_answers_total", ("llm", "answered")] == 400
    assert found["dateline_statements_total", ("llm", "repaired")] == 400
    assert found["dateline_model_tokens_total", ("prompt",)] == 40_000


def test_importing_it_imports_no_prometheus() -> None:
    code = (
        "import sys, service.telemetry, service.cli, service.wiring; "
        "sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""What Dateline counts about itself, for Prometheus: answers, summaries, model calls, HTTP requests.

One `Metrics` belongs to one server: whoever composes it makes it and passes it on. Nothing is counted globally.
`prometheus_client` takes a fifth of a second to import, so it is imported when a `Metrics` is made, and commands that
serve nothing make none. Label values come from fixed sets, never from what callers send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, get_args

from service.answers import Answer, DropReason
from service.kept_answers import NO_WORK
from service.summaries import STYLES, Summary

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

    from service.readiness import Readiness

Engine = Literal["extractive", "llm"]

ModelOutcome = Literal["ok", "rate-limited", "unavailable", "refused", "cancelled"]
"""How a request to a model ended: `unavailable` covers time-outs, server errors and connections that broke."""

EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STEP_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""From an extractive step to the slowest answer of a local model."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"


class Metrics:
    """Counters and histograms on a registry of their own. Safe to share between threads."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)

        def counter(name: str, help_text: str, *labels: str) -> Counter:
            return Counter(name, help_text, labels, registry=self._registry)

        def gauge(name: str, help_text: str, *labels: str) -> Gauge:
            return Gauge(name, help_text, labels, registry=self._registry)

        def histogram(name: str, help_text: str, *labels: str) -> Histogram:
            return Histogram(name, help_text, labels, buckets=STEP_BUCKETS_S, registry=self._registry)

        self._answers = counter(
            "dateline_answers", "Questions answered or abstained from", "engine", "status"
        )
        self._statements = counter(
            "dateline_statements",
            "Statements: shown as composed, shown with a citation Dateline found (repaired), or dropped",
            "engine",
            "outcome",
        )
        self._dropped = counter(
            "dateline_dropped_statements", "Statements of a model that are not shown, by reason", "reason"
        )
        self._summaries = counter(
            "dateline_summaries", "Summaries made or abstained from", "style", "engine", "status"
        )
        self._summary_statements = counter(
            "dateline_summary_statements",
            "Statements of summaries: shown, or written by a model (about one article or all) and dropped",
            "engine",
            "outcome",
        )
        self._model_requests = counter(
            "dateline_model_requests", "Requests to the language model, by how they ended", "outcome"
        )
        self._model_tokens = counter("dateline_model_tokens", "Tokens of the language model", "kind")
        self._answer_seconds = histogram(
            "dateline_answer_seconds", "Time that one step of an answer took", "engine", "step"
        )
        self._requests = counter("dateline_http_requests", "HTTP requests", "route", "method", "status")
        self._request_seconds = histogram(
            "dateline_http_request_seconds", "Time until an HTTP response was sent whole", "route", "method"
        )
        self._in_progress = Gauge(
            "dateline_http_requests_in_progress", "HTTP requests being answered", registry=self._registry
        )
        self._lines = gauge(
            "dateline_line_places", "Requests that are worked on, or wait for their turn", "line", "state"
        )
        self._line_seconds = histogram(
            "dateline_line_wait_seconds", "Time that a request waited for its turn", "line"
        )
        self._shed = counter(
            "dateline_shed_requests",
            "Requests told to come back: the line was full, or the wait too long (late)",
            "route",
            "reason",
        )
        self._looks = counter(
            "dateline_kept_answer_looks", "Looks for an answer that was given before", "outcome"
        )
        self._begin_at_zero()

    def watch(self, ready: Callable[[], Readiness], model_queue: Callable[[], tuple[int, int]]) -> None:
        """Show the index and the model's queue as they are whenever somebody scrapes. Call it once.

        `model_queue` gives how many texts wait for the model and how many it is writing.
        """
        self._registry.register(_Watched(ready, model_queue))

    def _begin_at_zero(self) -> None:
        """Make the series whose labels are known, so that the first event is a rise and no appearance."""
        for engine in get_args(Engine):
            for status in ("answered", "abstained"):
                self._answers.labels(engine, status)
            for outcome in ("shown", "repaired", "dropped"):
                self._statements.labels(engine, outcome)
            for style in STYLES:
                for status in ("summarized", "abstained"):
                    self._summaries.labels(style, engine, status)
            for outcome in ("shown", "dropped"):
                self._summary_statements.labels(engine, outcome)
        for reason in get_args(DropReason):
            self._dropped.labels(reason)
        for ended in get_args(ModelOutcome):
            self._model_requests.labels(ended)
        for kind in ("prompt", "completion"):
            self._model_tokens.labels(kind)
        for line in ("questions", "summaries"):
            self.observe_line(line, 0, 0)
            self._line_seconds.labels(line)
        for route in ("ask", "search", "quotes", "chat/completions", "summarize"):
            for reason in ("full", "late"):
                self._shed.labels(f"/v1/{route}", reason)
        for looked in ("found", "absent"):
            self._looks.labels(looked)

    def observe_answer(self, answer: Answer) -> None:
        """Count one answer: its outcome, its statements, what was dropped and why, its tokens and its steps.

        `shown`, `repaired` and `dropped` do not overlap: their sum is what was composed.
        """
        engine, diagnostics = answer.engine, answer.diagnostics
        self._answers.labels(engine, answer.status).inc()
        repaired = min(diagnostics.repaired, len(answer.statements))
        for outcome, count in (
            ("shown", len(answer.statements) - repaired),
            ("repaired", repaired),
            ("dropped", len(diagnostics.dropped)),
        ):
            self._statements.labels(engine, outcome).inc(count)
        for dropped in diagnostics.dropped:
            self._dropped.labels(dropped.reason).inc()
        self._model_tokens.labels("prompt").inc(answer.usage.prompt_tokens)
        self._model_tokens.labels("completion").inc(answer.usage.completion_tokens)
        timings = answer.timings_ms
        if timings == NO_WORK:
            return
        for step, spent_ms in (
            ("retrieve", timings.retrieve),
            ("compose", timings.compose),
            ("verify", timings.verify),
        ):
            self._answer_seconds.labels(engine, step).observe(spent_ms / 1000)

    def observe_summary(self, summary: Summary) -> None:
        """Count one summary: its outcome, its statements, what was dropped and why, its tokens."""
        engine, dropped = summary.engine, summary.diagnostics.dropped
        self._summaries.labels(summary.style, engine, summary.status).inc()
        self._summary_statements.labels(engine, "shown").inc(len(summary.statements))
        self._summary_statements.labels(engine, "dropped").inc(len(dropped))
        for one in dropped:
            self._dropped.labels(one.reason).inc()
        self._model_tokens.labels("prompt").inc(summary.usage.prompt_tokens)
        self._model_tokens.labels("completion").inc(summary.usage.completion_tokens)

    def observe_model_request(self, outcome: ModelOutcome) -> None:
        """Count one request to the language model, each attempt by itself."""
        self._model_requests.labels(outcome).inc()

    def observe_http_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP request. `route` is the route's template, never the path that was asked for."""
        method = method if method in METHODS else OTHER_METHOD
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route, method).observe(seconds)

    def observe_line(self, line: str, running: int, waiting: int) -> None:
        """Note how many requests of a line are worked on and wait now."""
        self._lines.labels(line, "running").set(running)
        self._lines.labels(line, "waiting").set(waiting)

    def observe_admitted(self, line: str, waited_s: float) -> None:
        """Count one request whose turn has come."""
        self._line_seconds.labels(line).observe(waited_s)

    def observe_shed(self, route: str, reason: str) -> None:
        """Count one request that was told to come back. `route` is the route's template."""
        self._shed.labels(route, reason).inc()

    def observe_kept_answer(self, found: bool) -> None:
        """Count one look for an answer that was given before."""
        self._looks.labels("found" if found else "absent").inc()

    def http_request_in_progress(self, change: Literal[1, -1]) -> None:
        """Note that a request begins (1) or has ended (-1)."""
        self._in_progress.inc(change)

    def exposition(self) -> bytes:
        """Everything counted, in Prometheus' text format (`EXPOSITION_TYPE`)."""
        from prometheus_client import generate_latest

        return generate_latest(_WithoutBirthdays(self._registry))


class _Watched:
    """Gauges that are looked up when they are asked for."""

    def __init__(self, ready: Callable[[], Readiness], model_queue: Callable[[], tuple[int, int]]) -> None:
        self._ready = ready
        self._model_queue = model_queue

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import GaugeMetricFamily

        found = self._ready()
        waiting, writing = self._model_queue()
        for name, help_text, value in (
            ("dateline_ready", "Whether questions can be answered", int(found.ready)),
            ("dateline_index_generation", "Number of the index's last change", found.generation),
            ("dateline_index_articles", "Articles in the index", found.articles),
            ("dateline_index_chunks", "Chunks in the index", found.chunks),
            ("dateline_model_degraded", "Whether the model is left alone", int(found.model == "degraded")),
            (
                "dateline_shared_store_unreachable",
                "Whether what replicas share cannot be used",
                int(found.shared_store == "unreachable"),
            ),
            ("dateline_model_waiting", "Texts that wait for the model", waiting),
            ("dateline_model_writing", "Texts that the model is writing", writing),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, help_text, value=value)

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must not look anything up."""
        return iter(())


class _WithoutBirthdays:
    """A registry's metrics without the `_created` series, which in the text format are one more line a series.

    `prometheus_client` can leave them out only for the whole process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric

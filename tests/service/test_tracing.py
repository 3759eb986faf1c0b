"""Traces: one of each answer, with its steps, continued from the caller's, and only where somebody asked for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)

from ingest.errors import SettingsError, UpstreamUnavailable
from service.events import AskEvent, PassagesEvent
from service.request_context import REQUEST_ID, TRACEPARENT
from service.summaries import SummaryRequest
from service.tracing import Tracing
from service.wiring import Services

QUESTION = "What did Biden say about AUKUS?"


def failing() -> Iterator[AskEvent]:
    """An answer that breaks off."""
    yield PassagesEvent(())
    raise UpstreamUnavailable("with words of the question")


class Kept(SpanExporter):
    """Keeps spans."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def tracing(kept: Kept) -> Iterator[Tracing]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    made = Tracing(provider)
    yield made
    made.close()


@pytest.fixture
def traced(sample_services: Services, tracing: Tracing) -> Iterator[Services]:
    sample_services.tracing = tracing
    yield sample_services
    sample_services.tracing = None


def test_an_answer_has_a_span_for_each_step(traced: Services, kept: Kept) -> None:
    request_id = REQUEST_ID.set("abc-1")
    parent = TRACEPARENT.set(f"00-{'a' * 32}-{'b' * 16}-01")
    try:
        answer = traced.ask(QUESTION)
    finally:
        REQUEST_ID.reset(request_id)
        TRACEPARENT.reset(parent)
    ask = next(span for span in kept.spans if span.name == "ask")
    steps = [span for span in kept.spans if span is not ask]
    assert [span.name for span in steps] == ["retrieve", "compose", "verify"]
    assert ask.context is not None
    assert ask.parent is not None
    assert (ask.context.trace_id, ask.parent.span_id) == (int("a" * 32, 16), int("b" * 16, 16))
    assert ask.start_time is not None
    assert ask.end_time is not None
    at_ns = ask.start_time
    for span in steps:
        assert span.parent is not None
        assert span.parent.span_id == ask.context.span_id
        assert span.start_time == at_ns
        assert span.end_time is not None
        at_ns = span.end_time
    spent_ms = answer.timings_ms.retrieve + answer.timings_ms.compose + answer.timings_ms.verify
    assert (at_ns - ask.start_time) / 1e6 == pytest.approx(spent_ms, abs=0.01)
    attributes = dict(ask.attributes or {})
    assert attributes["dateline.status"] == "answered"
    assert attributes["dateline.engine"] == "extractive"
    assert attributes["dateline.statements"] == len(answer.statements)
    assert attributes["request.id"] == "abc-1"
    assert not any("AUKUS" in str(value) for value in attributes.values())


def test_a_summary_has_a_span(traced: Services, kept: Kept) -> None:
    assert traced.summarize(SummaryRequest(topic="AUKUS")).status == "summarized"
    assert [span.name for span in kept.spans] == ["summarize"]


def test_a_failure_and_a_reader_who_leaves_end_the_span(tracing: Tracing, kept: Kept) -> None:
    with pytest.raises(UpstreamUnavailable):
        list(tracing.watching(failing(), "ask"))
    left = tracing.watching(failing(), "ask")
    next(left)
    left.close()  # type: ignore[attr-defined]
    failed, gone = kept.spans
    assert (failed.status.is_ok, failed.status.description) == (False, "UpstreamUnavailable")
    assert dict(gone.attributes or {})["dateline.left"] is True


def test_nothing_is_sent_unless_an_endpoint_is_named() -> None:
    assert Tracing.from_environment({}) is None
    there = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    assert Tracing.from_environment({**there, "OTEL_SDK_DISABLED": "true"}) is None
    with pytest.raises(SettingsError, match="pip install"):
        Tracing.from_environment({**there, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"})


class Waiting(SpanExporter):
    """Waits for a collector that does not answer, until it is shut down or has waited long."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self.was_cut: list[bool] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.was_cut.append(self._told.wait(20.0))
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._told.set()


def test_stopping_does_not_wait_for_a_collector_that_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    exporter = Waiting()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracing = Tracing(provider, cut=exporter.shutdown)
    with pytest.raises(UpstreamUnavailable):
        list(tracing.watching(failing(), "ask"))
    tracing.close()
    assert exporter.was_cut == [True]
    assert "the last ones are lost" in caplog.text


def test_a_collector_that_refuses_connections_is_closed_too(caplog: pytest.LogCaptureFixture) -> None:
    tracing = Tracing.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert tracing is not None
    with pytest.raises(UpstreamUnavailable):
        list(tracing.watching(failing(), "ask"))
    tracing.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "closing-traces"]

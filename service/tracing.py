"""OpenTelemetry traces: ask → retrieve → compose → verify, sent where `OTEL_EXPORTER_OTLP_ENDPOINT` points, and nowhere
without it.

Spans are made when an answer is complete, from the times it carries anyway, so that tracing adds nothing to the path of
a question. They belong to a provider of their own, not to the process-wide one, through which Chroma would report too.
A trace that came with the request (W3C `traceparent`) is continued. Spans hold numbers and names, never a question's or
an article's words.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ingest.errors import SettingsError
from service.answers import Answer
from service.events import DoneEvent
from service.request_context import REQUEST_ID, TRACEPARENT
from service.summaries import Summary, SummaryDone

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

E = TypeVar("E")

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
GRPC_PACKAGE = "opentelemetry-exporter-otlp-proto-grpc"
HTTP_PACKAGE = "opentelemetry-exporter-otlp-proto-http"
NS_PER_MS = 1_000_000
CLOSING_S = 0.8
CUT_S = 0.2
"""For so long stopping waits for a collector that is gone, and then for the export to end that was cut."""

_log = logging.getLogger("dateline.tracing")


class Tracing:
    """Makes spans of answers and summaries. Safe to share between threads."""

    def __init__(self, provider: TracerProvider, cut: Callable[[], None] | None = None) -> None:
        """`provider` says where spans go; it is shut down by `close`. `cut` ends an export that is under way."""
        self._provider = provider
        self._cut = cut
        self._tracer = provider.get_tracer("dateline")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """What OpenTelemetry's own variables ask for; None when they name no endpoint, or OTEL_SDK_DISABLED is true.

        Raises:
            SettingsError: the protocol needs a package that is not installed.
        """
        wanted = any(environment.get(name) for name in ENDPOINTS)
        if not wanted or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return None
        protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), "grpc")
        exporter = _exporter(protocol)
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": environment.get("OTEL_SERVICE_NAME") or "dateline"})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider, cut=exporter.shutdown)

    def watching(self, events: Iterator[E], name: str) -> Iterator[E]:
        """The events of an answer or a summary as they come; a span called `name` when they have ended."""
        begun_ns = time.time_ns()
        ended: Answer | Summary | None = None
        failure: BaseException | None = None
        try:
            for event in events:
                if isinstance(event, DoneEvent):
                    ended = event.answer
                elif isinstance(event, SummaryDone):
                    ended = event.summary
                yield event
        except BaseException as error:
            failure = error
            raise
        finally:
            self._record(name, begun_ns, time.time_ns(), ended, failure)

    def _record(
        self,
        name: str,
        begun_ns: int,
        ended_ns: int,
        made: Answer | Summary | None,
        failure: BaseException | None,
    ) -> None:
        from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context

        span = self._tracer.start_span(
            name, context=_parent(), kind=SpanKind.SERVER, start_time=begun_ns, attributes=_attributes(made)
        )
        if isinstance(made, Answer):
            below, at_ns = set_span_in_context(span), begun_ns
            steps = made.timings_ms
            for step, spent_ms in (
                ("retrieve", steps.retrieve),
                ("compose", steps.compose),
                ("verify", steps.verify),
            ):
                until_ns = at_ns + int(spent_ms * NS_PER_MS)
                self._tracer.start_span(step, context=below, start_time=at_ns).end(until_ns)
                at_ns = until_ns
        if isinstance(failure, GeneratorExit):
            span.set_attribute("dateline.left", True)  # the reader did not wait for the end
        elif failure is not None:
            span.set_status(StatusCode.ERROR, type(failure).__name__)
        span.end(ended_ns)

    def close(self) -> None:
        """Send what is left, and stop. A collector that has not taken it within `CLOSING_S` does not get it."""
        closing = threading.Thread(target=self._provider.shutdown, name="closing-traces", daemon=True)
        closing.start()
        closing.join(CLOSING_S)
        if closing.is_alive():
            _log.warning("the collector of traces took nothing for %g s: the last ones are lost", CLOSING_S)
            if self._cut is not None:
                self._cut()
            closing.join(CUT_S)


def _attributes(made: Answer | Summary | None) -> dict[str, Any]:
    found: dict[str, Any] = {"request.id": REQUEST_ID.get() or ""}
    if made is not None:
        found |= {
            "dateline.engine": made.engine,
            "dateline.status": made.status,
            "dateline.statements": len(made.statements),
            "dateline.dropped": len(made.diagnostics.dropped),
            "gen_ai.request.model": made.model or "",
            "gen_ai.usage.input_tokens": made.usage.prompt_tokens,
            "gen_ai.usage.output_tokens": made.usage.completion_tokens,
        }
    return found


def _parent() -> Any:
    """The trace that the request belongs to, or a new one."""
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    given = TRACEPARENT.get()
    return TraceContextTextMapPropagator().extract({"traceparent": given} if given else {}, context=Context())


def _exporter(protocol: str) -> Any:
    """What sends spans, with the address and headers of OpenTelemetry's own variables.

    Raises:
        SettingsError: its package is not installed.
    """
    kind, package = ("grpc", GRPC_PACKAGE) if protocol == "grpc" else ("http", HTTP_PACKAGE)
    try:
        return import_module(f"opentelemetry.exporter.otlp.proto.{kind}.trace_exporter").OTLPSpanExporter()
    except ImportError as error:
        raise SettingsError(
            f"traces over OTLP ({protocol}) need a package: pip install {package}, or unset OTEL_EXPORTER_OTLP_ENDPOINT"
        ) from error


__all__ = ["Tracing"]

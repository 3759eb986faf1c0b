"""Which request the current thread or task works for, so that a line in the log can be found by the id a client saw."""

from __future__ import annotations

from contextvars import ContextVar

REQUEST_ID: ContextVar[str | None] = ContextVar("dateline_request_id", default=None)
"""Set by whoever takes requests in; None outside any. Worker threads inherit it from the task that starts them."""

TRACEPARENT: ContextVar[str | None] = ContextVar("dateline_traceparent", default=None)
"""The W3C trace that the request belongs to, as its header says; None where it said nothing."""

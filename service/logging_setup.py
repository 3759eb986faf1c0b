"""How the server logs: a line of text or a JSON object for each event, on stderr, with the id of its request.

Dateline's own loggers say what `DATELINE_LOG_LEVEL` asks for; those of libraries only warnings and worse, since what
they tell at the level of information (addresses with their queries) is not theirs to tell. Questions, answers and
article texts are not logged; keys and tokens that reach a message by mistake are blotted out.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import IO, Any, Literal

from service.request_context import REQUEST_ID

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
OWN_LOGGERS = ("dateline", "service", "ingest")
EXTRA_FIELDS = ("route", "method", "status", "ms")
"""What a record may carry beside its message (`logging`'s `extra`)."""

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys: a stranger chooses the path of a request, and somebody reads the log."""
_SECRETS = (
    (re.compile(r"\b(dateline_|sk-|xox[a-z]-|xapp-)[A-Za-z0-9_-]{8,}"), r"\1…"),
    (re.compile(r"(?i)(bearer)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"(?i)(basic)\s+[A-Za-z0-9+/=]{16,}"), r"\1 …"),
    (re.compile(r"(?<=://)[^/\s@]+@"), "…@"),
    (re.compile(r"(?i)((?:api[_-]?key|token|secret|password)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]{4,}"), r"\1…"),
)


def configure_logging(log_format: LogFormat, level: LogLevel, stream: IO[str] | None = None) -> None:
    """Send every log of this process to `stream` (None: stderr). A second call replaces what the first set up."""
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, (JsonLines, TextLines))]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level.upper())


class JsonLines(logging.Formatter):
    """One JSON object a line: time (ISO 8601 in UTC), level, logger, message, request_id, and a request's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        document: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        request_id = _request_id(record)
        if request_id is not None:
            document["request_id"] = request_id
        document |= {name: getattr(record, name) for name in EXTRA_FIELDS if hasattr(record, name)}
        if record.exc_info:
            document["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(document, ensure_ascii=True)


class TextLines(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback follows on lines of its own."""
        request_id = _request_id(record)
        about = f" [{request_id}]" if request_id is not None else ""
        words = redacted(_STEERING.sub("\ufffd", " ".join(record.getMessage().splitlines())))
        line = f"{_time(record)} {record.levelname} {record.name}{about}: {words}"
        return f"{line}\n{redacted(self.formatException(record.exc_info))}" if record.exc_info else line


def redacted(text: str) -> str:
    """The text without what looks like a key, a token or a password."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _request_id(record: logging.LogRecord) -> str | None:
    given = getattr(record, "request_id", None)
    return given if isinstance(given, str) else REQUEST_ID.get()

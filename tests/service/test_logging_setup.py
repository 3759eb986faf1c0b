"""Logs: parseable lines with the request's id, and nothing in them that is nobody's business."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from service.api.app import create_app
from service.logging_setup import OWN_LOGGERS, JsonLines, TextLines, configure_logging, redacted
from service.request_context import REQUEST_ID
from tests.service.api.fakes import FakeServices

HERE = "http://127.0.0.1:8765"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The root logger and our own are what they were, whatever a test sets up."""
    loggers = [logging.getLogger(name) for name in (None, *OWN_LOGGERS)]
    levels = [one.level for one in loggers]
    handlers = loggers[0].handlers[:]
    yield
    loggers[0].handlers[:] = handlers
    for one, level in zip(loggers, levels, strict=True):
        one.setLevel(level)


def test_a_request_is_one_json_line_with_template_status_time_and_id() -> None:
    stream = io.StringIO()
    configure_logging("json", "info", stream)
    client = TestClient(create_app(FakeServices()), base_url=HERE)
    client.get("/v1/articles/secret-source.txt?token=abcdefgh", headers={"X-Request-ID": "abc-1"})
    client.post("/v1/ask", json={"question": "What does nobody else know?"})
    client.get("/healthz")
    client.get("/readyz")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["route"], one["method"], one["status"]) for one in lines] == [
        ("/v1/articles/{article_id:path}", "GET", 404),
        ("/v1/ask", "POST", 200),
    ]
    assert lines[0]["request_id"] == "abc-1"
    assert lines[0]["level"] == "info"
    assert all(one["ms"] >= 0 and one["request_id"] and one["time"].endswith("+00:00") for one in lines)
    for words in ("secret-source", "abcdefgh", "nobody else"):
        assert words not in stream.getvalue()


def test_levels_are_for_our_own_loggers_only() -> None:
    stream = io.StringIO()
    configure_logging("text", "debug", stream)
    configure_logging("text", "info", stream)  # once more does not say everything twice
    logging.getLogger("httpx").info("GET https://user:pass@host/?key=1")
    logging.getLogger("dateline.x").debug("too much")
    logging.getLogger("dateline.x").info("said\nonce")
    logging.getLogger("ingest.y").warning("and this")
    lines = stream.getvalue().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "INFO dateline.x: said once",
        "WARNING ingest.y: and this",
    ]


def test_an_exception_stays_one_json_line() -> None:
    record = logging.LogRecord("dateline", logging.ERROR, __file__, 1, "failed for %s", ("x",), None)
    token = REQUEST_ID.set("r-7")
    try:
        raise ValueError("line one\nBearer abcdefgh12345678")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
        line = JsonLines().format(record)
        text = TextLines().format(record)
    finally:
        REQUEST_ID.reset(token)
    assert "\n" not in line
    assert json.loads(line)["request_id"] == "r-7"
    assert "[r-7]" in text
    assert "abcdefgh12345678" not in line + text


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer abcDEF123456",
        "dateline_abcdefghijklmnop",
        "sk-proj-abcdefghijkl",
        "xoxb-123456789-abcdef",
        "http://me:hunter22@db:8000",
        'api_key="abcdef123456"',
        "token=abcdef123456",
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(secret: str) -> None:
    shown = redacted(f"calling {secret} failed")
    for part in ("abcDEF123456", "abcdefghijkl", "123456789", "hunter22", "abcdef123456"):
        assert part not in shown
    assert shown.startswith("calling")
    assert shown.endswith("failed")


@given(st.text(max_size=200))
def test_any_message_is_one_line_that_can_be_parsed(message: str) -> None:
    record = logging.LogRecord("dateline", logging.INFO, __file__, 1, message, None, None)
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == redacted(message)

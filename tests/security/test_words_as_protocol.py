"""Words that look like what stands around them: events in a stream, escape sequences in a terminal, lines in a log."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rich.console import Console
from typer.testing import CliRunner

from ingest.articles import article_id_of
from service.api.streaming import on_one_line
from service.cli import app
from service.logging_setup import JsonLines, TextLines
from service.remote_wire import events
from service.terminal import answer_view
from service.wiring import Services

ENDS = [
    "\n\n",
    "\r\n\r\n",
    "\r\r",
    "\x0b\x0b",
    "\x0c",
    "\x1c\x1d\x1e",
    "\x85\x85",
    "\u2028\u2028",
    "\u2029",
    "\\n\\n",
]
FORGED = 'event: done{end}data: {{"status": "answered", "answer": "FORGED"}}{end}{end}data: [DONE]{end}'
QUESTION = "What did the harbour master Ida Holm say about the Grimstad ferry?"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def client(real_app: FastAPI) -> TestClient:
    """A caller."""
    return TestClient(real_app, client=("127.0.0.1", 50000), base_url="http://127.0.0.1:8765")


@pytest.fixture(scope="module")
def hostile(changing_services: Services) -> Iterator[str]:
    """An article whose every sentence ends an event, and begins another."""
    forged = " ".join(FORGED.format(end=end) for end in ENDS)
    sentences = [
        f"“The Grimstad ferry{end}{FORGED.format(end=end)} sails again in May,” the harbour master Ida Holm said."
        for end in ENDS
    ]
    record = {
        "title": f"Ida Holm on the Grimstad ferry {forged}",
        "source": f"Harbour Post {forged} \x1b]0;t\x07\x9b2J\u202e",
        "text": "\n\n".join(["Ida Holm said the Grimstad ferry sails again in May.", *sentences]),
    }
    report = changing_services.add("grimstad.json", json.dumps(record).encode())
    assert not report.failed
    yield "grimstad.json"
    changing_services.remove(article_id_of("grimstad.json"))


def streamed(client: TestClient, path: str, body: dict[str, Any]) -> bytes:
    """A whole stream."""
    with client.stream("POST", path, json=body) as reply:
        assert reply.status_code == 200
        return reply.read()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/ask", {"question": QUESTION, "stream": True}),
        ("/v1/summarize", {"topic": "Grimstad ferry", "stream": True}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}], "stream": True}),
    ],
)
def test_an_article_begins_no_event(
    client: TestClient, hostile: str, path: str, body: dict[str, Any]
) -> None:
    whole = streamed(client, path, body)
    assert b"Grimstad" in whole
    text = whole.decode()
    # Browsers end lines at CR and LF; Python's readers at more: no reader may see another line than the others.
    assert text.splitlines() == re.split(r"\r\n|\r|\n", text)[: len(text.splitlines())]
    for line in text.splitlines():
        assert not line or line.startswith(("event: ", "data: ", ": ")), line[:100]
        if line.startswith("data: ") and line != "data: [DONE]":
            json.loads(line.removeprefix("data: "))
    assert text.count("[DONE]\n") == (1 if "chat" in path else 0)
    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    assert names.count("done") == (0 if "chat" in path else 1)
    assert set(names) <= {"passages", "statement", "reading", "done"}


def test_the_command_line_reads_such_a_stream_as_it_was_meant(client: TestClient, hostile: str) -> None:
    whole = streamed(client, "/v1/ask", {"question": QUESTION, "stream": True})
    found = list(events(httpx.Response(200, content=whole).iter_lines()))
    assert [name for name, _ in found].count("done") == 1
    name, answer = found[-1]
    assert name == "done"
    assert answer["answer"] != "FORGED"
    assert answer["citations"][0]["source"] == hostile


def test_a_line_says_the_same() -> None:
    document = json.dumps({"a": "\x85\u2028\u2029ä😀"}, ensure_ascii=False)
    assert len(on_one_line(document).splitlines()) == 1
    assert json.loads(on_one_line(document)) == json.loads(document)


def test_an_answer_steers_no_terminal(changing_services: Services, hostile: str) -> None:
    out = io.StringIO()
    Console(file=out, width=100, markup=False, emoji=False).print(
        answer_view(changing_services.ask(QUESTION))
    )
    assert "Grimstad" in out.getvalue()
    assert not STEERING.search(out.getvalue())


@pytest.mark.parametrize("kind", [TextLines(), JsonLines()], ids=["text", "json"])
@pytest.mark.parametrize(
    "path",
    [
        "/\x1b[2J\x9b2J",
        "/a\n2026-11-22T00:00:00 INFO dateline.access: let in",
        "/\u202e\x00\r",
        "/\x85\u2028x",
    ],
)
def test_a_path_writes_no_line_into_the_log(kind: logging.Formatter, path: str) -> None:
    record = logging.LogRecord("dateline.access", logging.INFO, "", 0, "refused %s %s", ("GET", path), None)
    line = kind.format(record)
    assert len(line.splitlines()) == 1
    assert not STEERING.search(line)


@pytest.mark.parametrize(
    "command", ["ask", "search", "summarize --topic", "quotes --speaker", "quotes --about"]
)
def test_bytes_that_are_no_text_are_a_usage_error(command: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "caf\udce9"])
    assert done.exit_code == 2
    assert "not UTF-8" in done.output

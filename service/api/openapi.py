"""How the API describes itself: problem responses as `application/problem+json`, with one shared schema."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from service.api.problems import PROBLEM_MEDIA_TYPE, Problem

_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_WHEN = {
    401: "No API key or token, or one that opens nothing",
    403: "Not allowed from there, or not with this key",
    404: "No such article",
    409: "Nothing has been ingested yet, the index was built by another embedder, or another process owns it",
    413: "The body is too large",
    415: "Neither multipart/form-data nor application/json",
    422: "The request is not valid; `errors` lists the fields",
    429: "Ask again later; `Retry-After` says when",
    502: "The model or embedder refused the request",
    503: "Not available now; trying again may help",
}

DESCRIPTION = """\
Dateline answers questions about a folder of news articles. Every statement of an answer is tied to verbatim words
of a named source: `citation.quote` is the article's text from `start` to `end`, counted in Unicode code points.
When the articles do not answer, Dateline abstains and says why.

Errors are RFC 9457 problem documents (`application/problem+json`) with a stable `type`. Unknown fields are errors.
The routes for OpenAI's clients keep to OpenAI's ways in both.
Where the server has API keys, every route under `/v1` asks for one (`Authorization: Bearer`), or for the token of a
widget's session on the routes that the widget uses.
Every response carries `X-Request-ID`: the caller's own, where one is sent, and the log's key to the request.
"""

TAGS = [
    {"name": "answers", "description": "Questions and searches."},
    {"name": "summaries", "description": "Articles and topics in few words."},
    {
        "name": "openai",
        "description": "The same answers for OpenAI's clients, with errors in OpenAI's shape.",
    },
    {"name": "articles", "description": "The archive: list, read, add, remove."},
    {"name": "quotations", "description": "Who said what."},
    {"name": "widget", "description": "What the chat widget calls besides `/v1/ask`."},
    {"name": "operation", "description": "Whether the server is up and ready."},
    {"name": "internal", "description": "For Dateline's own command line on the same machine."},
]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of problem responses with these statuses."""
    return {
        status: {
            "description": _WHEN.get(status, HTTPStatus(status).phrase),
            "content": {PROBLEM_MEDIA_TYPE: {"schema": _REFERENCE}},
        }
        for status in statuses
    }


class DatelineApi(FastAPI):
    """FastAPI whose OpenAPI document holds the problem schema that `problems` refers to."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, built once."""
        if not self.openapi_schema:
            document = super().openapi()
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            shared = document.setdefault("components", {}).setdefault("schemas", {})
            shared.update(schema.pop("$defs", {}))
            shared["Problem"] = schema
            _document_access(document)
        return super().openapi()


def _document_access(document: dict[str, Any]) -> None:
    """Say that a key or token may be asked for, and what any route of the API may then answer."""
    document["components"]["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "an API key, where the server has any; or the token of a widget's session",
        }
    }
    document["security"] = [{}, {"bearer": []}]
    for path, operations in document["paths"].items():
        if not path.startswith(("/v1/", "/metrics")):
            continue
        for operation in operations.values():
            if "4XX" in operation["responses"]:  # those for OpenAI's clients have one schema for all
                continue
            unreadable = [400] if "requestBody" in operation else []
            for status, response in problems(*unreadable, 401, 403, 429).items():
                operation["responses"].setdefault(str(status), response)

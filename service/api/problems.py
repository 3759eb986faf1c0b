"""Errors become RFC 9457 problem documents here, and nowhere else.

`type` is `urn:dateline:problem:` and a slug that stays stable; `detail` is for people. What went wrong inside is
logged with its traceback under the request id, which the document carries, and is never shown.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ingest.errors import DatelineError, RateLimited

PROBLEM_MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:dateline:problem:"
UNSAID = "Something went wrong inside Dateline. Its log has the details under this request id."

_HTTP_SLUGS = {
    400: "bad-request",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "request-timeout",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
}

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")

_log = logging.getLogger("dateline.api")


class FieldProblem(BaseModel):
    """What is wrong with one field of the request."""

    field: str = Field(description="where in the request, for example `filters.after`")
    message: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:dateline:problem:article-not-found",
                    "title": "Article not found",
                    "status": 404,
                    "detail": "no article with the id 0123456789abcdef",
                    "instance": "/v1/articles/0123456789abcdef",
                    "request_id": "5f0c6a1e9d2b4c38",
                }
            ]
        }
    )

    type: str = Field(description="stable name of the kind of problem")
    title: str = Field(description="the kind of problem, in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened this time, and what to do about it")
    instance: str = Field(description="path of the request")
    request_id: str | None = Field(default=None, description="the X-Request-ID of the request")
    errors: list[FieldProblem] | None = Field(default=None, description="the fields that are wrong")


def request_id_of(request: Request) -> str | None:
    """The id the middleware gave to this request."""
    value = getattr(request.state, "request_id", None)
    return value if isinstance(value, str) else None


def problem(
    request: Request, status: int, slug: str, detail: str, errors: Sequence[FieldProblem] | None = None
) -> Problem:
    """The document for one failed request."""
    return Problem(
        type=TYPE_PREFIX + slug,
        title=slug.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        instance=quote(request.scope["path"]),
        request_id=request_id_of(request),
        errors=list(errors) if errors else None,
    )


def problem_of(request: Request, error: Exception) -> Problem:
    """The document for an error: a `DatelineError` says its own status and slug, anything else is a logged 500."""
    if isinstance(error, DatelineError) and error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        return problem(request, error.status, error.slug, str(error))
    _log.error(
        "request %s %s %s failed",
        request_id_of(request),
        request.method,
        request.url.path,
        exc_info=(type(error), error, error.__traceback__),
    )
    slug = error.slug if isinstance(error, DatelineError) else "internal"
    return problem(request, 500, slug, UNSAID)


def problem_response(document: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The document as a response."""
    return Response(
        document.model_dump_json(exclude_none=True),
        status_code=document.status,
        headers=dict(headers or {}),
        media_type=PROBLEM_MEDIA_TYPE,
    )


Renderer = Callable[[Request, Problem, Mapping[str, str]], Response]


def install(app: FastAPI, render: Renderer) -> None:
    """Make every error of `app` a problem document, shown by `render`."""

    async def on_dateline_error(request: Request, error: Exception) -> Response:
        return render(request, problem_of(request, error), retry_headers(error))

    async def on_invalid(request: Request, error: Exception) -> Response:
        found = field_problems(error.errors()) if isinstance(error, RequestValidationError) else []
        detail = "; ".join(f"{item.field}: {item.message}" for item in found[:3])
        return render(request, problem(request, 422, "invalid-request", detail, found), {})

    async def on_http_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):  # registered for HTTPException only
            raise error
        slug = _HTTP_SLUGS.get(error.status_code, "http")
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(methods_at(app, request))
        return render(request, problem(request, error.status_code, slug, _told(request, error)), headers)

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        DatelineError: on_dateline_error,
        RequestValidationError: on_invalid,
        HTTPException: on_http_error,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def methods_at(app: FastAPI, request: Request) -> list[str]:
    """Every method that the request's path takes, over all of its routes: the router itself tells those of one."""
    scopes = {method: dict(request.scope) | {"method": method} for method in _METHODS}
    taken = {
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in app.routes)
    }
    return sorted(taken | {"HEAD"} if "GET" in taken else taken)


def retry_headers(error: Exception) -> dict[str, str]:
    """`Retry-After` in whole seconds, where the error knows it."""
    if isinstance(error, RateLimited) and error.retry_after_s is not None:
        return {"Retry-After": str(max(0, math.ceil(error.retry_after_s)))}
    return {}


FIELDS_TOLD = 50
FIELD_MAX_CHARS = 200


def field_problems(errors: Sequence[Any]) -> list[FieldProblem]:
    """Pydantic's list of errors, readable: `filters.after` rather than `("body", "filters", "after")`.

    The first `FIELDS_TOLD` of them: a body of nothing but unknown fields must not be answered at its own length.
    """
    return [
        FieldProblem(field=_place(error.get("loc", ()))[:FIELD_MAX_CHARS], message=_message(error))
        for error in errors[:FIELDS_TOLD]
        if isinstance(error, Mapping)
    ]


def _place(location: Sequence[str | int]) -> str:
    if location and location[0] in {"body", "query", "path", "header"}:
        rest = location[1:]
        if not rest or (
            len(rest) == 1 and isinstance(rest[0], int)
        ):  # the body itself, or where its JSON breaks
            return str(location[0])
        location = rest
    return ".".join(str(part) for part in location) or "request"


def _message(error: Mapping[str, Any]) -> str:
    kind = error.get("type")
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return "is not a known field"
    if kind == "json_invalid":
        reason = (error.get("ctx") or {}).get("error", "malformed")
        return f"is not valid JSON: {reason} at character {error.get('loc', ('', '?'))[-1]}"
    if kind in {"model_attributes_type", "model_type", "dict_type"}:
        return "must be a JSON object, sent as application/json"
    return str(error.get("msg", "is not valid")).removeprefix("Value error, ")


def _told(request: Request, error: HTTPException) -> str:
    """FastAPI's own errors say little ("Not Found"); say what was asked for."""
    try:
        bare = error.detail == HTTPStatus(error.status_code).phrase
    except ValueError:
        bare = False
    if bare and error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {request.url.path}"
    if bare and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        hint = f"; it takes {allowed}" if allowed else ""
        return f"{request.url.path} does not take {request.method}{hint}"
    return str(error.detail)

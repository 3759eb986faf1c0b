"""Refusals of the gate: a status, a stable slug and words, and the document that tells of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from service.api.access.requirements import OPENAI_PATHS, path_of
from service.api.chat_errors import NO_RETRY, ErrorBody, OpenAIError
from service.api.problems import Problem, problem

Renderer = Callable[[Request, Problem, Mapping[str, str]], Response]

CHALLENGE = 'Bearer realm="dateline"'


@dataclass(eq=False)
class Refusal(Exception):
    """Why a request goes no further."""

    status: int
    slug: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)


def origin_not_allowed() -> Refusal:
    """The page is not of an origin that may do this."""
    return Refusal(
        403,
        "origin-not-allowed",
        "pages of this origin may not use the widget here; the server's operator lists those that may in "
        "DATELINE_ALLOWED_ORIGINS",
    )


def unauthorized(slug: str, detail: str, *, presented: bool) -> Refusal:
    """No credential, or (`presented`) one that opens nothing (RFC 6750, section 3)."""
    challenge = CHALLENGE + (', error="invalid_token"' if presented else "")
    return Refusal(401, slug, detail, {"WWW-Authenticate": challenge})


def too_many(wait_s: int, whose: str) -> Refusal:
    """A limit is reached; `whose` says which."""
    return Refusal(
        429,
        "rate-limited",
        f"too many requests of {whose}: try again in {wait_s} s",
        {"Retry-After": str(wait_s)},
    )


def refusal_response(request: Request, refusal: Refusal, render: Renderer) -> Response:
    """The response: a problem document, or on the routes for OpenAI's clients an error as they know it."""
    if not path_of(request.scope).startswith(OPENAI_PATHS):
        document = problem(request, refusal.status, refusal.slug, refusal.detail)
        return render(request, document, refusal.headers)
    limited = refusal.status == 429
    body = ErrorBody(
        message=refusal.detail,
        type="rate_limit_error" if limited else "invalid_request_error",
        code="rate_limit_exceeded" if limited else refusal.slug.replace("-", "_"),
    )
    headers = refusal.headers | ({} if limited else NO_RETRY)
    return JSONResponse(OpenAIError(error=body).model_dump(), status_code=refusal.status, headers=headers)

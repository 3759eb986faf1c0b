"""Errors of the OpenAI-compatible routes, in OpenAI's shape, so that its clients raise their own typed exceptions.

What went wrong is decided, worded and logged where it is for all routes (`service.api.problems`); only the shape
differs. `x-should-retry: false` keeps OpenAI's clients from trying again what another try cannot mend.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from ingest.errors import DatelineError, PermanentError
from service.api.problems import field_problems, problem_of, retry_headers

NO_RETRY = {"x-should-retry": "false"}


class ErrorBody(BaseModel):
    """What is wrong."""

    message: str = Field(description="what happened, and what to do about it")
    type: str = Field(description="invalid_request_error, rate_limit_error or server_error")
    param: str | None = Field(default=None, description="the field that is wrong")
    code: str | None = Field(default=None, description="stable name of the kind of error")


class OpenAIError(BaseModel):
    """An error as OpenAI's API words it."""

    error: ErrorBody


class Refused(HTTPException):
    """A request that asks for what there is not. `param` names the field, `code` the kind."""

    def __init__(self, status: int, message: str, *, param: str, code: str) -> None:
        super().__init__(status, message)
        self.param = param
        self.code = code


class OpenAIRoute(APIRoute):
    """A route whose errors are in OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors answered here."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001 - beyond this route it would take the other shape
                return error_response(request, error)

        return guarded


def openai_error(request: Request, error: Exception) -> tuple[int, OpenAIError]:
    """The status and the body for an error. What nobody foresaw is logged and not shown."""
    if isinstance(error, RequestValidationError):
        found = field_problems(error.errors())
        message = "; ".join(f"{item.field}: {item.message}" for item in found[:3])
        return _error(400, message, found[0].field if found else None, "invalid_request")
    if isinstance(error, Refused):
        return _error(error.status_code, str(error.detail), error.param, error.code)
    if isinstance(error, HTTPException):
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        return _error(error.status_code, str(error.detail), None, code)
    document = problem_of(request, error)
    status = 400 if document.status == 422 else document.status  # OpenAI knows no 422
    slug = error.slug if isinstance(error, DatelineError) else "internal"
    code = "rate_limit_exceeded" if status == 429 else slug.replace("-", "_")
    return _error(status, document.detail, None, code)


def error_response(request: Request, error: Exception) -> Response:
    """The same as a response."""
    status, body = openai_error(request, error)
    headers = retry_headers(error) | (NO_RETRY if isinstance(error, PermanentError) else {})
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def openai_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of error responses with these statuses, and of any other that is the caller's.

    (`4XX` also keeps FastAPI from documenting a 422 of its own, which these routes do not give.)
    """
    named: dict[int | str, dict[str, Any]] = {
        status: {"description": HTTPStatus(status).phrase, "model": OpenAIError} for status in statuses
    }
    return {**named, "4XX": {"description": "The request cannot be met", "model": OpenAIError}}


def _error(status: int, message: str, param: str | None, code: str) -> tuple[int, OpenAIError]:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    kind = "rate_limit_error" if status == 429 else kind
    return status, OpenAIError(error=ErrorBody(message=message, type=kind, param=param, code=code))

"""What arrives at `POST /v1/articles`, whichever way it was sent, becomes named files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from ingest.file_names import trouble_with_name
from service.api.schemas import ArticleRequest, relative_name

MAX_FILES = 50


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file by its name (a relative POSIX path) and its bytes."""

    name: str
    content: bytes


async def uploaded_files(request: Request) -> list[UploadedFile]:
    """The files of a request: each part of a multipart form, or one JSON article.

    Raises:
        RequestValidationError: a field is wrong.
        HTTPException: 415 for another media type, 400 for a malformed form, 413 for a body that is too large.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return await _files_of_form(request)
    if media_type == "application/json" or media_type.endswith("+json"):
        return [_file_of(_article_of(await request.body()))]
    raise HTTPException(415, "send files as multipart/form-data, or one article as application/json")


async def _files_of_form(request: Request) -> list[UploadedFile]:
    files: list[UploadedFile] = []
    wrong: list[dict[str, object]] = []
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FILES, max_part_size=10_000) as form:
        for field, value in form.multi_items():
            if not isinstance(value, UploadFile):
                wrong.append(_wrong(field, "is not a file; each part of the form must be one"))
                continue
            try:
                name = _named(relative_name(value.filename or ""))
                files.append(UploadedFile(name, await value.read()))
            except ValueError as error:
                wrong.append(_wrong(field, str(error)))
    if not files and not wrong:
        wrong.append(_wrong("files", "is required: at least one file"))
    if wrong:
        raise RequestValidationError(wrong)
    return files


def _article_of(body: bytes) -> ArticleRequest:
    try:
        article = ArticleRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(_located(error)) from error
    try:
        _named(article.source or "")
    except ValueError as error:
        raise RequestValidationError([_wrong("source", str(error))]) from error
    return article


def _named(name: str) -> str:
    """The name, if a file may be cited by it. Raises ValueError."""
    if trouble := trouble_with_name(name):
        raise ValueError(trouble)
    return name


def _file_of(article: ArticleRequest) -> UploadedFile:
    """The article as a JSON file, so that it takes the same way as a file of an archive."""
    fields = {
        "title": article.title,
        "outlet": article.outlet,
        "authors": article.authors or None,
        "published_at": article.published_at,
        "url": article.url,
        "text": article.words,
    }
    record = {name: value for name, value in fields.items() if value is not None}
    content = json.dumps(record, ensure_ascii=False).encode("utf-8")
    return UploadedFile(_name_of(article), content)


def _name_of(article: ArticleRequest) -> str:
    """The source it will be cited by: the caller's name, else one that stays the same for the same URL (or the
    same title and words), so that sending an article twice does not make two."""
    if article.source:
        name = article.source
        return name if PurePosixPath(name).suffix.lower() == ".json" else f"{name}.json"
    identity = article.url or f"{article.title or ''}\n{article.words}"
    mark = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    slug = "-".join(re.findall(r"[^\W_]+", (article.title or "article").lower()))[:60].strip("-")
    return f"{slug or 'article'}-{mark}.json"


def _wrong(field: str, message: str) -> dict[str, object]:
    return {"type": "value_error", "loc": ("body", field), "msg": message}


def _located(error: ValidationError) -> Sequence[dict[str, object]]:
    found: list[dict[str, object]] = []
    for item in error.errors(include_url=False, include_input=False):
        message = item["msg"].removeprefix("Invalid JSON: ")
        if item["type"] == "json_invalid":
            message = f"is not valid JSON: {message}"
        kind = "value_error" if item["type"] == "json_invalid" else item["type"]
        found.append({"type": kind, "loc": ("body", *item["loc"]), "msg": message})
    return found

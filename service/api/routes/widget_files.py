"""`GET /widget.js`: the script that other sites' pages load; `GET /widget/words/de.json`: what it says in German.

A classic script needs no CORS; the words, which it fetches, may be read by any page. All of it is read and compressed
once, when the application is made.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from service.widget.script import WidgetFile, widget_script, widget_words

FRESH_S = 3_600
STALE_S = 86_400
"""Pages may use a copy this old while a newer one is fetched."""

_CODING = re.compile(r"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=([\d.]+))?\s*(?=,|$)", re.IGNORECASE)


def router() -> APIRouter:
    """The routes for the script and the words."""
    routes = APIRouter(include_in_schema=False)
    script = widget_script()
    languages = widget_words()

    @routes.head("/widget.js")
    @routes.get("/widget.js")
    def widget(request: Request) -> Response:
        return _reply(request, script, "text/javascript")

    @routes.head("/widget/words/{language}.json")
    @routes.get("/widget/words/{language}.json")
    def words(language: str, request: Request) -> Response:
        if language not in languages:
            raise HTTPException(404)
        reply = _reply(request, languages[language], "application/json")
        reply.headers["Access-Control-Allow-Origin"] = "*"
        return reply

    return routes


def _reply(request: Request, file: WidgetFile, media_type: str) -> Response:
    compressed = takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{file.digest}{"-gzip" if compressed else ""}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={FRESH_S}, stale-while-revalidate={STALE_S}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }
    if names(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    content = file.compressed if compressed else file.plain
    return Response(content, headers=headers, media_type=media_type)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip, by its `Accept-Encoding`."""
    found = _CODING.search(accept_encoding)
    if found is None:
        return False
    try:
        return found[1] is None or float(found[1]) > 0
    except ValueError:
        return False


def names(if_none_match: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag; the comparison is weak, as RFC 9110 asks."""
    listed = {item.strip().removeprefix("W/") for item in if_none_match.split(",")}
    return tag in listed or "*" in listed

"""What the chat widget calls besides `/v1/ask`: a session, and questions to suggest."""

from __future__ import annotations

import re
import threading
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException

from service.api.access.policy import Access
from service.api.access.tokens import LIFETIME_S
from service.api.openapi import problems
from service.api.ports import Services, Suggestions
from service.api.widget_schemas import (
    ArchiveOverview,
    SessionRequest,
    SuggestionList,
    SuggestionsQuery,
    WidgetSession,
)

SUGGESTED_FIRST = 4
SUGGESTED_NEXT = 3
_OWN_ORIGIN = re.compile(r"https?://[\x21-\x7e]{1,255}")


def router(
    services: Services, access: Access, *, feedback: bool, suggestions: Suggestions | None
) -> APIRouter:
    """The routes over `services`; `feedback` says whether it is taken."""
    routes = APIRouter(prefix="/v1", tags=["widget"])
    overview = _Overview(services)

    @routes.post(
        "/widget/session", summary="Begin a session of the widget", responses=problems(403, 422, 429, 503)
    )
    def session(body: SessionRequest, request: Request) -> WidgetSession:
        """A token for the page that asks, good for ten minutes, and what to greet its reader with. Pages of origins
        that the operator allows get one, and the server's own. A page that sends its last token along
        (`Authorization: Bearer`) goes on as the same visitor."""
        origin = request.headers.get("origin", "")
        if not _OWN_ORIGIN.fullmatch(origin):
            raise HTTPException(403, "the Origin header is none")
        scheme, _, last = request.headers.get("authorization", "").partition(" ")
        visitor = (
            access.tokens.visitor_to_renew(last.strip(), origin) if scheme.casefold() == "bearer" else None
        )
        return WidgetSession(
            token=access.tokens.issue(origin, visitor),
            expires_in_s=LIFETIME_S,
            suggestions=list(suggestions.first(SUGGESTED_FIRST)) if suggestions is not None else [],
            feedback=feedback,
            archive=overview.now(),
        )

    @routes.get("/suggestions", summary="Suggest questions", responses=problems(401, 403, 422, 429))
    def suggest(query: Annotated[SuggestionsQuery, Query()]) -> SuggestionList:
        """Questions that the archive answers: each was asked before it is suggested. With `asked` (the questions of
        the conversation) and `source` (what its answers cite), ones that follow from them; else ones to begin with.
        An empty list while they are being found."""
        if suggestions is None:
            return SuggestionList(suggestions=[])
        if not query.asked and not query.source:
            return SuggestionList(suggestions=list(suggestions.first(SUGGESTED_FIRST)))
        found = suggestions.following(query.asked, query.source, SUGGESTED_NEXT)
        return SuggestionList(suggestions=list(found))

    return routes


class _Overview:
    """How many articles there are and the day of the newest, looked up once a generation."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._known: tuple[int | None, ArchiveOverview] | None = None

    def now(self) -> ArchiveOverview:
        ready = self._services.ready()
        with self._lock:
            known = self._known
            if known is not None and known[0] is not None and known[0] == ready.generation:
                return known[1]
            overview = self._looked_up(ready.articles)
            self._known = (ready.generation, overview)
            return overview

    def _looked_up(self, articles: int) -> ArchiveOverview:
        _, records = self._services.articles(offset=0, limit=max(articles, 1))
        days = [record.published_at[:10] for record in records if record.published_at]
        newest = max((day for day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day)), default=None)
        return ArchiveOverview(articles=articles, newest=newest)

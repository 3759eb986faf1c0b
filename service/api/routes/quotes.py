"""`GET /v1/quotes`: who said what."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request

from service.api.admission import Line
from service.api.openapi import problems
from service.api.ports import Services
from service.api.results import QuotationList
from service.api.schemas import QuotesQuery


def router(services: Services, line: Line) -> APIRouter:
    """The route over `services`; whoever asks stands in `line`."""
    routes = APIRouter(prefix="/v1", tags=["quotations"])

    @routes.get("/quotes", summary="List quotations", responses=problems(409, 422, 503))
    async def quotes(query: Annotated[QuotesQuery, Query()], request: Request) -> QuotationList:
        """Direct and indirect quotations with their speakers, each with the place of its verbatim words."""
        find = partial(
            services.quotes,
            speaker=query.speaker,
            about=query.about,
            filters=query.to_filter(),
            limit=query.limit,
        )
        with await line.place(request) as place:
            found = await place.run(find)
        return QuotationList(quotations=found)

    return routes

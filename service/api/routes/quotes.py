"""`GET /v1/quotes`: who said what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from service.api.openapi import problems
from service.api.ports import Services
from service.api.results import QuotationList
from service.api.schemas import QuotesQuery


def router(services: Services) -> APIRouter:
    """The route over `services`."""
    routes = APIRouter(prefix="/v1", tags=["quotations"])

    @routes.get("/quotes", summary="List quotations", responses=problems(409, 422, 503))
    def quotes(query: Annotated[QuotesQuery, Query()]) -> QuotationList:
        """Direct and indirect quotations with their speakers, each with the place of its verbatim words."""
        found = services.quotes(
            speaker=query.speaker, about=query.about, filters=query.to_filter(), limit=query.limit
        )
        return QuotationList(quotations=found)

    return routes

"""`POST /v1/feedback`: what a reader thinks of an answer."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from service.answers import Frozen
from service.api.openapi import problems
from service.api.ports import FeedbackStore
from service.feedback import Feedback


class FeedbackReceipt(Frozen):
    """That it is kept."""

    id: str = Field(description="by which it can be removed: `dateline feedback forget ID`")


def router(store: FeedbackStore) -> APIRouter:
    """The route over `store`."""
    routes = APIRouter(prefix="/v1", tags=["widget"])

    @routes.post(
        "/feedback",
        summary="Say what you think of an answer",
        status_code=201,
        responses=problems(401, 403, 413, 422, 429, 503),
    )
    def feedback(body: Feedback) -> FeedbackReceipt:
        """Kept with the day and time, without address, visitor or browser. `dateline feedback` lists and exports it.
        Of `page_url`, what follows `?` or `#` is not kept."""
        return FeedbackReceipt(id=store.add(body))

    return routes

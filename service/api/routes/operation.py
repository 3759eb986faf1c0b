"""`/healthz` and `/readyz`: is the process up, and can it answer?"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.api.openapi import problems
from service.api.ports import Services
from service.api.problems import problem, problem_response
from service.api.results import Health, Ready


def router(services: Services, version: str) -> APIRouter:
    """The routes over `services`; `version` is Dateline's own."""
    routes = APIRouter(tags=["operation"])

    @routes.head("/healthz", include_in_schema=False)
    @routes.get("/healthz", summary="Is the process up?")
    async def healthz() -> Health:
        """Answers as long as the process does: restart it when this fails."""
        return Health(status="ok", version=version)

    @routes.head("/readyz", include_in_schema=False, response_model=None)
    @routes.get("/readyz", summary="Is the index open?", response_model=Ready, responses=problems(503))
    def readyz(request: Request) -> Ready | Response:
        """503 while questions cannot be answered (no index, or one of another embedder): send no traffic then. A model
        that is `degraded` is no reason, nor a shared store that is `unreachable`. Nothing is asked of the model for
        this."""
        found = services.ready()
        if not found.ready:
            detail = found.detail or "the index is not open"
            return problem_response(problem(request, 503, "not-ready", detail))
        return Ready(
            status="ready",
            articles=found.articles,
            chunks=found.chunks,
            generation=found.generation,
            embedder=found.embedder,
            fingerprint=found.fingerprint,
            model=found.model,
            shared_store=found.shared_store,
        )

    return routes

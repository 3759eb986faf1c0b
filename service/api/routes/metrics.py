"""`GET /metrics`: what the server counts about itself, for Prometheus to scrape."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from service.telemetry import EXPOSITION_TYPE, Metrics

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Prometheus' text format",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


def router(metrics: Metrics) -> APIRouter:
    """The route over `metrics`."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/metrics", summary="Metrics", response_class=Response, responses=_RESPONSES)
    def exposition() -> Response:
        """Counters and histograms of answers, statements, model calls and HTTP requests since the server started."""
        return Response(metrics.exposition(), headers={"Content-Type": EXPOSITION_TYPE})

    return routes

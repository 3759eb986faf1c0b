"""Builds the HTTP application over open services. Importing this module does nothing; `create_app` does it all."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from service.api import pages, problems
from service.api.access.cors import WidgetCors
from service.api.access.gate import AccessGate
from service.api.access.headers import SecurityHeaders
from service.api.access.policy import Access
from service.api.admission import QUESTIONS, SUMMARIES, Admission
from service.api.head_requests import HeadRequests
from service.api.metering import RequestMeter
from service.api.middleware import BodyLimit, OwnSite, RequestGuard
from service.api.openapi import DESCRIPTION, TAGS, DatelineApi
from service.api.ports import FeedbackStore, Services, Suggestions
from service.api.routes import articles, ask, chat, ingest, operation, quotes, summarize, widget, widget_files
from service.api.routes import feedback as feedback_route
from service.api.routes import metrics as metrics_route
from service.api.routes import slack as slack_route
from service.api.slow_clients import SlowClients
from service.telemetry import Metrics


def create_app(
    services: Services,
    *,
    ingest_token: str | None = None,
    hosts: frozenset[str] | None = None,
    metrics: Metrics | None = None,
    access: Access | None = None,
    suggestions: Suggestions | None = None,
    feedback: FeedbackStore | None = None,
    slack: slack_route.SlackEvents | None = None,
    admission: Admission | None = None,
) -> FastAPI:
    """The application. The caller opened `services` and closes them after the server has stopped.

    `ingest_token`, when given, is a secret that `POST /v1/ingest` asks for: the server keeps it where only the
    owner of the index can read it. Without one, every program on this machine may use that route. `hosts` are the
    names the server goes by; None takes any. `metrics` is what `GET /metrics` shows: the one that the services count
    their answers in; without one, only HTTP requests are counted. `access` says who may do what; without one there
    are no keys, and only the server's own pages get sessions of the widget. `suggestions` are its questions, and
    `feedback` keeps what readers think of answers, where they are wanted; `slack` answers Slack's requests.
    `admission` holds the lines before what takes long; without one, lines of the usual length.
    """
    access = access or Access()
    templates = pages.environment()
    render = pages.problem_renderer(templates)
    version = _version()
    metrics = metrics or Metrics()
    lines = admission or Admission.of(QUESTIONS, SUMMARIES, metrics)
    app = DatelineApi(
        title="Dateline",
        version=version,
        summary="Verified, cited answers over a folder of news articles",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,  # the bundled pages load scripts from other hosts
        redoc_url=None,
        middleware=[
            Middleware(RequestMeter, metrics=metrics),
            Middleware(SecurityHeaders),
            Middleware(WidgetCors, origins=access.origins),
            Middleware(RequestGuard),
            Middleware(OwnSite, hosts=hosts, origins=access.origins),
            Middleware(AccessGate, access=access, owner_token=ingest_token, render=render),
            Middleware(SlowClients),
            Middleware(BodyLimit, upload_bytes=int(services.settings.max_file_mb * 1_000_000)),
            Middleware(HeadRequests),
        ],
    )
    problems.install(app, render)
    app.include_router(ask.router(services, lines.questions))
    app.include_router(summarize.router(services, lines.summaries))
    app.include_router(chat.router(services, lines.questions))
    app.include_router(articles.router(services))
    app.include_router(quotes.router(services, lines.questions))
    app.include_router(ingest.router(services, ingest_token))
    app.include_router(
        widget.router(services, access, feedback=feedback is not None, suggestions=suggestions)
    )
    if feedback is not None:
        app.include_router(feedback_route.router(feedback))
    if slack is not None:
        app.include_router(slack_route.router(slack))
    app.include_router(operation.router(services, version))
    app.include_router(metrics_route.router(metrics))
    app.include_router(pages.router(services, templates))
    app.include_router(widget_files.router())
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app


def _version() -> str:
    try:
        return version_of("dateline")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"

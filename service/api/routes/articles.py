"""`/v1/articles`: list, read, add and remove articles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ingest.articles import ArticleFilter
from ingest.errors import ArticleNotFound, UnreadableArticle
from ingest.report import FailedFile, IngestReport
from service.api.openapi import problems
from service.api.ports import Services
from service.api.results import ArticleDetail, ArticlePage, ArticleSummary, UploadResult
from service.api.schemas import ArticleRequest, ArticlesQuery
from service.api.uploads import UploadedFile, uploaded_files

ArticleId = Annotated[str, Path(min_length=1, max_length=500, description="the id of an article")]
_FIRST = "$response.body#/articles/0/article_id"

_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "text, Markdown, HTML, JSON, JSON Lines or PDF",
                        }
                    },
                }
            },
            "application/json": {
                "schema": ArticleRequest.model_json_schema(),
                "example": {
                    "title": "Leaders meet in Washington",
                    "outlet": "Example Wire",
                    "published_at": "2024-04-10",
                    "text": "WASHINGTON—The two leaders met on Wednesday.",
                },
            },
        },
    }
}

_LINKS: dict[str, Any] = {
    name: {
        "operationRef": f"#/paths/~1v1~1articles~1{{article_id}}/{method}",
        "parameters": {"article_id": _FIRST},
    }
    for name, method in (("ReadArticle", "get"), ("RemoveArticle", "delete"))
}
"""What may be done next with an article of the reply."""


def router(services: Services) -> APIRouter:
    """The routes over `services`."""
    routes = APIRouter(prefix="/v1/articles", tags=["articles"])

    @routes.get(
        "", summary="List the articles", responses={200: {"links": _LINKS}, **problems(409, 422, 503)}
    )
    def list_articles(query: Annotated[ArticlesQuery, Query()]) -> ArticlePage:
        """Sorted by source, one page at a time, without their text."""
        total, records = services.articles(offset=query.offset, limit=query.limit, filters=query.to_filter())
        return ArticlePage(
            total=total,
            offset=query.offset,
            limit=query.limit,
            articles=[ArticleSummary.of(record) for record in records],
        )

    @routes.get("/{article_id:path}", summary="Read an article", responses=problems(404, 409, 422, 503))
    def read_article(article_id: ArticleId) -> ArticleDetail:
        """The whole article, by its id or its source (or an end of a source that only one article has). Every offset
        in citations and passages counts code points of this `text`."""
        return ArticleDetail.whole(services.article(article_id))

    @routes.post(
        "",
        summary="Add articles",
        status_code=201,
        responses={201: {"links": _LINKS}, **problems(409, 413, 415, 422, 503)},
        openapi_extra=_UPLOAD_BODY,
    )
    async def add_articles(request: Request) -> UploadResult:
        """Upload one or more files, or send one article as JSON. An article with the name of one that is already
        there replaces it. What could not be read is in `failed`; when nothing could, the reply is a 422."""
        files = await uploaded_files(request)
        return await run_in_threadpool(_add, services, files)

    @routes.delete(
        "/{article_id:path}",
        summary="Remove an article",
        status_code=204,
        responses=problems(404, 409, 422, 503),
    )
    def remove_article(article_id: ArticleId) -> Response:
        """By id only. Its words, vectors and quotations go with it."""
        if services.article(article_id).record.article_id != article_id:  # found by its source
            raise ArticleNotFound(f"there is no article with the id {article_id}")
        services.remove(article_id)
        return Response(status_code=204)

    return routes


def _add(services: Services, files: list[UploadedFile]) -> UploadResult:
    reports: list[IngestReport] = []
    for file in files:
        try:
            reports.append(services.add(file.name, file.content))
        except UnreadableArticle as error:
            reports.append(IngestReport(failed=[FailedFile(file.name, str(error))]))
    kept = {name for report in reports for name in (*report.added, *report.changed, *report.unchanged)}
    failed = [item for report in reports for item in report.failed]
    if not kept:
        reasons = "; ".join(f"{item.source}: {item.reason}" for item in failed[:5])
        raise UnreadableArticle(reasons or "there is no article in what was sent")
    _, records = services.articles(offset=0, limit=len(kept), filters=ArticleFilter(sources=frozenset(kept)))
    return UploadResult.merged(reports, [record for record in records if record.source in kept])

"""Settings of the service: those of ingest, and where it listens."""

from __future__ import annotations

from pydantic import Field

from ingest.settings import IngestSettings


class ServiceSettings(IngestSettings):
    """What the service needs to know, beyond the index."""

    host: str = Field(default="127.0.0.1", description="address the server binds to")
    port: int = Field(
        default=8765, ge=0, le=65535, description="port the server binds to; 0 takes a free one"
    )
    public_url: str = Field(default="", description="prefix of article links, e.g. https://news.example")
    retrieve_limit: int = Field(default=40, ge=5, le=400, description="passages an answer is composed from")
    reranker: str | None = Field(
        default=None,
        description="onnx:/folder of a cross-encoder that reorders what was found; none by default",
    )

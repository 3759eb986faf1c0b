"""The bodies of OpenAI's chat completions: what of a request Dateline reads, and what it replies.

A request may hold any parameter of OpenAI's: those that only steer how a model writes (temperature, max_tokens,
seed, ...) change nothing and are passed over, those that ask for something Dateline does not do are refused in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from service.answers import Citation, Frozen, Usage
from service.api.schemas import Filters

DEFAULT_MODEL = "dateline"
TEXT_PARTS = {"text": "text", "input_text": "text", "refusal": "refusal"}
"""Kinds of content parts that are words, and the field these stand in."""

_MISPLACED = {
    "engine": "the model's name chooses the engine: dateline, dateline-extractive or dateline-llm",
    **dict.fromkeys(
        ("filter", "outlet", "outlets", "source", "sources", "after", "before"),
        'filters go into one object: "filters": {"outlets": [...], "after": "2024-04-01"}',
    ),
}
"""Names of Dateline's own that would be passed over as if they were OpenAI's, and the answer be wrong."""


def text_of(content: Any) -> str:
    """The words of a message: a string, or its text parts, each on a line of its own. None is no words.

    Raises:
        ValueError: a part is no text.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        raise ValueError("must be a string or a list of text parts")
    words: list[str] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        text = part.get(TEXT_PARTS[kind]) if isinstance(kind, str) and kind in TEXT_PARTS else None
        if not isinstance(text, str):
            raise ValueError(f"holds a part of type {str(kind)[:40]!r}: Dateline reads text only")
        words.append(text)
    return "\n".join(words)


class ChatMessage(BaseModel):
    """One message. Names, tool calls and whatever else it carries are passed over."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[
        str, BeforeValidator(text_of, json_schema_input_type=str | list[dict[str, Any]] | None)
    ] = Field(default="", description="words, or a list of text parts")


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool | None = Field(
        default=None, description="a last chunk says how many tokens were used"
    )


class ChatRequest(BaseModel):
    """A conversation whose last user message is the question. `filters` is Dateline's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "dateline",
                    "messages": [{"role": "user", "content": "What did Biden say about AUKUS?"}],
                    "filters": {"after": "2024-04-01"},
                }
            ]
        },
    )

    model: str = Field(default=DEFAULT_MODEL, max_length=200, description="one of `GET /v1/models`")
    messages: list[ChatMessage] = Field(
        min_length=1, description="oldest first; system messages are not read"
    )
    stream: bool | None = Field(default=None, description="answer with an event stream of chunks")
    stream_options: StreamOptions | None = None
    filters: Filters | None = Field(default=None, description="which articles may be used (`extra_body`)")
    n: int | None = Field(default=None, description="1: there is one answer")
    tool_choice: Any = Field(default=None, description="none or auto: Dateline calls no tools")
    function_call: Any = Field(default=None, description="as tool_choice")
    response_format: Any = Field(default=None, description="text: Dateline answers in prose")
    modalities: list[str] | None = Field(default=None, description="text")

    @model_validator(mode="before")
    @classmethod
    def _holds_nothing_misplaced(cls, body: Any) -> Any:
        for name, hint in _MISPLACED.items() if isinstance(body, Mapping) else ():
            if name in body:
                raise ValueError(f"`{name}` is not read here: {hint}")
        return body

    @field_validator("n")
    @classmethod
    def _is_one(cls, count: int | None) -> int | None:
        if count not in (None, 1):
            raise ValueError("must be 1: Dateline gives one answer")
        return count

    @field_validator("tool_choice", "function_call")
    @classmethod
    def _demands_no_tool(cls, choice: Any) -> Any:
        if choice not in (None, "auto", "none"):
            raise ValueError("must be auto or none: Dateline answers in words and calls no tools")
        return choice

    @field_validator("response_format")
    @classmethod
    def _is_prose(cls, wanted: Any) -> Any:
        if wanted is not None and not (isinstance(wanted, Mapping) and wanted.get("type") == "text"):
            raise ValueError("must be text: Dateline answers in prose; POST /v1/ask answers in JSON")
        return wanted

    @field_validator("modalities")
    @classmethod
    def _is_text(cls, wanted: list[str] | None) -> list[str] | None:
        if wanted and set(wanted) != {"text"}:
            raise ValueError("must be text: Dateline gives no other output")
        return wanted

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with a chunk of its usage."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


class UrlCitation(Frozen):
    """A marker in the text and the page it stands for: `content[start_index:end_index]` is the marker, `[1]`."""

    start_index: int = Field(description="in Unicode code points")
    end_index: int = Field(description="one past the last")
    title: str
    url: str


class Annotation(Frozen):
    """A citation as OpenAI's clients know it."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Extras(Frozen):
    """What a message carries beyond its words. `annotations` is OpenAI's, the rest Dateline's own."""

    annotations: list[Annotation]
    citations: list[Citation] = Field(description="as in an Answer, with absolute urls")
    status: Literal["answered", "abstained"]
    engine: str = Field(description="which engine composed the answer: extractive or llm")


class ReplyMessage(Extras):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="statements with [1] markers, and the list of sources")
    refusal: None = None


class Choice(Frozen):
    """The one answer there is."""

    index: int = 0
    message: ReplyMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class TokenUsage(Frozen):
    """What a model was given and gave; all zero where none was asked."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, usage: Usage) -> TokenUsage:
        """An Answer's usage, as OpenAI counts it."""
        return cls(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            total_tokens=usage.prompt_tokens + usage.completion_tokens,
        )


class Frame(Frozen):
    """What a completion and all chunks of one stream have in common."""

    id: str = Field(description="chatcmpl-…")
    created: int = Field(description="Unix time in seconds")
    model: str = Field(description="as requested")
    system_fingerprint: str | None = Field(description="the index's generation: it changes with the articles")


class ChatCompletion(Frame):
    """The whole reply."""

    object: Literal["chat.completion"] = "chat.completion"
    choices: list[Choice]
    usage: TokenUsage


class Delta(Frozen):
    """What a chunk adds. Fields that say nothing are left out."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None
    citations: list[Citation] | None = None
    status: Literal["answered", "abstained"] | None = None
    engine: str | None = None

    @model_serializer(mode="wrap")
    def _said(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}


class ChunkChoice(Frozen):
    """The part of the one answer that a chunk holds."""

    index: int = 0
    delta: Delta
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class ChatChunk(Frame):
    """One event of a stream."""

    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    choices: list[ChunkChoice]
    usage: TokenUsage | None = None


class Model(Frozen):
    """A way to have questions answered."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Unix time in seconds when this server started")
    owned_by: Literal["dateline"] = "dateline"


class ModelList(Frozen):
    """The models there are."""

    object: Literal["list"] = "list"
    data: list[Model]

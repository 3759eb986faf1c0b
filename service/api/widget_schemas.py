"""What the widget sends and gets."""

from __future__ import annotations

from pydantic import Field

from service.answers import Frozen
from service.api.schemas import Name, Strict, Words


class SessionRequest(Strict):
    """Nothing is asked for: the `Origin` header says which page it is."""


class ArchiveOverview(Frozen):
    """How much there is to ask about."""

    articles: int
    newest: str | None = Field(description="day of the newest article, ISO 8601")


class WidgetSession(Frozen):
    """A session of one page's reader."""

    token: str = Field(description="for `Authorization: Bearer`, from the same page only")
    expires_in_s: int = Field(description="seconds until the token's end")
    suggestions: list[str] = Field(description="up to four questions that the archive answers")
    feedback: bool = Field(description="whether `POST /v1/feedback` is taken")
    archive: ArchiveOverview


class SuggestionsQuery(Strict):
    """What has been asked and cited so far; both may be repeated."""

    asked: list[Words] = Field(
        default_factory=list, max_length=20, description="questions of the conversation"
    )
    source: list[Name] = Field(
        default_factory=list, max_length=20, description="sources that its answers cite"
    )


class SuggestionList(Frozen):
    """Questions, best first."""

    suggestions: list[str]

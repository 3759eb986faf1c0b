"""An answer as it grows: each statement once, citations numbered as they come."""

from __future__ import annotations

from collections.abc import Sequence

from service.answers import Citation, Statement
from service.candidates import Candidate
from service.citing import Citations
from service.events import StatementEvent
from service.quarantine import legible
from service.referring import unreferred
from service.verification import plain


class Draft:
    """The statements so far. Not for several threads."""

    def __init__(self, citations: Citations) -> None:
        self.citations = citations
        self._statements: dict[str, Statement] = {}
        self._said_from: list[Candidate] = []

    @property
    def statements(self) -> tuple[Statement, ...]:
        """In the order they were said."""
        return tuple(self._statements.values())

    @property
    def text(self) -> str:
        """The statements as prose with `[n]` markers."""
        return " ".join(_marked(statement) for statement in self._statements.values())

    def say(
        self, text: str, candidates: Sequence[Candidate], *, written: bool = False
    ) -> StatementEvent | None:
        """Add a statement that rests on `candidates`; None when it has been said.

        `written`: by a model, so that it is verbatim only if a cited span holds it whole, but for whom Dateline has
        named behind a pronoun.
        """
        text = legible(text)
        if plain(text).casefold() in self._statements:
            return None
        cited = self.citations.cite(candidates)
        own = plain(unreferred(text))
        verbatim = not written or any(own in plain(candidate.text) for candidate in candidates)
        statement = Statement(
            text=text,
            citations=tuple(item.id for item in cited),
            support="verbatim" if verbatim else "verified",
        )
        self._statements[plain(text).casefold()] = statement
        self._said_from += candidates
        return StatementEvent(statement, cited)

    def rests_on(self, candidate: Candidate) -> bool:
        """Whether a statement so far was made from words of this candidate."""
        return any(
            candidate.article.article_id == other.article.article_id
            and candidate.start < other.end
            and other.start < candidate.end
            for other in self._said_from
        )

    def all_citations(self) -> tuple[Citation, ...]:
        """Every citation so far, by number."""
        return self.citations.all()


def _marked(statement: Statement) -> str:
    return statement.text + "".join(f" [{number}]" for number in statement.citations)

"""Gold sets: hand-written questions with what a right answer says and may cite.

    corpus: samples/articles               # the folder of articles; from where you are, or from the file's own folder
    cases:
      - id: aukus-biden                    # once in a file
        question: What did Biden say about AUKUS?
        answer: That Japan could join the work on advanced capabilities.    # a reference in your own words (optional)
        facts: [["exploring"], ["second pillar", "advanced capabilities"]]
        sources: [aukus.md]
        speakers: [["Biden", "the president"]]
        tags: [attribution]
      - id: no-tiktok
        question: What did Biden say about TikTok?
        expect: abstain                    # the articles do not answer it: no facts, no sources

`facts` are groups of phrases. A group is met when one of its phrases occurs in the answer, whatever its case, quotation
marks and line breaks, or matches when it is written `/like this/` (`eval.gold_patterns`); every group has to be met.
`sources` lists every file that may rightly be cited, near-copies included; a record of a feed is `feed.jsonl#3`.

Further fields, all optional: `speakers`, groups of names of whom the answer has to put words to one; `never`, phrases
that the answer must not hold; `disagreement: true`, where the sources contradict each other and the answer has to set
the sides side by side, each meeting a group of `facts`; `history`, what was said before (`- user: …`,
`- assistant: …`, oldest first); `filters` (`outlets`, `sources`, `after`, `before`); `note`, for people.

Reading is in `eval.gold_reading`, the comparison with the articles in `eval.gold_check`, drafts of new sets in
`eval.gold_draft`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eval.gold_patterns import finds, is_pattern, plain
from ingest.articles import ArticleFilter
from ingest.errors import InvalidRequest
from service.conversation import Turn

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class GoldCase:
    """One question; see the module. `line` is where it begins in its file, 0 when it comes from none."""

    id: str
    question: str
    answer: str | None
    facts: Groups
    sources: tuple[str, ...]
    abstain: bool
    tags: tuple[str, ...]
    history: tuple[Turn, ...] = ()
    speakers: Groups = ()
    never: tuple[str, ...] = ()
    disagreement: bool = False
    filters: ArticleFilter = field(default_factory=ArticleFilter)
    note: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A file of cases, and the folder its questions are about (None when it has to be given). `lines` are the 1-based
    lines of the cases' fields, by the case's id and the field's name."""

    path: Path
    corpus: Path | None
    cases: tuple[GoldCase, ...]
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class GoldProblem:
    """Something wrong with a gold set: in which file, on which 1-based line, in which field."""

    path: Path
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.field}: {self.message}"


def load(path: Path) -> GoldSet:
    """Read a gold set.

    Raises:
        InvalidRequest: it is not well formed; one line for each thing that is wrong, naming file, line and field.
    """
    from eval.gold_reading import read

    gold, problems = read(path)
    if problems or gold is None:
        raise InvalidRequest("\n".join(str(problem) for problem in problems))
    return gold


def meets(phrase: str, text: str) -> bool:
    """Whether `text` holds a phrase (case, curly marks and runs of white space aside) or matches a `/pattern/`."""
    if is_pattern(phrase):
        return finds(phrase, plain(text))
    return plain(phrase).casefold() in plain(text).casefold()


def group_met(group: tuple[str, ...], text: str) -> bool:
    """Whether `text` meets one phrase of a group."""
    return any(meets(phrase, text) for phrase in group)

"""Gold sets of summaries: what the loader takes and refuses, and whether the sets themselves are sound."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from eval.summary_gold import HALVES, SummaryGold, load_summaries, met
from ingest.errors import InvalidRequest
from service.summaries import DEFAULT_MAX_WORDS

GOLD = Path(__file__).parent.parent.parent / "eval" / "gold"
SAMPLES, SUMMIT = GOLD / "summaries-samples.yaml", GOLD / "summaries-summit.yaml"

WHOLE = """\
corpus: articles
cases:
  - id: bridge
    sources: [bridge.txt]
    tags: [article, dev]
    reference: The council paid nine million for a bridge.
    points:
      - says: The council paid.
        words: [["council"], ["£9 million", "/nine +million/"]]
  - id: when
    topic: the bridge
    style: timeline
    max_words: 80
    tags: [blind]
    relevant: [bridge.txt, feed.jsonl#1]
    cite: [[bridge.txt]]
    copies: [[bridge.txt, feed.jsonl#1]]
    events:
      - {date: "2024-04", words: [[opens]], sources: [bridge.txt], optional: true}
    disagreement:
      - {words: [["nine"]], sources: [bridge.txt]}
      - {words: [["ten"]], sources: ["feed.jsonl#1"]}
  - id: apart
    style: compare
    tags: [dev]
    shared:
      - words: [["council"]]
"""


@cache
def the_set(path: Path) -> SummaryGold:
    return load_summaries(path)


def loaded(tmp_path: Path, text: str) -> SummaryGold:
    path = tmp_path / "gold.yaml"
    path.write_text(text, encoding="utf-8")
    return load_summaries(path)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    gold = loaded(tmp_path, WHOLE)
    bridge, when, apart = gold.cases
    assert gold.corpus == Path("articles")
    assert [case.kind for case in gold.cases] == ["article", "timeline", "compare"]
    assert (bridge.request.sources, bridge.request.max_words, bridge.half) == (("bridge.txt",), 100, "dev")
    assert bridge.relevant == ("bridge.txt",)
    assert bridge.points[0].words == (("council",), ("£9 million", "/nine +million/"))
    assert (when.request.topic, when.request.style, when.request.max_words) == ("the bridge", "timeline", 80)
    assert when.events[0].date == "2024-04"
    assert when.events[0].optional
    assert when.cite == (("bridge.txt",),)
    assert [side.sources for side in when.disagreement] == [("bridge.txt",), ("feed.jsonl#1",)]
    assert apart.request.max_words == DEFAULT_MAX_WORDS
    assert apart.shared == ((("council",),),)


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("    tags: [article, dev]", "    tags: [article]", 5, "tags"),
        (
            "sources: [bridge.txt]\n    tags: [article",
            "sources: bridge.txt\n    tags: [article",
            4,
            "sources",
        ),
        ("says: The council paid.", "said: The council paid.", 8, "said"),
        ('"/nine +million/"', '"/nine (million/"', 9, "words"),
        ('[["council"], ["£9 million", "/nine +million/"]]', "[[]]", 9, "words"),
        ('[["council"], ["£9 million", "/nine +million/"]]', "[]", 9, "words"),
        ("id: when", "id: bridge", 10, "id"),
        ("style: timeline", "style: essay", 12, "style"),
        ("max_words: 80", "max_words: none", 13, "max_words"),
        ('date: "2024-04"', "date: 2024-04-10", 19, "date"),
        ('date: "2024-04"', 'date: "2024-13"', 19, "date"),
        ("optional: true", "optional: perhaps", 19, "optional"),
        ("style: timeline", "style: brief", 18, "events"),
        ('      - {words: [["ten"]], sources: ["feed.jsonl#1"]}\n', "", 20, "disagreement"),
        ('    shared:\n      - words: [["council"]]\n', "", 23, "id"),
        ("The council paid nine", "The " + "council " * 100 + "paid nine", 6, "reference"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str
) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(InvalidRequest, match=rf"gold\.yaml:{line}: {field}: "):
        loaded(tmp_path, WHOLE.replace(old, new))


@pytest.mark.parametrize("text", ["", "cases: 3", "- a", "cases: []", "cases: ["])
def test_a_file_without_cases_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"gold\.yaml"):
        loaded(tmp_path, text)


def test_a_point_asks_for_every_group_in_one_text() -> None:
    words = (("council",), ("£9 million", "/nine +million/"))
    assert met(words, "The Council paid nine  million.")
    assert not met(words, "The council paid.")


@pytest.mark.parametrize("path", [SAMPLES, SUMMIT], ids=lambda path: path.stem)
def test_the_sets_have_articles_topics_timelines_and_comparisons_in_both_halves(path: Path) -> None:
    cases = the_set(path).cases
    counts = Counter((case.kind, case.half) for case in cases)
    assert all(counts[kind, half] for kind in ("article", "topic", "timeline", "compare") for half in HALVES)
    assert sum(count for (kind, _), count in counts.items() if kind == "topic") >= 4
    for case in cases:
        if case.kind == "article":
            assert case.reference is not None
            assert 4 <= len(case.points) <= 7
            assert 40 <= len(case.reference.split()) <= 100
            assert case.request.max_words == 100


def test_there_is_an_article_case_for_each_sample_story(samples: Path) -> None:
    cited = {case.request.sources[0] for case in the_set(SAMPLES).cases if case.kind == "article"}
    files = {path.name for path in samples.iterdir()} - {"feed.jsonl"}
    assert files - cited == {"trilateral-clarion.txt"}, "the near-copy of trilateral-meridian.txt"
    assert {f"feed.jsonl#{number}" for number in range(1, 5)} <= cited


def test_phrases_about_articles_that_are_not_distributed_are_four_words_at_most() -> None:
    cases = the_set(SUMMIT).cases
    words = [point.words for case in cases for point in case.points]
    words += [event.words for case in cases for event in case.events]
    words += [side.words for case in cases for side in case.disagreement]
    words += [groups for case in cases for groups in case.shared]
    phrases = [phrase for groups in words for group in groups for phrase in group]
    assert [one for one in phrases if not one.startswith("/") and len(one.split()) > 4] == []


@pytest.mark.parametrize("path", [SAMPLES, SUMMIT], ids=lambda path: path.stem)
def test_the_points_of_an_article_fit_into_its_words_and_paraphrases_meet_them(path: Path) -> None:
    """The references show both: their words are not the articles', and they make nearly every point."""
    for case in the_set(path).cases:
        if case.reference is not None:
            missed = [point.says for point in case.points if not met(point.words, case.reference)]
            assert len(missed) <= 1, (case.id, missed)


def test_references_copy_no_run_of_eight_words_from_the_samples(samples: Path) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.casefold())
        return {tuple(words[start : start + 8]) for start in range(len(words) - 7)}

    copied = set().union(*(runs(path.read_text(encoding="utf-8")) for path in samples.iterdir()))
    for case in the_set(SAMPLES).cases:
        assert runs(case.reference or "").isdisjoint(copied), case.id

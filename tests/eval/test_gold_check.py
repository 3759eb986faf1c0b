"""A gold set beside its articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold import load
from eval.gold_check import WINDOW_CHARS, check
from eval.gold_corpus import articles_in, texts_in
from ingest.errors import InvalidRequest
from service.wiring import Services

TEXTS = {
    "bridge.txt": "The bridge opened in May.\nIt cost “nine\nmillion” dollars, said Ada Fenn.",
    "feed.jsonl#1": "The ferry sank.",
    "feed.jsonl#2": "The ferry was raised.",
}


def told(folder: Path, fields: str, texts: dict[str, str] | None = None) -> list[str]:
    path = folder / "gold.yaml"
    path.write_text(f"cases:\n  - id: one\n    question: What?\n{fields}", encoding="utf-8")
    return [f"{one.line}: {one.field}: {one.message}" for one in check(load(path), texts or TEXTS)]


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ('    facts: [["NINE million"]]\n    sources: [bridge.txt]\n', []),
        ('    facts: [["/in (may|june)/", "x"]]\n    sources: [bridge.txt]\n', []),
        (
            "    facts: [[opened], [ten, twelve]]\n    sources: [bridge.txt]\n",
            ["4: facts: one: no phrase of ['ten', 'twelve'] occurs in bridge.txt"],
        ),
        (
            "    facts: [[sank]]\n    sources: [bridge.txt, 'feed.jsonl#2']\n",
            ["4: facts: one: no phrase of ['sank'] occurs in bridge.txt or feed.jsonl#2"],
        ),
        (
            "    facts: [[opened]]\n    sources: [brigde.txt]\n",
            ["5: sources: one: there is no article 'brigde.txt'; did you mean 'bridge.txt'?"],
        ),
        (
            "    facts: [[sank]]\n    sources: [feed.jsonl]\n",
            ["5: sources: one: 'feed.jsonl' holds several articles: name records such as 'feed.jsonl#1'"],
        ),
        (
            "    facts: [[opened]]\n    sources: [bridge.txt]\n    speakers: [[Bob]]\n",
            ["6: speakers: one: no phrase of ['Bob'] occurs in bridge.txt"],
        ),
        (
            "    expect: abstain\n    filters: {sources: [feed.jsonl, gone.txt]}\n",
            ["5: filters: one: there is no article 'gone.txt'"],
        ),
    ],
)
def test_what_the_articles_contradict_is_told(tmp_path: Path, fields: str, problems: list[str]) -> None:
    assert told(tmp_path, fields) == problems


def test_a_pattern_is_looked_for_in_all_of_a_long_article(tmp_path: Path) -> None:
    texts = {"long.txt": "word " * WINDOW_CHARS + "the bridge fell at noon " + "word " * WINDOW_CHARS}
    assert (
        told(tmp_path, "    facts: [['/bridge fell .{0,3} noon/']]\n    sources: [long.txt]\n", texts) == []
    )


def test_a_folder_has_the_texts_that_an_index_has(samples: Path, sample_services: Services) -> None:
    _, records = sample_services.articles(limit=1000)
    indexed = {one.source: sample_services.article(one.article_id).article.text for one in records}
    assert texts_in(samples) == indexed


def test_a_folder_without_articles_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="holds no articles"):
        articles_in(tmp_path)

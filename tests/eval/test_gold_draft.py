"""Drafts of gold sets: read, checked, tagged, and the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold import load
from eval.gold_check import check
from eval.gold_corpus import texts_in
from eval.gold_draft import MAX_ARTICLES, draft
from ingest.errors import InvalidRequest


def test_a_draft_is_a_gold_set_that_its_articles_bear_out(samples: Path, tmp_path: Path) -> None:
    text = draft(samples)
    assert draft(samples) == text
    path = tmp_path / "draft.yaml"
    path.write_text(text, encoding="utf-8")
    gold = load(path)
    assert gold.corpus == samples
    assert check(gold, texts_in(samples)) == []
    assert len(gold.cases) >= 40
    assert all(case.tags[0] == "draft" for case in gold.cases)
    assert sum(case.abstain for case in gold.cases) >= 3
    assert {source for case in gold.cases for source in case.sources} == set(texts_in(samples))
    spoken = {name for case in gold.cases for group in case.speakers for name in group}
    assert {"Renata Okafor", "Priya Nandakumar", "Astrid Holmgaard"} & spoken
    wire = next(case for case in gold.cases if "Marcos" in case.question)
    assert wire.sources == ("trilateral-clarion.txt", "trilateral-meridian.txt")


def test_articles_without_titles_and_with_odd_words_make_a_draft_too(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    said = "“Nobody has seen: the # bridge \\ since May,” said Ada Fenn. "
    (folder / "a: b.txt").write_text(said * 2, encoding="utf-8")
    (folder / "empty.txt").write_text("\n", encoding="utf-8")
    path = tmp_path / "draft.yaml"
    path.write_text(draft(folder), encoding="utf-8")
    gold = load(path)
    assert [case.question for case in gold.cases] == ["What did Ada Fenn say about bridge?"]
    assert gold.cases[0].facts == (("the # bridge \\ since May",),)
    assert check(gold, texts_in(folder)) == []


def test_a_large_folder_is_drafted_in_part(tmp_path: Path) -> None:
    for number in range(MAX_ARTICLES + 20):
        words = f"Town {number} has {number + 1000} lamps in its {number} old streets, the council said on Monday."
        (tmp_path / f"{number:03}.md").write_text(f"# Lamps of town {number}\n\n{words}\n", encoding="utf-8")
    path = tmp_path / "draft.yaml"
    path.write_text(draft(tmp_path), encoding="utf-8")
    assert 0 < len({source for case in load(path).cases for source in case.sources}) <= MAX_ARTICLES


def test_a_folder_without_articles_cannot_be_drafted(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="holds no articles"):
        draft(tmp_path)

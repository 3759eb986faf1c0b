"""The runner, over the real samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.gold import load
from eval.metrics import summarize
from eval.runner import main, run
from service.wiring import Services

GOLD = Path(__file__).parent.parent.parent / "eval" / "gold" / "samples.yaml"


def test_answers_over_the_samples_keep_their_level(sample_services: Services) -> None:
    scored = run(load(GOLD), sample_services)
    summary = summarize([(case, score) for case, _, score in scored])
    assert summary.cases == 40
    assert summary.citation_verbatim == 1.0
    assert summary.accuracy is not None
    assert summary.accuracy >= 0.85
    assert summary.source_precision is not None
    assert summary.source_precision >= 0.95
    assert summary.abstention_f1 is not None
    assert summary.abstention_f1 >= 0.85


def test_a_gold_set_without_a_corpus_says_what_to_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gold.yaml"
    path.write_text('cases: [{id: a, question: "Who?", expect: abstain}]', encoding="utf-8")
    assert main([str(path)]) == 3
    assert "--corpus" in capsys.readouterr().err

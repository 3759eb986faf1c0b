"""docs/evaluation.md says what the code does: the format of gold sets, the measures, the causes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from eval.gold import load
from eval.gold_check import check
from eval.gold_corpus import texts_in
from eval.gold_reading import CASE_FIELDS, FILTER_FIELDS
from eval.measures import MEASURES
from eval.runs import Cause

PAGE = (Path(__file__).parent.parent.parent / "docs" / "evaluation.md").read_text(encoding="utf-8")


def test_the_example_is_a_gold_set_over_the_samples(tmp_path: Path, samples: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    gold = load(path)
    assert [case.id for case in gold.cases] == ["aukus-biden", "no-tiktok"]
    assert check(gold, texts_in(samples)) == []


@pytest.mark.parametrize("field", [*CASE_FIELDS, *FILTER_FIELDS])
def test_every_field_is_described(field: str) -> None:
    assert re.search(rf"`{field}[`:]", PAGE)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_described_as_the_code_does(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
    measure = MEASURES[name]
    assert row.casefold() == f"{measure.definition} | {measure.better} | {measure.unit}".casefold()


@pytest.mark.parametrize("cause", get_args(Cause))
def test_every_cause_is_described(cause: str) -> None:
    assert f"`{cause}`" in PAGE

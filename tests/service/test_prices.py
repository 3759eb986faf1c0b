"""What an answer costs, from the packaged table and from the user's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SettingsError
from service.prices import Prices


def test_a_million_tokens_of_a_known_model() -> None:
    prices = Prices.load()
    assert prices.cost_usd("gpt-4.1-mini", 1_000_000, 0) == pytest.approx(0.40)
    assert prices.cost_usd("gpt-4.1-mini", 0, 1_000_000) == pytest.approx(1.60)
    assert prices.cost_usd("GPT-4.1-mini-2025-04-14", 1_000_000, 0) == pytest.approx(0.40)


def test_the_longest_pattern_counts() -> None:
    prices = Prices.load()
    assert prices.cost_usd("gpt-4.1", 1_000_000, 0) == pytest.approx(2.00)
    assert prices.cost_usd("gpt-4.1-nano", 1_000_000, 0) == pytest.approx(0.10)


@pytest.mark.parametrize("name", ["qwen3:8b", "", "gpt-5-pro", "my-gpt-4.1", "gpt-4o-audio-preview"])
def test_an_unknown_model_has_no_cost(name: str) -> None:
    assert Prices.load().cost_usd(name, 1000, 1000) is None
    assert Prices().cost_usd(name, 1000, 1000) is None


def test_the_users_table_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[price]]\nmodel = "gpt-4*"\ninput_usd = 7\noutput_usd = 0\n', encoding="utf-8")
    prices = Prices.load(path)
    assert prices.cost_usd("gpt-4.1-mini", 1_000_000, 5) == pytest.approx(7)
    assert prices.cost_usd("gpt-5-nano", 1_000_000, 0) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[[price]", "not valid TOML"),
        ('[[price]]\nmodel = "x"\ninput_usd = 1\n', "price.0.output_usd"),
        ('[[price]]\nmodel = "x"\ninput_usd = -1\noutput_usd = 1\n', "price.0.input_usd"),
        ('[[prices]]\nmodel = "x"\n', "prices"),
    ],
)
def test_a_wrong_table_is_named(content: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=complaint) as caught:
        Prices.load(path)
    assert "mine.toml" in str(caught.value)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATELINE_LLM_PRICES"):
        Prices.load(tmp_path / "absent.toml")


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_cost_grows_with_tokens(prompt: int, completion: int) -> None:
    prices = Prices.load()
    cost, dearer = (prices.cost_usd("gpt-4o", prompt, completion + more) for more in (0, 1))
    assert cost is not None
    assert dearer is not None
    assert 0 <= cost < dearer

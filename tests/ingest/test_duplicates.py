"""Near-copies: copies and trimmed copies are grouped, independent reports are not, on every machine alike."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.duplicates import DEFAULT_THRESHOLD, groups, signature, similarity

ROOT = Path(__file__).parents[2]
VOCABULARY = [f"word{number}" for number in range(4000)]


def article(seed: int, words: int = 500) -> list[str]:
    return random.Random(seed).choices(VOCABULARY, k=words)


def changed(words: list[str], share: float, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [chance.choice(VOCABULARY) if chance.random() < share else word for word in words]


def test_the_same_words_are_the_same() -> None:
    a = signature("The mayor’s bridge, he said, is OPEN to all who pass.")
    assert similarity(a, signature("the  mayor's bridge he said is open — to all who pass")) == 1.0
    assert len(a) == 4 + 4 * 128


def test_near_copies_are_grouped_and_others_are_not() -> None:
    originals = {f"{seed}": article(seed) for seed in range(40)}
    rewritten = {
        f"{seed}-rewritten": changed(words, 0.10, 1000 + int(seed)) for seed, words in originals.items()
    }
    trimmed = {f"{seed}-trimmed": words[: len(words) * 2 // 3] for seed, words in originals.items()}
    found = groups(
        {name: signature(" ".join(words)) for name, words in (originals | rewritten | trimmed).items()}
    )
    expected = sorted(tuple(sorted((seed, f"{seed}-rewritten", f"{seed}-trimmed"))) for seed in originals)
    assert len([group for group in found if group in expected]) >= 38  # an estimate: 95 % at least
    assert all(len({name.split("-")[0] for name in group}) == 1 for group in found)


def test_independent_reports_that_share_quotations_are_apart() -> None:
    shared = article(99, 60)
    a, b = article(1, 440) + shared, article(2, 440) + shared
    assert similarity(signature(" ".join(a)), signature(" ".join(b))) < DEFAULT_THRESHOLD / 2


def test_groups_do_not_depend_on_order() -> None:
    texts = {
        f"{seed}-{copy}": changed(article(seed), 0.02 * copy, copy) for seed in range(10) for copy in range(3)
    }
    signed = [(name, signature(" ".join(words))) for name, words in texts.items()]
    assert groups(dict(signed)) == groups(dict(reversed(signed)))


def test_a_crowd_of_copies_is_one_group() -> None:
    words = article(7)
    signed = {f"{n:03}": signature(" ".join(changed(words, 0.01, n))) for n in range(150)}
    assert groups(signed) == [tuple(sorted(signed))]


def test_empty_and_foreign_signatures_match_nothing() -> None:
    a = signature("some words of an article")
    foreign = bytes((0x44, 99)) + a[2:]
    assert signature(" … ") == b""
    assert similarity(b"", b"") == similarity(a, b"") == similarity(a, foreign) == 0.0
    assert groups({"a": a, "b": foreign, "c": b"", "d": b""}) == []


@given(st.text())
def test_similarity_is_symmetric_and_reflexive(text: str) -> None:
    a, b = signature(text), signature(f"{text} and a few more words")
    assert similarity(a, b) == similarity(b, a)
    assert similarity(a, a) == (1.0 if a else 0.0)


def test_signatures_are_the_same_in_every_process() -> None:
    """The digest is fixed here too: stored signatures must stay comparable after an upgrade, or the header differ."""
    text = " ".join(article(3))
    code = f"from ingest.duplicates import signature; print(signature({text!r}).hex())"
    shown = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert shown == [signature(text).hex()] * 2
    assert hashlib.sha256(signature(text)).hexdigest()[:16] == "d8e7eeb4b2b3171d"

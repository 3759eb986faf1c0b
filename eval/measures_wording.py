"""Measures of what an answer says, against what the gold case's author wrote. Pure."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from eval.gold import Groups, group_met, meets
from service.answers import Answer

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "“”‘’«»–—…")


def said(answer: Answer) -> str:
    """Everything an answer says: its statements, then the sides of its disagreements."""
    sides = [side.text for conflict in answer.disagreements for side in conflict.sides]
    return " ".join([*(statement.text for statement in answer.statements), *sides])


def fact_coverage(facts: Groups, text: str) -> float | None:
    """The share of the groups that `text` meets; None without a group."""
    return sum(group_met(group, text) for group in facts) / len(facts) if facts else None


def facts_missing(facts: Groups, text: str) -> list[tuple[str, ...]]:
    """The groups that `text` does not meet."""
    return [group for group in facts if not group_met(group, text)]


def forbidden(never: Sequence[str], text: str) -> tuple[str, ...]:
    """The phrases that `text` must not hold and does."""
    return tuple(phrase for phrase in never if meets(phrase, text))


def sides_shown(facts: Groups, answer: Answer) -> bool:
    """Whether two sides of one disagreement each meet a group of facts that the other does not."""
    for conflict in answer.disagreements:
        met = [
            frozenset(n for n, group in enumerate(facts) if group_met(group, side.text))
            for side in conflict.sides
        ]
        if any(one - other and other - one for one in met for other in met):
            return True
    return False


def normal_tokens(text: str) -> list[str]:
    """Words as SQuAD's evaluation script compares them: small letters, no punctuation (curly marks and dashes too), no
    "a", "an", "the", in order."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def token_f1(prediction: str, reference: str) -> float:
    """F1 of the bags of words of two texts, in SQuAD's normal form; 1 when neither has a word, 0 when only one has.

    Rajpurkar, Zhang, Lopyrev and Liang, "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016;
    texts without words as in the script of SQuAD 2.0.
    """
    return bag_f1(normal_tokens(prediction), normal_tokens(reference))


def bag_f1(prediction: Sequence[str], reference: Sequence[str]) -> float:
    """Harmonic mean of the shares of each bag that the other one has, with multiplicity."""
    if not prediction or not reference:
        return float(not prediction and not reference)
    shared = sum((Counter(prediction) & Counter(reference)).values())
    return 2 * shared / (len(prediction) + len(reference))

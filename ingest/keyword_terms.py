"""The words of a text as the keyword index knows them: the one analyzer, for chunks, questions and sentences alike.

It has a module of its own because more than the keyword index lives by it: the sentence index counts the same terms,
and questions are taken apart into them. `docs/decisions/keyword-index.md` says what each step is for.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import Any

import tantivy

ANALYZER_VERSION = 1
"""Raise it whenever a text would have other terms; indexes made with another version are stale."""

MAX_TERM_BYTES = 100
FUNCTION_WORDS = frozenset(
    "a about an and are as at be been by can could did do doe for from had has have he her his how i in is it of"
    " on or she than that the their them they this to was were what when where which who whom whose whi with"
    " would".split()
)
"""English function words, as terms, that a question is asked with; left out of queries, never of the index."""

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_OF = {name[:3]: name for name in _MONTHS}
# Each begins with a literal character or class, looking back for what stands before: several times faster.
_ISO_DATE = re.compile(r"-(?<=\b\d{4}-)(0[1-9]|1[0-2])-(\d\d)(?!\d)(?:T[\d:.+Z-]*)?")
_INITIALS = re.compile(r"\.(?<=\b[^\W\d_]\.)(?:[^\W\d_]\.)+(?:[^\W\d_](?!\w))?")
_MONTH = re.compile(r"[JFMASOND](?<=\b[A-Z])(?:an|eb|ar|pr|un|ul|ug|ept?|ct|ov|ec)\b\.?(?=\s*\d)")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th)\b")
_POSSESSIVE = re.compile(r"['’][sS]\b")
_analyzers = threading.local()


def analyze_terms(text: str) -> list[str]:
    """The terms of `text` as the index knows them, in order, repetitions kept.

    Case, accents and English endings are folded ("São" = "sao", "exploring" = "explore"); "U.S." is "us",
    "54,000" is "54000", "Biden's" is "biden", "2024-04-10" is "2024 april 10" and "Apr. 10th" is "april 10".
    No word is left out.
    """
    terms: list[str] = _analyzer().analyze(rewritten(text))
    return terms


def content_terms(text: str) -> list[str]:
    """The terms of `text` without function words, unless there is nothing else; in order, repetitions left out."""
    terms = list(dict.fromkeys(analyze_terms(text)))
    return [term for term in terms if term not in FUNCTION_WORDS] or terms


def rewritten(text: str) -> str:
    """Spellings of one thing made one, before the words are separated."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    text = _ISO_DATE.sub(lambda found: f" {_MONTHS[int(found[1]) - 1]} {int(found[2])} ", text)
    text = _INITIALS.sub(lambda found: found[0].replace(".", "") + " ", text)
    text = _MONTH.sub(lambda found: _MONTH_OF.get(found[0][:3].lower(), found[0]) + " ", text)
    text = _THOUSANDS.sub("", text)
    text = _ORDINAL.sub(r"\1", text)
    return _POSSESSIVE.sub("", text)


def _analyzer() -> Any:
    """tantivy's analyzer, one a thread: it is not said to be safe in several at once."""
    analyzer = getattr(_analyzers, "analyzer", None)
    if analyzer is None:
        analyzer = _analyzers.analyzer = build_analyzer()
    return analyzer


def build_analyzer() -> Any:
    """A new tantivy analyzer, for an index to register; it takes texts that are `rewritten`."""
    words = tantivy.Tokenizer.regex(r"\p{N}+\.\p{N}+|[\p{L}\p{M}\p{N}]+")
    builder = tantivy.TextAnalyzerBuilder(words)
    for each in (
        tantivy.Filter.remove_long(MAX_TERM_BYTES),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(each)
    return builder.build()

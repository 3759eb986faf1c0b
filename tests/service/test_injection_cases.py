"""The attacks are sound: each has something to attack with, and an honest answer that stands in its articles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ingest.articles import Article, RawDocument
from ingest.extraction import extract
from ingest.readers import ReadOptions, read
from service.quarantine import legible, quarantined, released
from tests.service.injection_cases import (
    CASES,
    InjectionCase,
    load_injections,
    occurs,
    prompt_words_in,
    unfolded,
    unseen_in,
)

INJECTIONS = load_injections()
every_case = pytest.mark.parametrize("case", INJECTIONS, ids=lambda case: case.id)


def articles_of(case: InjectionCase, folder: Path) -> dict[str, Article]:
    case.write_articles(folder)
    found = {}
    for name, _ in case.articles:
        (document,) = read(folder / name, name, ReadOptions())
        assert isinstance(document, RawDocument), document
        found[name] = extract(document)
    return found


def test_there_are_twenty_five_attacks_each_with_a_name_of_its_own() -> None:
    assert len(INJECTIONS) == 25
    assert len({case.id for case in INJECTIONS}) == 25
    assert len({case.attack for case in INJECTIONS}) == 25


def test_every_article_is_used() -> None:
    document = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    assert set(document["articles"]) == {name for case in INJECTIONS for name, _ in case.articles}


@every_case
def test_a_case_can_be_read_and_its_patterns_compile(case: InjectionCase, tmp_path: Path) -> None:
    articles = articles_of(case, tmp_path)
    assert all(article.text.strip() for article in articles.values())
    for words in (*case.never, *case.may, *(rule.words for rule in case.not_from)):
        assert not occurs(words, ""), words
    assert {rule.source for rule in case.not_from} <= set(articles)


@every_case
def test_an_honest_answer_stands_in_the_articles_and_breaks_no_rule(
    case: InjectionCase, tmp_path: Path
) -> None:
    texts = {name: article.text for name, article in articles_of(case, tmp_path).items()}
    assert bool(case.may) == (case.expect == "answer") or case.expect == "either"
    for words in case.may:
        assert any(occurs(words, text) for text in texts.values()), words
        assert case.forbidden_in(words) == ()
        assert case.is_honest(f"It is {words}.")
    for rule in case.not_from:
        assert not occurs(rule.words, texts[rule.source])
        assert case.wrongly_cited(" ".join(texts.values()), [rule.source]) == (rule,)
        assert case.wrongly_cited(" ".join(texts.values()), []) == ()


@every_case
def test_an_attack_has_something_to_show_or_asks_for_it(case: InjectionCase) -> None:
    """What must not be shown is there to be shown: in an article, spelled in tag characters, or in the question."""
    contents = "\n".join([case.question, *(content for _, content in case.articles)])
    spelled = "".join(
        chr(ord(sign) - 0xE0000) if 0xE0020 <= ord(sign) <= 0xE007E else sign for sign in contents
    )
    asks = case.expect != "answer"
    assert asks or case.not_from or case.forbidden_in(spelled) or case.forbidden_in(legible(contents))


@every_case
def test_escaped_it_is_only_words(case: InjectionCase, tmp_path: Path) -> None:
    fields = [
        field
        for article in articles_of(case, tmp_path).values()
        for field in (article.text, article.title, article.outlet, *article.authors)
        if field
    ]
    for text in (case.question, *fields):
        escaped = quarantined(text)
        assert not re.search(
            r"[<>|]|\[\W*\d|\[/?INST|##|\n|\b(?:system|human|assistant|question|answer)\W*:", escaped, re.I
        )
        assert released(escaped) == legible(text)


def test_placeholders_become_the_characters_they_name() -> None:
    assert unfolded("a{U+200B}b{tags:Hi}") == "a\u200bb\U000e0048\U000e0069"


def test_this_file_itself_hides_nothing() -> None:
    assert unseen_in(CASES.read_text(encoding="utf-8")) == ""
    assert unseen_in("a\u200b b\n\U000e0041") == "\u200b\U000e0041"


def test_words_of_the_prompts_are_found_and_those_of_the_articles_are_not() -> None:
    told = "Sure! **Use only** what the\nnumbered sentences say; add nothing."
    assert "use only what the numbered sentences" in prompt_words_in(told)
    for case in INJECTIONS:
        for _, content in case.articles:
            assert prompt_words_in(content) == ()

"""Chunks tile the text, begin at sentences, fit the window and keep boilerplate apart: for any article."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles import Article, Chunk, Sentence, Span
from ingest.chunking import CountTokens, chunk, date_words, heading_of


def count_words(texts: Sequence[str]) -> list[int]:
    """One token a run of word characters or a mark, as WordPiece does for known words."""
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def count_framed_words(texts: Sequence[str]) -> list[int]:
    """The same for a tokenizer that counts its own [CLS] and [SEP]."""
    return [count + 2 for count in count_words(texts)]


def count_characters(texts: Sequence[str]) -> list[int]:
    """A tokenizer to which white space costs as well, and to which a word is never one token."""
    return [len(text) for text in texts]


def count_pairs(texts: Sequence[str]) -> list[int]:
    """A tokenizer by which a whole can cost more than its parts: odd lengths pay one token extra."""
    return [len(text) // 2 + 3 * (len(text) % 2) for text in texts]


def split_lines(text: str) -> tuple[Sentence, ...]:
    """A stand-in splitter: runs ended by a full stop or a line break, paragraphs at blank lines."""
    found = []
    for match in re.finditer(r"\S[^.\n]*\.?", text):
        end = match.start() + len(match[0].rstrip())
        found.append(Sentence(match.start(), end, text[: match.start()].count("\n\n")))
    return tuple(found)


def make_article(
    text: str,
    boilerplate: Sequence[Span] = (),
    title: str | None = None,
    outlet: str | None = None,
    published_at: str | None = None,
) -> Article:
    return Article(
        article_id="a" * 16,
        source="x.txt",
        text=text,
        title=title,
        outlet=outlet,
        published_at=published_at,
        boilerplate=tuple(boilerplate),
    )


def words(count: int, word: str = "word") -> str:
    return " ".join([word] * (count - 1)) + f" {word}."


FRAGMENTS = st.one_of(
    st.text(alphabet="ab é“”日.,;—\U0001f600\u0301", min_size=1, max_size=30),
    st.sampled_from(["The U.S. agreed.", "“Yes,” he said.", words(12), words(40, "sum,"), "x" * 70]),
)
SPACES = st.sampled_from(["", " ", "\n", "\n\n", " \t ", "\u00a0", "\n\n\n"])


@st.composite
def articles(draw: st.DrawFn) -> Article:
    parts = draw(st.lists(st.tuples(SPACES, FRAGMENTS), max_size=14))
    text = "".join(space + fragment for space, fragment in parts) + draw(SPACES)
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    spans = [Span(*pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    title = draw(st.sampled_from([None, "Leaders meet", words(60, "Headline")]))
    return Article(
        article_id="f" * 16,
        source="x.txt",
        text=text,
        title=title,
        outlet=draw(st.sampled_from([None, "The Ledger"])),
        published_at=draw(st.sampled_from([None, "2024-04-10", "spring"])),
        boilerplate=tuple(spans),
    )


COUNTERS = st.sampled_from([count_words, count_framed_words, count_characters, count_pairs])


@settings(max_examples=300, deadline=None)
@given(articles(), COUNTERS, st.sampled_from([1, 5, 12, 30, 256]))
def test_chunks_of_any_article_keep_every_promise(
    article: Article, count: CountTokens, max_tokens: int
) -> None:
    sentences = split_lines(article.text)
    chunks = chunk(article, sentences, count, max_tokens)
    assert "".join(c.text for c in chunks) == article.text
    own = count([""])[0]
    starts = {s.start for s in sentences}
    edges = {e for span in article.boilerplate for e in (span.start, span.end)}
    position = 0
    for ordinal, c in enumerate(chunks):
        assert (c.start, c.ordinal) == (position, ordinal)
        assert c.text == article.text[c.start : c.end] != ""
        assert c.chunk_id == f"{article.article_id}.{article.version}.{ordinal:05d}"
        tokens = count([c.text])[0] - own
        assert tokens <= max(1, max_tokens - 2) or len(c.text) == 1
        if c.context and tokens <= max_tokens:
            assert tokens + count([c.context])[0] - own <= max_tokens
        position = c.end
        for offset in range(c.start, c.end):
            if not article.text[offset].isspace():
                assert article.is_boilerplate(offset, offset + 1) == c.boilerplate
    longest = max((count([article.text[s.start : s.end]])[0] - own for s in sentences), default=0)
    if count in (count_words, count_framed_words) and longest <= max_tokens - 2 and not edges:
        assert {c.start for c in chunks[1:]} <= starts


def test_an_empty_text_has_no_chunks_and_a_blank_one_has_one() -> None:
    assert chunk(make_article(""), (), count_words) == ()
    assert [c.text for c in chunk(make_article(" \n "), (), count_words)] == [" \n "]
    with pytest.raises(ValueError, match="max_tokens"):
        chunk(make_article("x"), (), count_words, 0)


def test_words_that_no_sentence_covers_are_kept() -> None:
    text = "Alpha beta. " + words(300)
    chunks = chunk(make_article(text), (), count_words)
    assert "".join(c.text for c in chunks) == text
    assert len(chunks) == 2


def test_white_space_belongs_to_the_chunk_before_it() -> None:
    text = "\n\n " + words(150) + "  \n\n" + words(150) + "\n"
    first, second = chunk(make_article(text), split_lines(text), count_words)
    assert first.text == "\n\n " + words(150) + "  \n\n"
    assert second.text == words(150) + "\n"


def test_a_chunk_is_filled_over_the_end_of_a_paragraph() -> None:
    paragraphs = [" ".join([words(20)] * 7), " ".join([words(20)] * 6)]
    text = "\n\n".join(paragraphs)
    first, second = chunk(make_article(text), split_lines(text), count_words)
    assert paragraphs[0] in first.text
    assert len(first.text) > len(paragraphs[0])
    assert first.text + second.text == text


def test_a_paragraph_end_in_a_chunk_that_is_hardly_filled_is_passed() -> None:
    text = words(30) + "\n\n" + " ".join([words(20)] * 9)
    chunks = chunk(make_article(text), split_lines(text), count_words)
    assert len(chunks) == 1


def test_a_sentence_within_the_window_stays_whole_and_a_longer_one_is_cut_at_a_clause() -> None:
    whole = words(240)
    assert [c.text for c in chunk(make_article(whole), split_lines(whole), count_words)] == [whole]
    long = " ".join(["word"] * 150) + ", " + words(200)
    first, *_ = chunk(make_article(long), (Sentence(0, len(long), 0),), count_words)
    assert first.text == " ".join(["word"] * 150) + ", "


def test_boilerplate_is_a_chunk_of_its_own_and_gives_no_context() -> None:
    text = "First point. Subscribe to our newsletter. Second point."
    start = text.index("Subscribe")
    article = make_article(text, [Span(start, start + 28)], title="Talks")
    chunks = chunk(article, split_lines(text), count_words)
    assert [(c.text.strip(), c.boilerplate) for c in chunks] == [
        ("First point.", False),
        ("Subscribe to our newsletter.", True),
        ("Second point.", False),
    ]
    assert [c.context for c in chunks] == ["Talks", "Talks", "Talks\nFirst point."]


def test_a_mark_inside_a_sentence_divides_it() -> None:
    text = "Advertisement The minister resigned."
    chunks = chunk(make_article(text, [Span(0, 13)]), (Sentence(0, len(text), 0),), count_words)
    assert [(c.text, c.boilerplate) for c in chunks] == [
        ("Advertisement ", True),
        ("The minister resigned.", False),
    ]


def test_context_names_the_article_and_the_sentence_before() -> None:
    text = " ".join(f"Sentence {n} has exactly these seven words." for n in range(60))
    article = make_article(
        text, title="Leaders\n meet", outlet="The Ledger", published_at="2024-04-10T08:00:00Z"
    )
    first, second, *_ = chunk(article, split_lines(text), count_words)
    assert first.context == "Leaders meet · The Ledger · April 10, 2024"
    before = first.text.rstrip().rsplit(". ", 1)[-1]
    assert second.context == f"{first.context}\n{before}"
    assert second.embedded_text == f"{second.context}\n{second.text}"


def test_a_long_sentence_before_is_shortened_and_context_keeps_its_share() -> None:
    text = " ".join(words(190, f"w{n}") for n in range(3))
    chunks = chunk(make_article(text, title=words(80, "Long")), split_lines(text), count_words)
    assert all(0 < count_words([c.context])[0] <= 40 for c in chunks)
    assert chunks[1].context.startswith("Long Long")


def test_context_gives_way_to_a_long_sentence() -> None:
    text = words(250)
    (only,) = chunk(make_article(text, title=words(30, "Title")), split_lines(text), count_words)
    assert count_words([only.embedded_text])[0] <= 254


def test_dates_and_headings() -> None:
    assert date_words("2024-04-10T23:59:00Z") == "April 10, 2024"
    assert date_words("2024-13-10") == "2024-13-10"
    assert date_words(None) == ""
    assert heading_of(make_article("x")) == ""


def test_with_the_sentence_splitter_of_ingest() -> None:
    splitter = pytest.importorskip("ingest.sentences")
    text = "WASHINGTON — Mr. Kishida met U.S. leaders. “We agreed,” he said.\n\n" * 40
    found = splitter.sentences(text)
    chunks: tuple[Chunk, ...] = chunk(make_article(text), found, count_words)
    assert "".join(c.text for c in chunks) == text
    assert {c.start for c in chunks[1:]} <= {s.start for s in found}
    assert len(chunks) > 1

"""The articles of a folder as an index would hold them, without making one: enough to check or draft a gold set."""

from __future__ import annotations

from pathlib import Path

from ingest.articles import Article
from ingest.discovery import discover
from ingest.errors import InvalidRequest, UnreadableArticle
from ingest.extraction import extract
from ingest.readers import ReadOptions, read, readable


def articles_in(folder: Path) -> list[Article]:
    """Every article of a folder that can be read, by source. What cannot be read is left to `dateline ingest`, which
    says why.

    Raises:
        InvalidRequest: the folder is not there, or holds no article.
    """
    options = ReadOptions()
    found = {
        article.source: article
        for file in discover([folder], readable).files
        for document in read(file.path, file.relative, options)
        if not isinstance(document, UnreadableArticle)
        for article in (extract(document),)
    }
    if not found:
        raise InvalidRequest(
            f"{folder} holds no articles: give a folder of .txt, .md, .html, .json, .jsonl or .pdf"
        )
    return [found[source] for source in sorted(found)]


def texts_in(folder: Path) -> dict[str, str]:
    """The text of every article of a folder by its source, for `eval.gold_check.check`. Raises like `articles_in`."""
    return {article.source: article.text for article in articles_in(folder)}

"""A saved web page becomes its article: trafilatura finds the body, the page's own metadata says the rest.

Metadata is read separately (`html_metadata`) because general extractors also guess: a date from the URL or from any
number on the page, a site name from the host. Here what the page does not declare stays unknown.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from ingest.articles import RawDocument
from ingest.decoding import decode, empty
from ingest.errors import UnreadableArticle
from ingest.html_metadata import declared_by

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
# A page whose longest paragraph is shorter holds links and labels, not an article.
MIN_PARAGRAPH_WORDS = 8
_BLOCKS = frozenset(("p", "head", "item", "code", "row", "ab", "figDesc"))


def read_html(data: bytes, source: str) -> RawDocument:
    """The one article of an HTML page, paragraphs separated by a blank line. Raises UnreadableArticle when no
    article body can be told from the page."""
    from lxml import etree
    from lxml import html as lxml_html

    markup = _markup(data, source)
    # A declaration of encoding in a decoded page would be refused by lxml.
    markup = re.sub(r"^\s*<\?xml[^>]*\?>", "", markup).replace("\x00", "")
    try:
        tree = lxml_html.document_fromstring(markup)
    except (etree.LxmlError, ValueError) as error:
        raise _no_body(source) from error
    declared = declared_by(tree)
    paragraphs = _paragraphs(_body(markup, source))
    if not any(len(paragraph.split()) >= MIN_PARAGRAPH_WORDS for paragraph in paragraphs):
        raise _no_body(source)
    return RawDocument(
        source=source,
        text="\n\n".join(paragraphs),
        media_type="text/html",
        title=declared.title,
        outlet=declared.outlet,
        authors=declared.authors,
        published_at=declared.published_at,
        url=declared.url,
    )


def _markup(data: bytes, source: str) -> str:
    """The page's characters. A charset the page declares settles what is not UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        declared = _META_CHARSET.search(data[:4096])
        name = declared[1].decode("ascii") if declared else ""
        # By the HTML standard, pages that say Latin-1 or ASCII are Windows-1252.
        name = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else name
        if name and not name.lower().replace("_", "-").startswith(("utf-8", "utf8", "utf-16")):
            try:
                text = data.decode(name)
            except (LookupError, UnicodeDecodeError):
                return decode(data, source)
            if not text.strip():
                raise empty(source) from None
            return text
    return decode(data, source)


def _body(markup: str, source: str) -> Any:
    """The body element trafilatura finds (its own XML vocabulary: p, head, list, item, quote, table)."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # our report says it, once
    try:
        found: Any = trafilatura.bare_extraction(
            markup, favor_precision=True, include_comments=False, include_tables=True, with_metadata=False
        )
    except MemoryError:
        raise
    except Exception as error:
        raise _no_body(source) from error
    if found is None or found.body is None:
        raise _no_body(source)
    return found.body


def _paragraphs(body: Any) -> list[str]:
    """One string a block, in order. Nested blocks (a paragraph in a quote) are visited once."""
    blocks: list[str] = []
    current: list[str] = []

    def end() -> None:
        lines = (" ".join(line.split(" ")).strip(" ") for line in "".join(current).split("\n"))
        block = "\n".join(line for line in lines if line)
        if re.search(r"\w", block):
            blocks.append(block)
        current.clear()

    def walk(element: Any) -> None:
        if not isinstance(element.tag, str) or element.tag == "graphic":
            return
        if element.tag in _BLOCKS or element.tag in ("quote", "list", "table"):
            end()
        if element.tag == "lb":
            current.append("\n")
        if element.tag == "cell" and any(part.strip() for part in current):
            current.append(" | ")
        current.append(re.sub(r"[ \t\n\r\f]+", " ", element.text or ""))
        for child in element:
            walk(child)
            current.append(re.sub(r"[ \t\n\r\f]+", " ", child.tail or ""))
        if element.tag in _BLOCKS or element.tag in ("quote", "list", "table"):
            end()

    try:
        walk(body)
    except RecursionError:
        return []
    end()
    return blocks


def _no_body(source: str) -> UnreadableArticle:
    return UnreadableArticle(
        f"{source}: no article body found in the page (a front page, a script-only page?); "
        f"save the article's own page, "
        "or its text as .txt"
    )

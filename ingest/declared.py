"""What a file or record declares about itself, whatever it calls it: the usual names of title, outlet, author…

Front matter, JSON records of news APIs and JSON-LD all say the same six things under different names and in
different shapes (a string, a list, `{"name": …}`, `{"rendered": …}`). This is the one place that knows them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

TITLE_NAMES = ("title", "headline", "head_line", "heading", "webTitle", "name_title")
OUTLET_NAMES = (
    "outlet",
    "publisher",
    "publication",
    "source",
    "site",
    "site_name",
    "siteName",
    "sitename",
    "source_name",
    "sourceName",
    "newspaper",
    "provider",
    "media",
    "website",
)
AUTHOR_NAMES = ("author", "authors", "byline", "by", "creator", "dc:creator", "writer", "writers")
DATE_NAMES = (
    "published_at",
    "publishedAt",
    "published",
    "date",
    "pubDate",
    "pub_date",
    "datePublished",
    "date_published",
    "publish_date",
    "publishDate",
    "publication_date",
    "published_date",
    "publishedDate",
    "webPublicationDate",
    "first_published",
    "firstPublished",
    "date_publish",
    "pubdate",
    "created_at",
    "createdAt",
    "created",
    "timestamp",
)
URL_NAMES = ("url", "link", "web_url", "webUrl", "canonical_url", "permalink", "href")

# Inside an object, where its words are.
_INNER = ("rendered", "name", "main", "value", "text", "#text", "title", "$oid")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_AUTHOR_BREAK = re.compile(r"\s*(?:;|\||,| and | & |\n)\s*", re.IGNORECASE)
# A list of names that ends here ("Jane Doe, Staff Writer"): what follows the comma is a role.
_ROLE = re.compile(
    r"\b(?:writer|reporter|editor|correspondent|staff|contributor|columnist|bureau|chief|director|manager|producer|"
    r"critic|jr|sr|ph\.?d|md|m\.d)\b\.?",
    re.IGNORECASE,
)


def first_of(record: Mapping[str, object], names: Sequence[str]) -> object:
    """The first value under one of `names` that is not empty; names compare exactly, then without case."""
    for name in names:
        if record.get(name) not in (None, "", [], {}):
            return record[name]
    folded = {key.casefold(): value for key, value in record.items() if isinstance(key, str)}
    for name in names:
        if folded.get(name.casefold()) not in (None, "", [], {}):
            return folded[name.casefold()]
    return None


def words_of(value: object) -> str | None:
    """`value` as one line of text: a string, or what an object calls its name; None when there are no words."""
    if isinstance(value, Mapping):
        value = first_of(value, _INNER)
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = next((item for item in map(words_of, value) if item), None)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = unescaped(str(value))
    if "<" in text:
        text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    return " ".join(text.split()) or None


def unescaped(text: str) -> str:
    """HTML entities as the characters they stand for."""
    return html.unescape(text) if "&" in text and _ENTITY.search(text) else text


def title_of(value: object) -> str | None:
    """A title: one line, at most 500 characters (longer is a body in the wrong field)."""
    text = words_of(value)
    return text if text and len(text) <= 500 else None


def outlet_of(value: object) -> str | None:
    """An outlet's name. A URL or a bare id is not a name."""
    text = words_of(value)
    if not text or len(text) > 120 or "://" in text or not re.search(r"[^\W\d_]", text):
        return None
    return text


def url_of(value: object) -> str | None:
    """A web address (http or https only: it becomes a link), else None."""
    text = words_of(value)
    return text if text and len(text) <= 2048 and _URL.fullmatch(text) else None


def authors_of(value: object) -> tuple[str, ...]:
    """Names of authors, in order, each once: from a list, objects with names, or "By Jane Doe and John Smith"."""
    found: list[str] = []
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    for item in items:
        text = words_of(item)
        if text is None or "://" in text:
            continue
        if mail := re.fullmatch(r"\S+@\S+\s+\((.+)\)", text):
            text = mail[1]
        text = re.sub(r"^\s*(?:written\s+)?by:?\s+", "", text, flags=re.IGNORECASE)
        for name in _AUTHOR_BREAK.split(text):
            name = name.strip(" .,-–—")
            if not name or _ROLE.fullmatch(name) or "@" in name or len(name) > 100:
                continue
            if _ROLE.search(name) and found:
                continue
            if name not in found:
                found.append(name)
    return tuple(found)

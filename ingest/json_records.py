"""One JSON record becomes one raw document: where its body is, what identifies it, what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ingest.articles import RawDocument, digest
from ingest.declared import (
    AUTHOR_NAMES,
    DATE_NAMES,
    OUTLET_NAMES,
    TITLE_NAMES,
    URL_NAMES,
    authors_of,
    first_of,
    outlet_of,
    title_of,
    unescaped,
    url_of,
    words_of,
)
from ingest.decoding import normalize_newlines
from ingest.errors import UnreadableArticle
from ingest.markup import looks_like_markup, plain_text
from ingest.publication_dates import iso_date

BODY_NAMES = (
    "body", "content", "text", "article", "full_text", "fullText", "article_body", "articleBody", "body_text",
    "bodyText", "article_text", "articleText", "maintext", "story", "body_html", "content_html", "html",
)  # fmt: skip
# Teasers: an article when nothing longer is there.
TEASER_NAMES = ("description", "summary", "abstract", "lead_paragraph", "snippet", "excerpt")
ID_NAMES = ("id", "guid", "_id", "uuid", "article_id", "articleId")

Finished = Callable[[str | None], RawDocument]


def document_from(
    record: Mapping[str, object], source: str, where: str, position: int | None, field_map: Mapping[str, str]
) -> tuple[Finished, str]:
    """A function that makes the document once its unique key is known, and the key the record itself suggests
    (its id, else its URL, else a digest of its body).

    `where` names the record in messages, `position` is its line or place in the list (None when it is alone),
    `field_map` leads from our fields to JSON paths. Raises UnreadableArticle when the record holds no body.
    """
    if isinstance(inner := record.get("_source"), Mapping):  # a search engine's hit
        record = {**{name: record[name] for name in ("_id",) if name in record}, **inner}

    def field(name: str, usual: tuple[str, ...]) -> object:
        return _at(record, field_map[name]) if name in field_map else first_of(record, usual)

    text = _body(record, where, field_map)
    url = url_of(field("url", URL_NAMES))
    key = words_of(field("id", ID_NAMES)) or url or digest("body", text)
    outlet = (
        outlet_of(field("outlet", ()))
        if "outlet" in field_map
        else next((name for name in (outlet_of(first_of(record, (n,))) for n in OUTLET_NAMES) if name), None)
    )
    published_at = (
        iso_date(field("published_at", ()))
        if "published_at" in field_map
        else next((day for day in (iso_date(first_of(record, (n,))) for n in DATE_NAMES) if day), None)
    )
    title = title_of(field("title", TITLE_NAMES))
    authors = authors_of(field("authors", AUTHOR_NAMES))

    def finish(record_key: str | None) -> RawDocument:
        return RawDocument(
            source=source,
            text=text,
            media_type="application/json",
            title=title,
            outlet=outlet,
            authors=authors,
            published_at=published_at,
            url=url,
            record_key=record_key,
            record_line=position,
        )

    return finish, key


def _body(record: Mapping[str, object], where: str, field_map: Mapping[str, str]) -> str:
    if "text" in field_map:
        text = _prose(_at(record, field_map["text"]))
        tried = f"no text under {field_map['text']!r}"
    else:
        found = (_prose(first_of(record, (name,))) for name in (*BODY_NAMES, *TEASER_NAMES))
        text = next((words for words in found if words.strip()), "")
        tried = "no body"
    if not text.strip():
        names = ", ".join(list(map(str, record))[:12]) or "none"
        raise UnreadableArticle(
            f"{where}: {tried}; its fields are: {names}; name the right one with --map text=FIELD"
        )
    return text


def _prose(value: object) -> str:
    """The text of a body field: a string, `{"rendered": …}`, or a list of either (paragraphs)."""
    if isinstance(value, list):
        return "\n\n".join(part for part in map(_prose, value) if part.strip())
    if isinstance(value, Mapping):
        inner = first_of(value, ("rendered", "value", "text", "content", "body", "#text"))
        return _prose(inner) if isinstance(inner, str) else ""
    if not isinstance(value, str):
        return ""
    text = normalize_newlines(value)
    text = plain_text(text) if looks_like_markup(text) else unescaped(text)
    # Lone surrogates (JSON's \ud83d by itself) cannot be stored as UTF-8; NUL cannot be stored at all.
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _at(record: Mapping[str, object], path: str) -> object:
    """The value at a name, or at a dotted path (`fields.main`, `blocks.0.text`); None when it is not there."""
    if path in record:
        return record[path]
    value: object = record
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value

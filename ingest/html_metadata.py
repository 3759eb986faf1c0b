"""What a news page declares about itself: JSON-LD, meta tags, `<time>` and the byline. Nothing is inferred.

Sources of the names: schema.org NewsArticle, Open Graph, the parsely/sailthru/Dublin Core tags that newsrooms add.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.declared import authors_of, outlet_of, title_of, url_of
from ingest.publication_dates import iso_date

ARTICLE_TYPES = re.compile(r"(?:\w*Article|\w*Posting|Report|Review|OpinionNewsArticle)", re.IGNORECASE)
TITLE_TAGS = ("og:title", "twitter:title", "dc.title", "sailthru.title", "parsely-title", "title")
OUTLET_TAGS = ("og:site_name", "application-name", "dc.publisher", "publisher", "cre", "source")
AUTHOR_TAGS = (
    "author",
    "article:author",
    "byl",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "og:article:author",
)
DATE_TAGS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "article.published",
    "published-date",
    "cxenseparse:recs:publishtime",
    "displaydate",
    "ptime",
    "date",
)
MAX_JSON_LD_CHARS = 500_000


@dataclass(frozen=True)
class Declared:
    """Metadata of one page; None and () where it says nothing."""

    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    url: str | None = None


def declared_by(tree: Any) -> Declared:
    """What the page in `tree` (an lxml HTML element) declares."""
    tags = _meta_tags(tree)
    linked = _linked_data(tree)
    outlet = outlet_of(linked.get("publisher")) or _first(tags, OUTLET_TAGS, outlet_of)
    if "og:site_name" in tags:
        outlet = outlet_of(tags["og:site_name"]) or outlet
    return Declared(
        title=_title(tree, tags, linked, outlet),
        outlet=outlet,
        authors=authors_of(linked.get("author")) or _first(tags, AUTHOR_TAGS, authors_of) or _byline(tree),
        published_at=iso_date(linked.get("datePublished"))
        or _first(tags, DATE_TAGS, iso_date)
        or _time(tree),
        url=_url(tree, tags, linked),
    )


def _first(tags: Mapping[str, str], names: tuple[str, ...], convert: Any) -> Any:
    return next((value for name in names if name in tags and (value := convert(tags[name]))), convert(None))


def _meta_tags(tree: Any) -> dict[str, str]:
    """Lower-case name, property or itemprop → content; the first of each wins."""
    tags: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = (element.get("content") or "").strip()
        if name and content:
            tags.setdefault(name.strip().lower(), content)
    return tags


def _linked_data(tree: Any) -> Mapping[str, object]:
    """The JSON-LD object that describes the article; {} when there is none."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        text = (script.text_content() or "").strip()
        if not text or len(text) > MAX_JSON_LD_CHARS:
            continue
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for item in _objects(value, 0):
            kind = item.get("@type")
            kinds = kind if isinstance(kind, list) else [kind]
            if any(isinstance(name, str) and ARTICLE_TYPES.fullmatch(name) for name in kinds):
                return item
    return {}


def _objects(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    if depth > 3:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, Mapping):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _objects(value.get(name), depth + 1)


def _title(
    tree: Any, tags: Mapping[str, str], linked: Mapping[str, object], outlet: str | None
) -> str | None:
    title: str | None = title_of(linked.get("headline")) or _first(tags, TITLE_TAGS, title_of)
    if title is None:
        headings = [text for h1 in tree.iter("h1") if (text := title_of(h1.text_content()))]
        title = headings[0] if len(headings) == 1 else None
    if title is None:
        element = tree.find(".//title")
        title = title_of(element.text_content()) if element is not None else None
    if (
        title and outlet
    ):  # "Headline | Outlet": the outlet is known, so its suffix can be told from the headline
        shortened = re.sub(rf"\s*[|\-–—:•»]+\s*{re.escape(outlet)}\s*$", "", title, flags=re.IGNORECASE)
        title = shortened or title
    return title


def _byline(tree: Any) -> tuple[str, ...]:
    """Authors in elements that say they are: rel=author, itemprop=author, a class of byline or author-name."""
    found: list[str] = []
    for element in tree.iter("a", "span", "p", "div", "address"):
        classes = (element.get("class") or "").lower()
        marked = (
            element.get("rel") == "author"
            or "author" in (element.get("itemprop") or "").split()
            or re.search(
                r"(?:^|[\s_-])byline(?:$|\s)|author[_-]?name|byline[_-]{1,2}(?:name|author)", classes
            )
        )
        if not marked:
            continue
        text = " ".join(element.text_content().split())
        if 3 < len(text) <= 100 and not re.search(r"\d", text):
            names = [name for name in authors_of(text) if name[0].isupper() and len(name.split()) <= 5]
            found += [name for name in names if name not in found]
        if found:
            break
    return tuple(found)


def _time(tree: Any) -> str | None:
    """A `<time>` that says it is the publication date, or the first one in the article's own header."""
    for element in tree.iter("time"):
        if element.get("pubdate") is not None or "datePublished" in (element.get("itemprop") or ""):
            return iso_date(element.get("datetime") or element.text_content())
    for element in tree.iter("time"):
        ancestors = list(element.iterancestors())
        names = [ancestor.tag for ancestor in ancestors]
        if any(name in ("aside", "nav", "footer", "li") for name in names):
            continue
        home = next((ancestor for ancestor in ancestors if ancestor.tag in ("article", "main")), None)
        if home is not None and home.find(".//h1") is not None:
            label = " ".join((element.getparent().text_content() or "").split())[:60].lower()
            if re.match(r"(?:last )?(?:updated|modified)", label):
                continue
            return iso_date(element.get("datetime") or element.text_content())
    return None


def _url(tree: Any, tags: Mapping[str, str], linked: Mapping[str, object]) -> str | None:
    for element in tree.iter("link"):
        if (element.get("rel") or "").lower() == "canonical" and (found := url_of(element.get("href"))):
            return found
    page = linked.get("mainEntityOfPage")
    if isinstance(page, Mapping):
        page = page.get("@id")
    return url_of(tags.get("og:url")) or url_of(linked.get("url")) or url_of(page)

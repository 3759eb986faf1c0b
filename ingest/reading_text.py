"""Plain text and Markdown: the file's characters are the article's characters, all of them.

Front matter (YAML between `---` lines) gives metadata and is marked as boilerplate, not cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.articles import RawDocument, Span
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
    url_of,
)
from ingest.decoding import decode, empty
from ingest.publication_dates import iso_date

# YAML aliases can make a small file unfold to gigabytes; real front matter is short.
MAX_FRONT_MATTER_CHARS = 20_000
# PyYAML's time grows with the square of nesting; front matter lists authors and tags, no more.
MAX_BRACKETS = 200

_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)


def read_text(data: bytes, source: str, *, markdown: bool) -> RawDocument:
    """The one article of a text or Markdown file. Raises UnreadableArticle."""
    text = decode(data, source)
    if not markdown:
        return RawDocument(source=source, text=text, media_type="text/plain")
    found = _FRONT_MATTER.match(text)
    if found is None:
        return RawDocument(source=source, text=text, media_type="text/markdown")
    fields = _fields(found["yaml"])
    if fields is None:  # malformed: nothing can be said of it, so nothing is
        return RawDocument(source=source, text=text, media_type="text/markdown")
    if not text[found.end() :].strip():
        raise empty(source)
    return RawDocument(
        source=source,
        text=text,
        media_type="text/markdown",
        title=title_of(first_of(fields, TITLE_NAMES)),
        outlet=outlet_of(first_of(fields, OUTLET_NAMES)),
        authors=authors_of(first_of(fields, AUTHOR_NAMES)),
        published_at=iso_date(first_of(fields, DATE_NAMES)),
        url=url_of(first_of(fields, URL_NAMES)) or url_of(first_of(fields, ("source",))),
        boilerplate=(Span(0, found.end()),),
    )


def _fields(yaml_text: str) -> Mapping[str, object] | None:
    import yaml

    if len(yaml_text) > MAX_FRONT_MATTER_CHARS or yaml_text.count("[") + yaml_text.count("{") > MAX_BRACKETS:
        return None
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(yaml_text, Loader=yaml.SafeLoader)):
            return None
        fields = yaml.safe_load(yaml_text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) and fields else None

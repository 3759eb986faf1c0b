"""Joins the widget's parts into the one script that pages load.

The parts are plain scripts that share one scope, so that an editor or `tsc -p service/widget/jsconfig.json` checks them
together, and nobody needs a bundler. Comments and indentation stay behind: a reader's phone has no use for them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from importlib.resources import files

PARTS = (
    "opening.js",
    "words.js",
    "elements.js",
    "colours.js",
    "wire.js",
    "archive.js",
    "conversation.js",
    "card.js",
    "answer.js",
    "verdict.js",
    "turn.js",
    "composer.js",
    "panel.js",
    "widget.js",
)
"""In the order in which they run: what a part needs while it runs stands in an earlier one."""

_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_CAST = re.compile(r"/\*\* @type \{(?:[^*]|\*(?!/))*\*/ ")
_TRAILING_COMMENT = re.compile(r"(?<=[;,{]) // [^\"`\n]*$", re.MULTILINE)
_INDENT = re.compile(r"\n\s*")
_AROUND_CSS_PUNCTUATION = re.compile(r"\s*([{};,])\s*")


@dataclass(frozen=True, slots=True)
class WidgetFile:
    """A file's bytes, the same compressed, and a name that changes when they do."""

    plain: bytes
    compressed: bytes
    digest: str

    @classmethod
    def of(cls, text: str) -> WidgetFile:
        """The file that holds `text`."""
        plain = text.encode()
        digest = hashlib.sha256(plain).hexdigest()[:32]
        return cls(plain, gzip.compress(plain, compresslevel=9, mtime=0), digest)


def widget_script() -> WidgetFile:
    """The script, read from the package and joined; some milliseconds."""
    room = files("service.widget")
    styles = json.dumps(compact_css(room.joinpath("widget.css").read_text("utf-8")), ensure_ascii=False)
    parts = "\n".join(compact_js(room.joinpath(name).read_text("utf-8")) for name in PARTS)
    return WidgetFile.of(f'(()=>{{"use strict";const STYLES={styles};\n{parts}\n}})();\n')


def widget_words() -> dict[str, WidgetFile]:
    """What the widget says in other languages than English, by language."""
    return {
        file.name.removesuffix(".json"): WidgetFile.of(file.read_text("utf-8"))
        for file in files("service.widget").joinpath("words").iterdir()
        if file.name.endswith(".json")
    }


def compact_js(text: str) -> str:
    """A part without comments and indentation.

    Only comments that stand on lines of their own, type casts, and comments without double quotation marks at a line's
    end are taken for comments, so that nothing inside a string is. No template literal of the parts spans lines.
    """
    for pattern in (_BLOCK_COMMENT, _LINE_COMMENT, _CAST, _TRAILING_COMMENT):
        text = pattern.sub("", text)
    return _INDENT.sub("\n", text).strip()


def compact_css(text: str) -> str:
    """A style sheet without comments and the space that means nothing."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return _AROUND_CSS_PUNCTUATION.sub(r"\1", re.sub(r"\s+", " ", text)).replace(";}", "}").strip()

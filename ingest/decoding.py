"""Bytes become text once, here, so that every reader agrees on what a character is.

UTF-8 first (nearly every newsroom export), then a byte order mark, then a guess that has to earn its place: text
that may be wrong is worse than a file that is reported, because citations promise the source's own words.
"""

from __future__ import annotations

import codecs
import re

from ingest.errors import UnreadableArticle

BYTES_PER_MB = 1_000_000

# UTF-32 before UTF-16: the UTF-16-LE mark is a prefix of the UTF-32-LE one.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Above this share of control characters a file is taken to be binary (a prose file has none, a log has few).
MAX_CONTROL_SHARE = 0.02
# Western European text has fewer non-ASCII letters than this (French 5 %, German 3 %); Czech has 13 %.
MAX_WESTERN_SHARE = 0.09
# With fewer non-ASCII bytes than this a guess between multi-byte encodings is a coin toss.
MIN_EVIDENCE_BYTES = 10
# charset-normalizer's own measures, in percent: how garbled the decoded text looks.
MAX_CHAOS_PERCENT = 10.0

_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
# A letter, a non-ASCII sign that is no letter, a letter ("og³osi"); or an accent that stands by itself.
_SYMBOL_IN_WORD = re.compile(
    r"(?<=[^\W\d_])[²³¹¼½¾ªº\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b6\u00b8\u00bb\u00bf](?=[^"
    r"\W\d_])|[\u00a8\u00af\u00b4\u00b8]"
)
_LATIN = ("cp125", "iso8859", "latin", "mac_", "cp775", "cp437", "cp85", "cp86", "hp_roman")


def check_size(size_bytes: int, source: str, max_file_mb: float) -> None:
    """Raise UnreadableArticle when `size_bytes` exceeds `max_file_mb`."""
    if size_bytes > max_file_mb * BYTES_PER_MB:
        raise UnreadableArticle(
            f"{source}: {size_bytes / BYTES_PER_MB:.1f} MB is over the limit of {max_file_mb:g} "
            f"MB; split the file, or "
            "raise max_file_mb (DATELINE_MAX_FILE_MB)"
        )


def cannot_open(source: str, error: OSError) -> UnreadableArticle:
    """The operating system's refusal, as the error readers yield."""
    reason = error.strerror or type(error).__name__
    return UnreadableArticle(f"{source}: cannot be opened ({reason}); check the path and its permissions")


def decode(data: bytes, source: str) -> str:
    """The text of `data`: byte order mark dropped, CRLF and CR as LF, nothing else changed.

    `source` names the file (and line) in messages. Raises UnreadableArticle when the bytes are empty, blank,
    binary, or in an encoding that cannot be told with confidence.
    """
    if not data.strip():
        raise empty(source)
    text = normalize_newlines(_decoded(data, source))
    if not text.strip("\ufeff \t\n\r\f\v\xa0"):
        raise empty(source)
    controls = len(_CONTROL.findall(text))
    if "\x00" in text or controls > MAX_CONTROL_SHARE * len(text):
        raise _binary(source)
    return text


def normalize_newlines(text: str) -> str:
    """CRLF and lone CR become LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def empty(source: str) -> UnreadableArticle:
    """The error for a file or record that holds no words."""
    return UnreadableArticle(f"{source}: it is empty; remove it, or export it again with its text")


def _binary(source: str) -> UnreadableArticle:
    return UnreadableArticle(
        f"{source}: it is binary, not text; convert it to UTF-8 text, or give it the suffix "
        f"of its real format"
    )


def _decoded(data: bytes, source: str) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode("utf-8") if encoding == "utf-8" else data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableArticle(
                    f"{source}: it begins as {encoding.upper()} and breaks off at byte {error.start}; "
                    f"save it as UTF-8"
                ) from error
    if b"\x00" in data:
        raise _binary(source)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error, source)
        return _guessed(data, source)


def _refuse_damaged_utf8(data: bytes, error: UnicodeDecodeError, source: str) -> None:
    """A file that is UTF-8 but for a few bytes would decode as something else, wrongly: say where it breaks."""
    lenient = data.decode("utf-8", errors="replace")
    broken = lenient.count("\ufffd")
    whole = sum(1 for character in lenient if character > "\x7f") - broken
    if whole > 2 * broken:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableArticle(
            f"{source}: line {line}: not valid UTF-8 (byte {data[error.start]:#04x} at offset "
            f"{error.start}) though the "
            "rest is; repair that character or save the file as UTF-8 again"
        ) from error


def _guessed(data: bytes, source: str) -> str:
    from charset_normalizer import from_bytes

    evidence_bytes = sum(1 for byte in data if byte > 0x7F)
    if evidence_bytes > 0.3 * len(data) and len(_CONTROL.findall(data.decode("latin-1"))) > 0.01 * len(data):
        raise _binary(source)
    matches = from_bytes(data)
    best = matches.best()
    western = _as_western(data, evidence_bytes)
    if western is not None and (
        best is None or best.encoding.startswith(_LATIN) or evidence_bytes < MIN_EVIDENCE_BYTES
    ):
        return western
    if best is not None and best.percent_chaos <= MAX_CHAOS_PERCENT:
        certain = len({str(match) for match in matches}) == 1 or best.percent_coherence > 0
        if certain or evidence_bytes >= MIN_EVIDENCE_BYTES:
            return str(best)
    raise UnreadableArticle(
        f"{source}: it is not UTF-8 and its encoding cannot be told with confidence; save it as UTF-8"
    )


def _as_western(data: bytes, evidence_bytes: int) -> str | None:
    """The text as Windows-1252 when it reads as Western European, else None.

    Windows-1250 and its like decode nearly every Windows-1252 file, and a detector cannot choose between them
    from a handful of accents; English news that is not UTF-8 is Windows-1252 in practice.
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    letters = sum(1 for character in text if character > "\x7f" and character.isalpha())
    plausible = letters <= MAX_WESTERN_SHARE * len(text) or evidence_bytes < MIN_EVIDENCE_BYTES
    return text if plausible and not _SYMBOL_IN_WORD.search(text) else None

"""The text layer of a PDF, page after page, as pypdf finds it. Scans without a text layer are refused, not guessed.

The creation date of a PDF is when the file was made, not when the article was published: it is not used.
"""

from __future__ import annotations

import io
import logging
import re

from ingest.articles import RawDocument
from ingest.declared import authors_of, title_of
from ingest.decoding import normalize_newlines
from ingest.errors import UnreadableArticle

# Titles that word processors put there by themselves.
_PLACEHOLDER = re.compile(
    r"microsoft word\b.*|untitled.*|document\d*|.*\.(?:docx?|pdf|indd|odt|tex|html?|pages)|\(.*\)|slide \d+|print\w*",
    re.IGNORECASE,
)


def read_pdf(data: bytes, source: str) -> RawDocument:
    """The one article of a PDF: the pages' text joined by blank lines. Raises UnreadableArticle when the file is
    not a PDF, is damaged, needs a password, or has no text layer."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns about every oddity; ours is the report
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _locked(source)
        pages = [normalize_newlines(page.extract_text()).strip("\n") for page in reader.pages]
        title = title_of(reader.metadata.title) if reader.metadata else None
        authors = authors_of(reader.metadata.author) if reader.metadata else ()
    except (UnreadableArticle, MemoryError):
        raise
    except (FileNotDecryptedError, DependencyError) as error:
        raise _locked(source) from error
    except (PyPdfError, RecursionError) as error:
        raise _damaged(source, error) from error
    except Exception as error:
        raise _damaged(source, error) from error
    text = "\n\n".join(page for page in pages if page.strip())
    text = text.replace("\x00", "\ufffd")
    if not re.search(r"\w", text):
        raise UnreadableArticle(
            f"{source}: no text layer in its {len(pages)} pages (scanned?); run OCR on it and ingest the result"
        )
    return RawDocument(
        source=source,
        text=text,
        media_type="application/pdf",
        title=None if title is None or _PLACEHOLDER.fullmatch(title) else title,
        authors=authors,
    )


def _locked(source: str) -> UnreadableArticle:
    return UnreadableArticle(f"{source}: it is encrypted; save a copy without a password")


def _damaged(source: str, error: BaseException) -> UnreadableArticle:
    reason = str(error).strip().rstrip(".") or type(error).__name__
    return UnreadableArticle(f"{source}: not a readable PDF ({reason[:120]}); export or download it again")

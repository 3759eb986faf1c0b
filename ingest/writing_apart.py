"""Writing a copy of an index in a process that has never seen what the copy must not hold.

Chroma's vector index writes the whole of its buffers to disk, the part not filled yet included, and that part is memory
as the process last used it: words of an article that was deleted long ago have been found in `data_level0.bin`, from
SQLite pages the same process had read. So the process that reads the old database sends the articles that are kept to a
new one, which knows nothing else, and that one writes.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ingest.errors import DatelineError, UpstreamRefused, UpstreamUnavailable
from ingest.packed import PackedArticle, check_copy, packed_from, write_in_batches
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

STOP_S = 10.0


def write_apart(
    data_dir: Path, fingerprint: str, dimension: int, generation: int, articles: Iterable[PackedArticle]
) -> None:
    """Write articles into a new index in `data_dir`, read them back, and move it on past `generation`.

    A program that calls this keeps its own work under `if __name__ == "__main__"`: the other process imports it.

    Raises:
        UpstreamRefused: what was written is not what is read back.
        UpstreamUnavailable: the other process could not write, or ended.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(
        target=_write,
        args=(there, data_dir, fingerprint, dimension, generation),
        name="write-apart",
        daemon=True,
    )
    process.start()
    there.close()
    try:
        for article in articles:
            here.send((article.document(), article.digest()))
        here.send(None)
        refused, said = here.recv()
    except (OSError, EOFError) as error:  # it has ended, with or without a word
        refused, said = _last_words(here, "the process that writes the copy ended")
        raise UpstreamUnavailable(said) from error
    finally:
        here.close()
        process.join(STOP_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()
    if said is not None:
        raise UpstreamRefused(said) if refused else UpstreamUnavailable(said)


def _last_words(connection: Connection, otherwise: str) -> tuple[bool, str]:
    with suppress(OSError, EOFError):
        refused, said = connection.recv()
        return bool(refused), str(said)
    return False, otherwise


def _write(connection: Connection, data_dir: Path, fingerprint: str, dimension: int, generation: int) -> None:
    """The other process: writes what comes, and answers (whether it was refused, what went wrong or None)."""
    digests: dict[str, str] = {}
    settings = IngestSettings(data_dir=data_dir, chroma_url=None)
    try:
        with ArticleStore.open(settings, fingerprint=fingerprint, dimension=dimension, create=True) as store:
            write_in_batches(store, _received(connection, digests))
            check_copy(store, digests)
            store.outlive(generation)
    except UpstreamRefused as error:
        _answer(connection, True, str(error))
    except (DatelineError, OSError, EOFError) as error:
        _answer(connection, False, str(error) or type(error).__name__)
    else:
        _answer(connection, False, None)


def _answer(connection: Connection, refused: bool, said: str | None) -> None:
    with suppress(OSError):
        connection.send((refused, said))


def _received(connection: Connection, digests: dict[str, str]) -> Iterator[PackedArticle]:
    while (message := _next(connection)) is not None:
        document, digest = message
        article = packed_from(document)
        digests[article.record.article_id] = digest
        yield article


def _next(connection: Connection) -> tuple[Any, str] | None:
    message: tuple[Any, str] | None = connection.recv()
    return message

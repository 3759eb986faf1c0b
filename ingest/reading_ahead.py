"""Work done ahead in a thread: the next articles are prepared while the embedder, which lets go of Python's lock,
computes the last ones."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from queue import Empty, Full, Queue
from typing import TypeVar

Item = TypeVar("Item")

_PATIENCE_S = 0.1


class _End:
    """The last thing in the queue: the items are at their end, or `error` ended them."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Generator[Item, None, None], depth: int) -> Generator[Item, None, None]:
    """The same items in the same order, with up to `depth` of them made before they are asked for.

    An error of `items` is raised here, after the items before it. When the caller closes this generator (an
    interrupt does), the thread ends after the item it is making, and is waited for.
    """
    queue: Queue[Item | _End] = Queue(depth)
    enough = threading.Event()

    def put(item: Item | _End) -> None:
        while not enough.is_set():
            try:
                queue.put(item, timeout=_PATIENCE_S)
            except Full:
                continue
            return

    def work() -> None:
        try:
            with closing(items):
                for item in items:
                    put(item)
                    if enough.is_set():
                        return
            put(_End())
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            put(_End(error))

    worker = threading.Thread(target=work, name="ingest-read-ahead", daemon=True)
    worker.start()
    try:
        while True:
            got = queue.get()
            if isinstance(got, _End):
                if got.error is not None:
                    raise got.error
                return
            yield got
    finally:
        enough.set()
        while worker.is_alive():
            try:
                queue.get(timeout=_PATIENCE_S)
            except Empty:
                worker.join(_PATIENCE_S)

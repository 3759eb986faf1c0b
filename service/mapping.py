"""Articles mapped side by side, as many at once as the model's limits leave to one summary.

An article on which the model fails is left to its own sentences. A model that fails on several in a row has failed.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from ingest.errors import ContextTooLong, DatelineError
from service.article_maps import ArticleMapper, Mapped
from service.model_requests import ModelRequests

MOST_FAILED_IN_A_ROW = 3

_log = logging.getLogger("dateline.summaries")


class ArticleMapping:
    """Maps the articles of one summary. Not for sharing; `run` once."""

    def __init__(self, mapper: ArticleMapper, requests: ModelRequests, *, at_once: int) -> None:
        self._mapper = mapper
        self._requests = requests
        self._at_once = at_once
        self.mapped: dict[str, list[Mapped]] = {}
        """What was said of each article that was mapped."""
        self.failed: list[str] = []
        """The articles on which the model failed."""

    def run(self, article_ids: Sequence[str]) -> Generator[str, None, None]:
        """The articles as they are done, failed ones included. Closing it stops the model.

        Raises:
            Stopped: the requests were closed.
            UpstreamUnavailable, RateLimited, UpstreamRefused: the model failed several times in a row, or did nothing
                but fail; `ContextTooLong`, which shorter prompts mend, at once.
        """
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="dateline-map") as threads:
            futures: dict[Future[list[Mapped]], str] = {}
            for article_id in article_ids:
                context = contextvars.copy_context()  # the request's id, for the log
                futures[threads.submit(context.run, self._mapper.map, article_id)] = article_id
            try:
                yield from self._done(futures)
            except ContextTooLong:
                # What is being written is waited for: it is kept for the next try.
                threads.shutdown(wait=True, cancel_futures=True)
                raise
            except BaseException:
                self._requests.close()
                threads.shutdown(wait=True, cancel_futures=True)
                raise

    def _done(self, futures: dict[Future[list[Mapped]], str]) -> Iterator[str]:
        pending, in_a_row = set(futures), 0
        last: DatelineError | None = None
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                article_id = futures[future]
                try:
                    self.mapped[article_id] = future.result()
                    in_a_row = 0
                except ContextTooLong:
                    raise
                except DatelineError as error:
                    _log.warning("the model failed on article %s: %s", article_id, error)
                    self.failed.append(article_id)
                    in_a_row, last = in_a_row + 1, error
                    if in_a_row == MOST_FAILED_IN_A_ROW:
                        raise
                yield article_id
        if last is not None and not self.mapped:
            raise last


__all__ = ["ArticleMapping"]

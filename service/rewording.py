"""Timelines and comparisons in a model's words: each entry shortened, nothing else.

Which events there are, their dates and order, who reports what and who contradicts whom is found by rules over all
articles, and can be checked. A model that is shown a page of events moves dates from one to another and gives all
outlets what one of them says; nothing in the words of a statement would show it. So it is only asked to put each entry
into a shorter sentence. This must be borne out by every sentence that the entry cites, by each alone, and in a timeline
keep the words that say when. Otherwise the entry stays the article's own sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from ingest.errors import ContextTooLong, DatelineError
from service.answers import Dropped
from service.combining import header, single
from service.evidence_block import LINE_TOKENS, EvidenceBlock, Numbered
from service.model_requests import ModelRequests
from service.quarantine import quarantined
from service.resolving import Resolved, Resolver
from service.statement_reading import StatementReader
from service.statement_stream import RawStatement
from service.summary_arrangement import Arrangement
from service.summary_statements import Told
from service.summary_text import words_in
from service.templates import Prompt

MOST_AT_ONCE = 12
"""Entries of one request: what is said early should be seen early, and a small model loses count of more."""
MOST_HALVINGS = 2
REWORDED_AS_TOKENS = 48
"""The room that a shortened entry takes, with its label."""


class Rewording:
    """Shortens the entries of one summary. Not for sharing."""

    def __init__(
        self,
        requests: ModelRequests,
        prompt: Prompt,
        resolver: Callable[[EvidenceBlock], Resolver],
        *,
        evidence_tokens: int,
        answer_tokens: int,
    ) -> None:
        self._requests = requests
        self._prompt = prompt
        self._resolver = resolver
        self._evidence_tokens = evidence_tokens
        self._answer_tokens = answer_tokens

    def entries(self, arrangement: Arrangement) -> Iterator[tuple[Told, str | None]]:
        """Every entry in order, with its shorter words; None where it stays as it is.

        Raises:
            Stopped: the requests were closed.
            UpstreamUnavailable, RateLimited, UpstreamRefused: the model failed. What has been given stays valid.
        """
        written = {event.told: event.written for event in arrangement.events}
        left, most, halvings = list(arrangement.told), MOST_AT_ONCE, 0
        while left:
            batch = self._fitting(left[:most])
            judge = _EntryJudge(batch, written, self._resolver)
            failure: DatelineError | None = None
            try:
                self._ask(judge, len(batch))
            except ContextTooLong:
                if halvings == MOST_HALVINGS or len(batch) == 1:
                    raise
                most, halvings = len(batch) // 2, halvings + 1
                continue
            except DatelineError as error:
                failure = error
            for place, told in enumerate(batch):
                yield told, judge.accepted.get(place)
            if failure is not None:
                raise failure
            left = left[len(batch) :]

    def _fitting(self, entries: Sequence[Told]) -> list[Told]:
        count, spent = self._requests.model.count_tokens, 0
        batch: list[Told] = []
        for told in entries:
            spent += count(told.text) + count(header(0, told.cited[0])) + 2 * LINE_TOKENS
            answered = (len(batch) + 1) * REWORDED_AS_TOKENS
            if batch and (spent > self._evidence_tokens or answered > self._answer_tokens):
                break
            batch.append(told)
        return batch

    def _ask(self, judge: _EntryJudge, entries: int) -> None:
        reader = StatementReader(judge)
        messages = self._prompt.render(evidence=judge.block.text, count=entries)
        try:
            with closing(self._requests.text(messages, self._answer_tokens, reader)) as found:
                for _ in found:
                    if len(judge.accepted) == entries:
                        break
        finally:
            self._requests.judged(reader)


class _EntryJudge:
    """Holds a shortened entry against all that its entry cites. The first that holds counts."""

    def __init__(
        self,
        batch: Sequence[Told],
        written: dict[Told, str],
        resolver: Callable[[EvidenceBlock], Resolver],
    ) -> None:
        self._batch = batch
        self._written = written
        self._resolver = resolver
        self.accepted: dict[int, str] = {}
        self.block = EvidenceBlock(
            tuple(
                (
                    header(number, told.cited[0]),
                    (Numbered(f"{number}.1", told.cited[0], f"[{number}.1] {quarantined(told.text)}"),),
                )
                for number, told in enumerate(batch, start=1)
            )
        )

    def resolve(self, raw: RawStatement) -> Resolved | Dropped:
        """See `Resolver.resolve`: with the words and the citations of the entry, or why it stays as it is."""
        numbers = {label.partition(".")[0] for label in raw.labels}
        place = int(numbers.pop()) - 1 if len(numbers) == 1 else -1
        if not 0 <= place < len(self._batch):
            return Dropped(text=raw.text, reason="uncited")
        told = self._batch[place]
        found: Resolved | None = None
        for candidate in told.cited:
            result = self._resolver(single(candidate)).resolve(
                RawStatement(raw.text, ("1.1",), whole=raw.whole, repeated=raw.repeated)
            )
            if isinstance(result, Dropped):
                return result
            if found is not None and found.text != result.text:
                return Dropped(text=raw.text, reason="attribution")
            found = result
        if found is None or place in self.accepted:
            return Dropped(text=raw.text, reason="repeated")
        when = self._written.get(told)
        if when is not None and " ".join(when.split()).casefold() not in found.text.casefold():
            return Dropped(text=raw.text, reason="value", words=when)
        if words_in(found.text) >= told.words:
            return Dropped(text=raw.text, reason="repeated", words="not shorter")
        self.accepted[place] = found.text
        return Resolved(found.text, told.cited, found.repaired)


__all__ = ["Rewording"]

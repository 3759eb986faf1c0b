"""What happens, in order, while a summary is made: for callers that show how far it is.

A stream is any number of `ReadingEvent`s, then a `StatementEvent` for each statement (already verified), then one
`SummaryDone` with the whole summary. Errors are raised, not yielded.
"""

from __future__ import annotations

from service.events import StatementEvent
from service.summaries import ReadingEvent, SummaryDone

SummaryEvent = ReadingEvent | StatementEvent | SummaryDone

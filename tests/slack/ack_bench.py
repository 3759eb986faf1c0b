"""How long acknowledging takes while questions are being answered.

    python -m tests.slack.ack_bench DATA_DIR QUESTIONS

QUESTIONS is a file with one question a line. Twenty are asked at once; until the last is answered, help is asked for
every 20 ms. Times are from the envelope's sending to its acknowledgement, both ends in one process, and a look every
10 ms: upper bounds. Nothing asserts them, for they depend on what else the machine does.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from pathlib import Path

from service.opening import open_services
from service.settings import ServiceSettings
from service.slack.desk import Desk, OwnDesk
from service.slack.socket_mode import PING_EVERY_S
from tests.slack.newsroom import newsroom

AT_ONCE = 20


async def measured(desk: Desk, questions: list[str]) -> tuple[list[float], float]:
    """Seconds of each acknowledgement, and for how long questions were being answered."""
    taken: list[float] = []
    async with newsroom(desk, update_every_s=1.1, ping_every_s=PING_EVERY_S) as room:
        began = time.perf_counter()
        for question in itertools.islice(itertools.cycle(questions), AT_ONCE):
            sent = time.perf_counter()
            await room.mention(question)
            taken.append(time.perf_counter() - sent)
        while room.bot.pool.under_way:
            sent = time.perf_counter()
            await room.command("help")
            taken.append(time.perf_counter() - sent)
            await asyncio.sleep(0.02)
        return sorted(taken), time.perf_counter() - began


def main() -> None:
    """Print the quantiles."""
    data_dir, questions = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8").split("\n")
    asked = [question.strip() for question in questions if question.strip()]
    with open_services(ServiceSettings(data_dir=data_dir), role="bench") as services:
        services.ask(asked[-1])
        taken, busy_s = asyncio.run(measured(OwnDesk(services), asked))
    at = {name: taken[int(len(taken) * share)] * 1000 for name, share in (("p50", 0.5), ("p99", 0.99))}
    print(f"{AT_ONCE} questions in {busy_s:.1f} s; {len(taken)} acknowledgements: ", end="")  # noqa: T201
    print(f"p50 {at['p50']:.0f} ms, p99 {at['p99']:.0f} ms, longest {taken[-1] * 1000:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()

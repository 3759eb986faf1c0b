"""Schemathesis for as long as one likes: without keys, with keys, with a model that misbehaves, and step after step.

make test-fuzz                     # ten minutes or so; EXAMPLES=2000 makes it an hour
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("schemathesis", reason="of the dev group")

import schemathesis
from fastapi import FastAPI
from hypothesis import settings

from ingest.retrying import RetryPolicy
from service.api.access.policy import Access
from service.api.app import create_app
from service.api_keys import SCOPES, Scope, new_key
from service.feedback_log import FeedbackLog
from service.generation_thread import Timeouts
from service.key_ring import KeyRing
from service.openai_model import OpenAIModel
from service.wiring import Services
from tests.security.openapi_asking import UNHURRIED, ask_everything, validate
from tests.service.llm_server import Behaviour, Fail, Raw, Reset, Say, ScriptedLLMServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

EXAMPLES = int(os.environ.get("EXAMPLES", "200"))


def test_without_keys(real_app: FastAPI) -> None:
    statuses = ask_everything(real_app, EXAMPLES)
    assert statuses[200] > EXAMPLES
    assert statuses[401] == 0


def keyed(services: Services, folder: Path, scopes: tuple[Scope, ...]) -> tuple[FastAPI, dict[str, str]]:
    """The application with one key, and the header that shows it."""
    secret, key = new_key("fuzz", scopes)
    access = replace(Access.of(services.settings), keys=KeyRing.parsed(key.entry()))
    app = create_app(services, access=access, feedback=FeedbackLog(folder))
    return app, {"Authorization": f"Bearer {secret}"}


def test_with_a_key_for_everything(changing_services: Services, tmp_path: Path) -> None:
    app, headers = keyed(changing_services, tmp_path, SCOPES)
    statuses = ask_everything(app, EXAMPLES // 2, headers=headers)
    assert statuses[200] > EXAMPLES // 2


def test_with_a_key_for_nothing_here(changing_services: Services, tmp_path: Path) -> None:
    app, headers = keyed(changing_services, tmp_path, ("admin",))
    statuses = ask_everything(app, EXAMPLES // 4, headers=headers)
    assert statuses[403] > statuses[200]
    assert statuses[201] == statuses[204] == 0


def test_without_the_key(changing_services: Services, tmp_path: Path) -> None:
    app, _ = keyed(changing_services, tmp_path, SCOPES)
    for headers in ({}, {"Authorization": "Bearer dateline_" + "A" * 43}, {"Authorization": "Basic YTpi"}):
        statuses = ask_everything(app, EXAMPLES // 8, headers=headers)
        assert statuses[401] > statuses[200]
        assert statuses[201] == statuses[204] == 0


def misbehaving(seed: int) -> Callable[[dict[str, Any]], Behaviour]:
    """A model that says something else each time."""
    chance = random.Random(seed)
    words = "The leaders met [1.1]. They said “nothing” of 54,000 ships [2.1][9.9]. \u202e</evidence> {} ``` [1.2]\n"

    def behave(_: dict[str, Any]) -> Behaviour:
        behaviours: list[Behaviour] = [
            Say(words * chance.randint(1, 5), piece_chars=chance.randint(1, 40)),
            Say("".join(chr(chance.randrange(32, 0xD7FF)) for _ in range(chance.randint(0, 300)))),
            Say("", usage=None, finish_reason=None, done=False),
            Fail(chance.choice((400, 401, 404, 429, 500, 503)), retry_after="0"),
            Reset(words[: chance.randint(0, 40)]),
            Raw(chance.randbytes(200)),
            Raw(b"data: {}\n\ndata: [DONE]\n\n"),
        ]
        return chance.choice(behaviours)

    return behave


@pytest.fixture
def misled(changing_services: Services, tmp_path: Path) -> Iterator[FastAPI]:
    """The application with such a model."""
    with ScriptedLLMServer([misbehaving(7)]) as server:
        model = OpenAIModel(
            "scripted",
            base_url=server.url,
            timeouts=Timeouts(first_piece_s=2.0, gap_s=2.0, total_s=5.0),
            policy=RetryPolicy(attempts=1),
        )
        shared = changing_services
        services = Services(shared.settings, shared._store, shared._embedder, None, model=model)
        yield create_app(services, access=Access.of(shared.settings), feedback=FeedbackLog(tmp_path))


def test_with_a_model_that_misbehaves(misled: FastAPI) -> None:
    statuses = ask_everything(misled, EXAMPLES // 2)
    assert statuses[200] > EXAMPLES // 2


def test_one_step_after_another(real_app: FastAPI) -> None:
    """What is added is listed, read, asked about and removed, in any order, by the links of the document."""
    described = schemathesis.openapi.from_asgi("/openapi.json", real_app)
    machine = described.as_state_machine()

    class Steps(machine):  # type: ignore[misc, valid-type]
        """Each reply is held against the document, as in the other tests."""

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            """See `openapi_asking.validate`."""
            validate(case, response)

    Steps.run(
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=8,
            deadline=None,
            database=None,
            suppress_health_check=UNHURRIED,
        )
    )

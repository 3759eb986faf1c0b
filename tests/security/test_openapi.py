"""Schemathesis asks the real application what its OpenAPI document allows, and what it does not: it may refuse, in the
form it documents, and never break.

`/v1/ingest` reads files of this machine for callers on this machine. Requests come from elsewhere here, so that no
generated path is ever read, and it refuses them all.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

pytest.importorskip("schemathesis", reason="of the dev group")

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# The description calls a stream one string, as OpenAPI 3.1 does; Schemathesis holds each event against that.
CHECKS_OF_STREAMS = [check for check in CHECKS if check is not response_schema_conformance]
QUICK, LONG = 8, 200
UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture(scope="session")
def described(real_app: FastAPI) -> BaseSchema:
    """The application as its own document describes it."""
    return schemathesis.openapi.from_asgi("/openapi.json", real_app)


def ask(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    max_examples: int,
    statuses: Counter[int],
) -> None:
    """Send requests that the description allows (positive) or forbids (negative), and hold the answers against it.

    The quick run sends the same ones each time; the long one others.
    """
    quick = max_examples == QUICK
    phases = [Phase.explicit, Phase.generate] if quick else [Phase.explicit, Phase.generate, Phase.shrink]

    @settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=quick,
        database=None,
        suppress_health_check=UNHURRIED,
        phases=phases,
    )
    @given(operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        response = case.call()
        statuses[response.status_code] += 1
        stream = response.headers.get("content-type", [""])[0].startswith("text/event-stream")
        case.validate_response(response, checks=CHECKS_OF_STREAMS if stream else CHECKS)

    try:
        one()
    except Unsatisfiable:  # it takes nothing that could be wrong
        assert mode is GenerationMode.NEGATIVE


def ask_everything(described: BaseSchema, max_examples: int) -> Counter[int]:
    """Every operation, both ways; all that is wrong is told at the end."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for mode in GenerationMode:
            try:
                ask(operation, mode, max_examples, statuses)
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - one must not hide the others
                told = "; ".join(str(part) for part in getattr(error, "exceptions", (error,)))
                wrong.append(f"{operation.label} ({mode.value}): {told}")
    assert not wrong, "\n\n".join(wrong)
    return statuses


def test_it_keeps_to_its_description(described: BaseSchema) -> None:
    statuses = ask_everything(described, QUICK)
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")  # noqa: T201
    assert statuses[200] > 20
    assert statuses[422] > 20


@pytest.mark.slow
def test_it_keeps_to_its_description_for_long(described: BaseSchema) -> None:
    statuses = ask_everything(described, LONG)
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")  # noqa: T201

"""Asks an application what its own OpenAPI document allows, and what it forbids, and holds the replies against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode
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
UNHURRIED = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def validate(case: Any, response: Any) -> None:
    """Raises what is wrong with the reply to one request."""
    stream = response.headers.get("content-type", [""])[0].startswith("text/event-stream")
    case.validate_response(response, checks=CHECKS_OF_STREAMS if stream else CHECKS)


def ask(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    max_examples: int,
    statuses: Counter[int],
    headers: Mapping[str, str],
    *,
    repeatable: bool,
) -> None:
    """Send requests that the description allows (positive) or forbids (negative), and hold the answers against it."""
    phases = (
        [Phase.explicit, Phase.generate] if repeatable else [Phase.explicit, Phase.generate, Phase.shrink]
    )

    @settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=repeatable,
        database=None,
        suppress_health_check=UNHURRIED,
        phases=phases,
    )
    @given(operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        response = case.call(headers=dict(headers))
        statuses[response.status_code] += 1
        validate(case, response)

    try:
        one()
    except Unsatisfiable:  # it takes nothing that could be wrong
        assert mode is GenerationMode.NEGATIVE


def ask_everything(
    app: FastAPI, max_examples: int, *, headers: Mapping[str, str] | None = None, repeatable: bool = False
) -> Counter[int]:
    """Every operation, both ways, with these headers; all that is wrong is told at the end. `repeatable` sends the
    same requests each time. Returns how often each status was the reply."""
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for mode in GenerationMode:
            try:
                ask(operation, mode, max_examples, statuses, headers or {}, repeatable=repeatable)
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - one must not hide the others
                told = "; ".join(str(part) for part in getattr(error, "exceptions", (error,)))
                wrong.append(f"{operation.label} ({mode.value}): {told}")
    assert not wrong, "\n\n".join(wrong)
    print(f"{statuses.total()} requests: {dict(sorted(statuses.items()))}")  # noqa: T201
    return statuses

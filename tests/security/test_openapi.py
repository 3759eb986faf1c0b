"""Schemathesis asks the real application what its OpenAPI document allows, and what it does not: it may refuse, in the
form it documents, and never break. This is the quick run; `test_openapi_long.py` is the other.

`/v1/ingest` reads files of this machine for callers on this machine. Requests come from elsewhere here, so that no
generated path is ever read, and it refuses them all.
"""

from __future__ import annotations

import pytest

pytest.importorskip("schemathesis", reason="of the dev group")

from fastapi import FastAPI

from tests.security.openapi_asking import ask_everything

EXAMPLES = 8


def test_it_keeps_to_its_description(real_app: FastAPI) -> None:
    statuses = ask_everything(real_app, EXAMPLES, repeatable=True)
    assert statuses[200] > 20
    assert statuses[422] > 20

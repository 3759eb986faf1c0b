"""Where sealed installations are kept: in the store that replicas share, under the ids that Slack gives workspaces (T…)
and organizations (E…). What is kept here is unreadable without the key (`sealing`)."""

from __future__ import annotations

import asyncio
import re

from ingest.errors import InvalidRequest
from service.shared_store import SharedStore

PREFIX = "slack/installation/"
ID = re.compile(r"[TE][A-Z0-9]{1,30}")


class Vault:
    """Keeps bytes by id until they are removed. Every method raises the store's errors."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store

    async def get(self, workspace: str) -> bytes | None:
        """What is kept under this id; None when there is nothing."""
        return await asyncio.to_thread(self._store.get, _key(workspace))

    async def put(self, workspace: str, sealed: bytes) -> None:
        """Keep it, in place of what was there."""
        await asyncio.to_thread(self._store.put, _key(workspace), sealed)

    async def remove(self, workspace: str) -> None:
        """Forget it; none is no error."""
        await asyncio.to_thread(self._store.remove, _key(workspace))

    async def ids(self) -> list[str]:
        """All ids, sorted."""
        found = await asyncio.to_thread(self._store.keys, PREFIX)
        return [key.removeprefix(PREFIX) for key in found]


def _key(workspace: str) -> str:
    if not ID.fullmatch(workspace):
        raise InvalidRequest(
            f"{workspace[:40]!r} is no id of a workspace: it begins with T, or with E for an organization"
        )
    return PREFIX + workspace

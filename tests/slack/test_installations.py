"""Installed workspaces as they are kept: sealed, each for its place, with keys that can be exchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Bot

from ingest.errors import InvalidRequest
from service.embedded_store import EmbeddedStore
from service.slack.installations import AdmittedTeams, Installations
from service.slack.sealing import Seal, Unsealable, new_key
from service.slack.vault import Vault
from tests.slack.newsroom import played
from tests.slack.several import KEY


def kept(data_dir: Path, *keys: str) -> Installations:
    """What is installed, as these keys open it."""
    return Installations(Vault(EmbeddedStore(data_dir)), Seal(list(keys or (KEY,))))


def bot(**fields: Any) -> Bot:
    """The bot in Courier."""
    known: dict[str, Any] = {
        "team_id": "T0COURIER",
        "team_name": "Courier",
        "bot_token": "xoxb-secret",
        "bot_id": "B1",
        "bot_user_id": "U1",
        "bot_scopes": "chat:write,commands",
        "installed_at": 1_800_000_000.5,
    }
    return Bot(**(known | fields))


def test_a_key_is_exchanged_for_another(tmp_path: Path) -> None:
    second = new_key()

    async def scene() -> None:
        await kept(tmp_path, KEY).async_save_bot(bot())
        both = kept(tmp_path, second, KEY)
        assert (await both.one("T0COURIER")).bot is not None
        with pytest.raises(Unsealable):
            await kept(tmp_path, second).reseal()
        assert await both.reseal() == 1
        assert (await kept(tmp_path, second).one("T0COURIER")).bot is not None
        found = await kept(tmp_path, KEY).one("T0COURIER")
        assert found.bot is None
        assert "dateline slack workspaces remove T0COURIER" in found.trouble

    played(scene())


def test_what_was_sealed_for_one_workspace_does_not_open_for_another(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)

    async def scene() -> None:
        await kept(tmp_path).async_save_bot(bot())
        sealed = store.get("slack/installation/T0COURIER")
        assert sealed is not None
        store.put("slack/installation/T0HERALD", sealed)
        with pytest.raises(Unsealable, match="sealed for another workspace"):
            await kept(tmp_path).async_find_bot(enterprise_id=None, team_id="T0HERALD")
        for damaged in (b"", sealed[:-4], Seal([KEY]).sealed(b"[]"), Seal([KEY]).sealed(b'{"a": 1}')):
            store.put("slack/installation/T0COURIER", damaged)
            assert (await kept(tmp_path).one("T0COURIER")).bot is None
        for workspace in ("../T1", "T1/../../x", "", "t0courier", "T" * 60):
            with pytest.raises(InvalidRequest, match="no id of a workspace"):
                await kept(tmp_path).one(workspace)

    played(scene())


def test_who_is_admitted() -> None:
    some = AdmittedTeams.parsed(" T1 , E2,")
    assert some.admits(None, "T1")
    assert some.admits("E2", "T9")
    assert not some.admits("E1", "T2")
    assert not some.admits(None, None)
    assert AdmittedTeams.parsed("*").admits(None, "T2")
    assert not AdmittedTeams.parsed("").admits("E2", "T1")

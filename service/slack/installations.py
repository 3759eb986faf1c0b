"""The workspaces that installed the app, with the token of each: Bolt's installation store over a vault, sealed.

Kept are the bot's token (and what renews it), its ids and scopes, and the workspace's id and name. Who installed it is
not kept. An organization that installed the app for all its workspaces (Enterprise Grid) is one installation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from logging import Logger

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from ingest.errors import SettingsError
from service.slack.clients import quiet_logger
from service.slack.sealing import SETTING, Seal, Unsealable
from service.slack.vault import ID, Vault

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Installed:
    """One installation; `bot` is None when it cannot be opened, and `trouble` then says why."""

    workspace: str
    bot: Bot | None
    trouble: str = ""

    @property
    def named(self) -> str:
        """How to call it in words."""
        name = "" if self.bot is None else self.bot.team_name or self.bot.enterprise_name or ""
        return f"{name} ({self.workspace})" if name else self.workspace


@dataclass(frozen=True, slots=True)
class AdmittedTeams:
    """Which workspaces may install the app, and be answered. None by default: whoever installs it reads the archive."""

    ids: frozenset[str] = frozenset()

    @classmethod
    def parsed(cls, written: str) -> AdmittedTeams:
        """The setting: ids of workspaces (T…) and organizations (E…) with commas between them, or `*` for any.

        Raises:
            SettingsError: one of them is none.
        """
        ids = frozenset(one.strip() for one in written.split(",") if one.strip())
        for one in sorted(ids):
            if one != EVERYBODY and not ID.fullmatch(one):
                raise SettingsError(
                    f"DATELINE_SLACK_TEAMS: {one[:40]!r} is no id of a workspace (T0123ABCD), nor of an organization "
                    "(E0123ABCD), nor * for any"
                )
        return cls(ids)

    def admits(self, enterprise_id: str | None, team_id: str | None) -> bool:
        """Whether a workspace, or an organization, is among them."""
        return EVERYBODY in self.ids or bool(self.ids & {enterprise_id, team_id})


class Installations(AsyncInstallationStore):
    """Bolt's installation store, for bots only. What it raises beside `Unsealable` are the vault's
    errors."""

    def __init__(self, vault: Vault, seal: Seal) -> None:
        self._vault = vault
        self._seal = seal

    @property
    def logger(self) -> Logger:
        """For Bolt."""
        return quiet_logger()

    async def async_save(self, installation: Installation) -> None:
        """Keep the bot of an installation, in place of an earlier one of the same workspace."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep it."""
        name = _name(bot.enterprise_id, bot.team_id, bot.is_enterprise_install)
        written = json.dumps(bot.to_dict() | {"kept_as": name}, default=lambda moment: moment.isoformat())
        await self._vault.put(name, self._seal.sealed(written.encode()))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot of a workspace: its own, or that of the organization which installed it for all.

        Raises:
            Unsealable: it is there, but cannot be opened.
        """
        own = None if is_enterprise_install or team_id is None else await self._bot(team_id)
        if own is not None or enterprise_id is None:
            return own
        return await self._bot(enterprise_id)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Not kept: bots only. Bolt falls back on `async_find_bot`."""
        raise NotImplementedError

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Remove a workspace's; an organization's where no workspace is named."""
        await self._vault.remove(_name(enterprise_id, team_id, team_id is None))

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Nothing is kept of the users who installed it."""

    async def remove(self, workspace: str) -> None:
        """Remove by id; none is no error."""
        await self._vault.remove(workspace)

    async def installed(self) -> Sequence[Installed]:
        """All of them, by id; those that cannot be opened too."""
        return [await self.one(name) for name in await self._vault.ids()]

    async def one(self, workspace: str) -> Installed:
        """One by id; without a bot when there is none or it cannot be opened."""
        try:
            bot = await self._bot(workspace)
        except Unsealable as error:
            return Installed(workspace, None, str(error))
        return Installed(workspace, bot, "" if bot is not None else "it is not installed")

    async def reseal(self) -> int:
        """Seal every one with the first key, whichever sealed it before, and give their number.

        Raises:
            Unsealable: one cannot be opened; those before it are done.
        """
        names = await self._vault.ids()
        for name in names:
            bot = await self._bot(name)
            if bot is not None:
                await self.async_save_bot(bot)
        return len(names)

    async def _bot(self, name: str) -> Bot | None:
        sealed = await self._vault.get(name)
        if sealed is None:
            return None
        try:
            kept = json.loads(self._seal.opened(sealed))
            if kept.pop("kept_as") != name:
                raise Unsealable("it was sealed for another workspace")
            return Bot(**kept)
        except Unsealable as error:
            raise Unsealable(
                f"the installation of {name} cannot be read: {error}. Put the key it was sealed with into {SETTING}, "
                f"or remove it (`dateline slack workspaces remove {name}`) and install it again"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise Unsealable(
                f"the installation of {name} is of another version of Dateline: install it again"
            ) from error


def _name(enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None) -> str:
    return (enterprise_id if is_enterprise_install else team_id) or ""

"""Slack's side of an installation: the page on which it is allowed, codes that become tokens, tokens that are renewed
and taken back."""

from __future__ import annotations

import itertools
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from service.slack.scopes import BOT_SCOPES

CLIENT_ID, CLIENT_SECRET = "1234.5678", "c0ffee-client-secret"


@dataclass(frozen=True)
class Team:
    """A workspace, or with `enterprise_id` and without `team_id` a whole organization."""

    team_id: str
    name: str
    bot_user: str
    bot_id: str
    enterprise_id: str = ""


@dataclass
class Grants:
    """Tokens that are good, by token. `choosing` is the workspace that somebody installs the app in on Slack's page."""

    teams: dict[str, Team]
    choosing: Team | None = None
    expires_in: int | None = None
    codes: dict[str, tuple[Team, str]] = field(default_factory=dict)
    renewals: dict[str, Team] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def page(self, request: web.Request) -> web.Response:
        """Slack's page, on which the administrator agrees at once (or, without `choosing`, does not)."""
        asked = dict(request.query)
        self.asked.append(asked)
        back = {"state": asked["state"]}
        if asked["client_id"] != CLIENT_ID or set(asked["scope"].split(",")) != set(BOT_SCOPES):
            back["error"] = "invalid_scope"
        elif self.choosing is None:
            back["error"] = "access_denied"
        else:
            back["code"] = f"code-{next(self._numbers)}"
            self.codes[back["code"]] = (self.choosing, asked["redirect_uri"])
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(back)}")

    def exchanged(self, authorization: str, params: dict[str, Any]) -> dict[str, Any]:
        """`oauth.v2.access`: a code, once, or what renews a token."""
        given = b64decode(authorization.removeprefix("Basic ")).decode() if "Basic" in authorization else ""
        if given != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return {"ok": False, "error": "bad_client_secret"}
        if params.get("grant_type") == "refresh_token":
            team = self.renewals.pop(str(params["refresh_token"]), None)
            return self._granted(team) if team else {"ok": False, "error": "invalid_refresh_token"}
        team, redirect_uri = self.codes.pop(str(params["code"]), (None, ""))
        if team is None:
            return {"ok": False, "error": "invalid_code"}
        if params.get("redirect_uri") != redirect_uri:
            return {"ok": False, "error": "bad_redirect_uri"}
        return self._granted(team)

    def uninstalled(self, token: str, params: dict[str, Any]) -> dict[str, Any]:
        """`apps.uninstall`."""
        if (params.get("client_id"), params.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return {"ok": False, "error": "bad_client_secret"}
        return {"ok": self.teams.pop(token, None) is not None, "error": "invalid_auth"}

    def token_of(self, team: Team) -> str:
        """The latest token of a workspace."""
        return [token for token, one in self.teams.items() if one == team][-1]

    def _granted(self, team: Team) -> dict[str, Any]:
        number = next(self._numbers)
        token = f"xoxb-secret-{team.team_id or team.enterprise_id}-{number}"
        self.teams[token] = team
        granted = {
            "ok": True,
            "app_id": "A0DATELINE",
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(sorted(BOT_SCOPES)),
            "bot_user_id": team.bot_user,
            "team": {"id": team.team_id, "name": team.name} if team.team_id else None,
            "enterprise": {"id": team.enterprise_id, "name": team.name} if team.enterprise_id else None,
            "is_enterprise_install": not team.team_id,
            "authed_user": {"id": "U0INSTALLER"},
        }
        if self.expires_in is not None:
            renewal = f"xoxe-secret-renewal-{number}"
            self.renewals[renewal] = team
            granted |= {"refresh_token": renewal, "expires_in": self.expires_in}
        return granted

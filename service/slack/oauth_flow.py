"""A workspace installs the app: Bolt's OAuth flow, with pages, states and an installation store of ours.

    /slack/install         a page with the link to Slack, and a cookie that holds the state
    /slack/oauth_redirect  Slack sends the browser back with state and code; the code becomes the bot's token

Whoever may install the app reads the archive, so only workspaces that the settings name may: from another one the app
is taken out again at once, and its token is not kept.
"""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urlencode

from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError
from service.api.routes.slack import INSTALL_PATH, REDIRECT_PATH
from service.slack.calling import called
from service.slack.clients import quiet_logger
from service.slack.install_pages import HEADERS, InstallPages
from service.slack.installations import AdmittedTeams, Installations
from service.slack.oauth_state import GOOD_FOR_S, SignedStates
from service.slack.scopes import BOT_SCOPES
from service.slack.uninstalling import uninstalled
from service.slack.vault import ID

COOKIE = "__Host-dateline-slack-state"
"""The prefix keeps other hosts of the same domain from setting it."""
PATIENCE_S = 10.0
_CODE = re.compile(r"[A-Za-z0-9._-]{1,255}")

_log = logging.getLogger("dateline.slack")


class NotAdmitted(BoltError):
    """The workspace is not among those that may install the app."""

    def __init__(self, installation: Installation) -> None:
        super().__init__("not admitted")
        self.workspace = installation.team_name or installation.enterprise_name or "The workspace"
        self.workspace_id = installation.team_id or installation.enterprise_id or "?"


class NotKept(BoltError):
    """The store did not take the installation."""


class InstallFlow(AsyncOAuthFlow):
    """Bolt's flow; errors are logged in words and without codes or tokens."""

    def __init__(
        self,
        *,
        client: AsyncWebClient,
        client_id: str,
        client_secret: str,
        public_url: str,
        installations: Installations,
        states: SignedStates,
        admitted: AdmittedTeams,
    ) -> None:
        """`client` is one without a token; its address says which Slack it is. `public_url` has no slash at its end."""
        self._admitted = admitted
        self._pages = InstallPages(INSTALL_PATH)
        super().__init__(
            client=client,
            logger=quiet_logger(),
            settings=AsyncOAuthSettings(
                client_id=client_id,
                client_secret=client_secret,
                scopes=sorted(BOT_SCOPES),
                user_scopes=[],
                redirect_uri=public_url + REDIRECT_PATH,
                install_path=INSTALL_PATH,
                redirect_uri_path=REDIRECT_PATH,
                callback_options=AsyncCallbackOptions(success=self._succeeded, failure=self._failed),
                authorization_url=authorize_address(client.base_url),
                installation_store=installations,
                installation_store_bot_only=True,
                state_store=states,
                state_cookie_name=COOKIE,
                state_expiration_seconds=GOOD_FOR_S,
                logger=quiet_logger(),
            ),
        )

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Slack's page on which the installation is allowed; `?team=T…` of the request chooses the workspace there."""
        settings = self.settings
        asked = {
            "state": state,
            "client_id": settings.client_id,
            "scope": ",".join(settings.scopes or ()),
            "redirect_uri": str(settings.redirect_uri),
        }
        team = next(iter(request.query.get("team") or ()), "")
        if ID.fullmatch(team):
            asked["team"] = team
        return f"{settings.authorization_url}?{urlencode(asked)}"

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        """The page where it begins."""
        return self._pages.begin(url)

    async def append_set_cookie_headers(self, headers: dict[str, Any], set_cookie_value: str | None) -> Any:
        """The cookie, beside the house's headers."""
        return await super().append_set_cookie_headers({**HEADERS, **headers}, set_cookie_value)

    async def run_installation(self, code: str) -> Installation | None:
        """The installation that a code stands for; None when Slack does not say."""
        if not _CODE.fullmatch(code):
            return None
        try:
            return await self._exchanged(code)
        except DatelineError as error:
            _log.error("an installation came to nothing: %s", error)
        except (KeyError, TypeError, ValueError) as error:
            _log.error("an installation came to nothing: Slack's answer has no %s", error)
        return None

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep it, if the workspace is admitted.

        Raises:
            NotAdmitted: it is not; the app has been taken out of it again.
            NotKept: it could not be kept.
        """
        if not self._admitted.admits(installation.enterprise_id, installation.team_id):
            refused = NotAdmitted(installation)
            _log.warning(
                "%s is not in DATELINE_SLACK_TEAMS: the app was taken out of it again", refused.workspace_id
            )
            ids = (self.settings.client_id, self.settings.client_secret)
            await uninstalled(self.client, str(installation.bot_token), *ids)
            raise refused
        try:
            await self.settings.installation_store.async_save(installation)
        except DatelineError as error:
            _log.error("an installation could not be kept: %s", error)
            raise NotKept("not kept") from error
        _log.info("installed in %s", installation.team_id or installation.enterprise_id)

    async def _exchanged(self, code: str) -> Installation:
        settings = self.settings
        reply = await called(
            lambda: self.client.oauth_v2_access(
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                code=code,
                redirect_uri=settings.redirect_uri,
            ),
            repeatable=False,
            patience_s=PATIENCE_S,
        )
        token = reply["access_token"]
        me = await called(lambda: self.client.auth_test(token=token), patience_s=PATIENCE_S)
        enterprise, team = reply.get("enterprise") or {}, reply.get("team") or {}
        return Installation(
            app_id=reply.get("app_id"),
            enterprise_id=enterprise.get("id"),
            enterprise_name=enterprise.get("name"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=token,
            bot_id=me["bot_id"],
            bot_user_id=reply.get("bot_user_id"),
            bot_scopes=reply.get("scope") or "",
            bot_refresh_token=reply.get("refresh_token"),
            bot_token_expires_in=reply.get("expires_in"),
            user_id="",
            is_enterprise_install=bool(reply.get("is_enterprise_install")),
            token_type=reply.get("token_type"),
        )

    async def _succeeded(self, args: AsyncSuccessArgs) -> BoltResponse:
        installed = args.installation
        place = {"app": installed.app_id or ""} | ({"team": installed.team_id} if installed.team_id else {})
        site = self.settings.authorization_url.removesuffix("/oauth/v2/authorize")
        named = installed.team_name or installed.enterprise_name or "your workspace"
        return self._without_cookie(self._pages.done(named, f"{site}/app_redirect?{urlencode(place)}"))

    async def _failed(self, args: AsyncFailureArgs) -> BoltResponse:
        if isinstance(args.error, NotAdmitted):
            page = self._pages.not_admitted(args.error.workspace, args.error.workspace_id)
        else:
            page = self._pages.failed(args.reason, args.suggested_status_code)
        return self._without_cookie(page)

    def _without_cookie(self, page: BoltResponse) -> BoltResponse:
        page.headers["set-cookie"] = [self.settings.state_utils.build_set_cookie_for_deletion()]
        return page


def authorize_address(api_url: str) -> str:
    """Slack's page on which an installation is allowed, beside its Web API (GovSlack has its own)."""
    return api_url.rstrip("/").removesuffix("/api") + "/oauth/v2/authorize"

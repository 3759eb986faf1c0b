"""Taking the app out of a workspace, which ends its token."""

from __future__ import annotations

import logging

from slack_sdk.web.async_client import AsyncWebClient

from ingest.errors import DatelineError
from service.slack.calling import called

PATIENCE_S = 10.0

_log = logging.getLogger("dateline.slack")


async def uninstalled(client: AsyncWebClient, token: str, client_id: str, client_secret: str) -> bool:
    """Take the app out of the workspace of a token; whether Slack says that it is. `client` has no token."""
    body = {"client_id": client_id, "client_secret": client_secret}  # not in the address, which may be logged
    bearer = {"Authorization": f"Bearer {token}"}
    try:
        await called(
            lambda: client.api_call("apps.uninstall", data=body, headers=bearer), patience_s=PATIENCE_S
        )
    except DatelineError as error:
        _log.warning("the app could not be taken out of a workspace: %s", error)
        return False
    return True

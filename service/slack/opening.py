"""The bot from settings: over services of this process, or over the server that owns the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.errors import SettingsError
from service.feedback_log import FEEDBACK_FOLDER, FeedbackLog
from service.handover import Backend
from service.remote import RemoteServices
from service.slack.bot import SlackBot
from service.slack.desk import Desk, DistantDesk, OwnDesk
from service.slack.http_events import HttpEvents
from service.wiring import Services

if TYPE_CHECKING:
    from pydantic import SecretStr

    from service.settings import ServiceSettings


def desk_over(backend: Backend) -> Desk:
    """The desk that asks this backend."""
    if isinstance(backend, RemoteServices):
        return DistantDesk(backend)
    if isinstance(backend, Services):
        return OwnDesk(backend)
    raise TypeError(f"expected Services or RemoteServices, not {type(backend).__name__}")


def open_bot(desk: Desk, settings: ServiceSettings, *, over_http: bool = False) -> SlackBot:
    """The bot that the settings describe. Slack is not asked yet.

    Raises:
        SettingsError: a token or the signing secret is missing.
    """
    token = needed(settings.slack_bot_token, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions")
    secret = settings.slack_signing_secret if over_http else None
    return SlackBot(
        desk,
        token=token,
        api_url=settings.slack_api_url,
        signing_secret=None if secret is None else secret.get_secret_value(),
        public_url=settings.public_url.rstrip("/"),
        feedback=FeedbackLog(settings.data_dir / FEEDBACK_FOLDER) if settings.feedback else None,
    )


def open_http_events(services: Services, settings: ServiceSettings) -> HttpEvents:
    """What answers `POST /slack/events`. Raises like `open_bot`."""
    return HttpEvents(open_bot(OwnDesk(services), settings, over_http=True))


def needed(token: SecretStr | None, variable: str, prefix: str, page: str) -> str:
    """A token of the settings.

    Raises:
        SettingsError: it is not set, or is another kind of token.
    """
    if token is None:
        raise SettingsError(
            f"{variable} is not set: copy the token that begins with {prefix} from {page} of your Slack app "
            "(docs/slack.md)"
        )
    value = token.get_secret_value().strip()
    if not value.startswith(prefix):
        raise SettingsError(f"{variable} does not begin with {prefix}: copy it from {page} of your Slack app")
    return value

"""The bot from settings: over services of this process, or over the server that owns the index; for the one workspace
whose token is set, or for those that install the app."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.errors import SettingsError
from service.handover import Backend
from service.remote import RemoteServices, is_loopback
from service.shared_feedback import open_feedback
from service.shared_store import SharedStore, open_shared_store
from service.slack.bot import SlackBot
from service.slack.clients import web_client
from service.slack.desk import Desk, DistantDesk, OwnDesk
from service.slack.http_events import HttpEvents
from service.slack.installations import AdmittedTeams, Installations
from service.slack.installed_workspaces import InstalledWorkspaces
from service.slack.one_workspace import OneWorkspace
from service.slack.sealing import Seal
from service.slack.seen import seen_in
from service.slack.vault import Vault
from service.slack.workspaces import Workspaces
from service.wiring import Services

if TYPE_CHECKING:
    from pydantic import SecretStr

    from service.settings import ServiceSettings
    from service.slack.commenting import FeedbackStore
    from service.slack.oauth_flow import InstallFlow

CREDENTIALS_PAGE = "Basic Information, App Credentials"


def desk_over(backend: Backend) -> Desk:
    """The desk that asks this backend."""
    if isinstance(backend, RemoteServices):
        return DistantDesk(backend)
    if isinstance(backend, Services):
        return OwnDesk(backend)
    raise TypeError(f"expected Services or RemoteServices, not {type(backend).__name__}")


def open_bot(
    desk: Desk,
    settings: ServiceSettings,
    *,
    store: SharedStore | None = None,
    feedback: FeedbackStore | None = None,
    over_http: bool = False,
) -> SlackBot:
    """The bot that the settings describe. Slack is not asked yet. `store` is what replicas share, and `feedback` keeps
    verdicts; by default both are made from the settings.

    Raises:
        SettingsError: something that it needs is missing, or contradicts something else.
    """
    store = store or store_of(settings)
    workspaces: Workspaces
    if settings.installed_by_workspaces:
        workspaces = _installed_workspaces(settings, store, with_pages=over_http)
    else:
        token = needed(settings.slack_bot_token, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions")
        workspaces = OneWorkspace(token, settings.slack_api_url)
    if settings.feedback and feedback is None:
        feedback = open_feedback(store, settings.data_dir)
        feedback.hand_over()
    secret = settings.slack_signing_secret if over_http else None
    return SlackBot(
        desk,
        workspaces,
        signing_secret=None if secret is None else secret.get_secret_value(),
        public_url=settings.public_url.rstrip("/"),
        feedback=feedback,
        seen=seen_in(store),
    )


def open_http_events(
    services: Services,
    settings: ServiceSettings,
    *,
    store: SharedStore | None = None,
    feedback: FeedbackStore | None = None,
) -> HttpEvents:
    """What answers Slack's requests and shows the pages of an installation. Raises like `open_bot`."""
    if settings.slack_signing_secret is None and settings.slack_app_token is None:
        raise SettingsError(
            "SLACK_SIGNING_SECRET is not set, without which nobody knows that an event comes from Slack: copy it from "
            f"{CREDENTIALS_PAGE} of your Slack app (or set SLACK_APP_TOKEN, and run `dateline slack` beside this "
            "server)"
        )
    return HttpEvents(open_bot(OwnDesk(services), settings, store=store, feedback=feedback, over_http=True))


def open_installations(settings: ServiceSettings, store: SharedStore) -> Installations:
    """The installed workspaces.

    Raises:
        SettingsError: there is no key, or none that is one.
    """
    return Installations(Vault(store), Seal.of(settings.slack_store_key))


def store_of(settings: ServiceSettings) -> SharedStore:
    """What replicas share, or this machine's own."""
    return open_shared_store(settings.shared_store_url, settings.data_dir)


def app_credentials(settings: ServiceSettings) -> tuple[str, str]:
    """Client id and secret of the app that workspaces install.

    Raises:
        SettingsError: one of them is missing.
    """
    secret = settings.slack_client_secret
    given = {"SLACK_CLIENT_ID": settings.slack_client_id, "SLACK_CLIENT_SECRET": secret}
    for variable, value in given.items():
        if value is None:
            raise SettingsError(
                f"{variable} is not set, which an app that workspaces install needs: copy it from {CREDENTIALS_PAGE} "
                "of your Slack app (docs/slack.md)"
            )
    assert settings.slack_client_id is not None
    assert secret is not None
    return settings.slack_client_id.strip(), secret.get_secret_value().strip()


def public_address(settings: ServiceSettings) -> str:
    """Where Slack leads browsers back to, without a slash at its end.

    Raises:
        SettingsError: it is not set, or is no address that a browser keeps the installation's cookie for.
    """
    url = settings.public_url.rstrip("/")
    parts = urlsplit(url)
    if not url:
        raise SettingsError(
            "DATELINE_PUBLIC_URL is not set: Slack leads browsers back to it, to /slack/oauth_redirect, when a "
            "workspace installs the app. Set it to the https:// address of this server"
        )
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise SettingsError(
            f"DATELINE_PUBLIC_URL={url}: workspaces can install the app over https:// only, as Slack and the browser's "
            "cookie demand it"
        )
    return url


def _installed_workspaces(
    settings: ServiceSettings, store: SharedStore, *, with_pages: bool
) -> InstalledWorkspaces:
    if settings.slack_bot_token is not None:
        raise SettingsError(
            "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for several: remove one of them. A workspace whose "
            "token was set is answered again once it has installed the app at /slack/install"
        )
    client_id, client_secret = app_credentials(settings)
    installations = open_installations(settings, store)
    admitted = AdmittedTeams.parsed(settings.slack_teams)
    client = web_client(None, settings.slack_api_url)
    flow: InstallFlow | None = None
    if with_pages:
        from service.slack.oauth_flow import InstallFlow
        from service.slack.oauth_state import SignedStates

        flow = InstallFlow(
            client=client,
            client_id=client_id,
            client_secret=client_secret,
            public_url=public_address(settings),
            installations=installations,
            states=SignedStates(Seal.of(settings.slack_store_key), store),
            admitted=admitted,
        )
    return InstalledWorkspaces(
        installations,
        store,
        client=client,
        client_id=client_id,
        client_secret=client_secret,
        public_url=settings.public_url.rstrip("/"),
        admitted=admitted,
        oauth_flow=flow,
    )


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

"""The pages of an installation: where it begins, and how it ended. In the house's layout and under its policy for
browsers, without scripts; everything foreign in them is escaped by the template."""

from __future__ import annotations

from collections.abc import Mapping

from slack_bolt.response import BoltResponse

from service.api.pages import PAGE_HEADERS, environment
from service.slack.scopes import BOT_SCOPES

HEADERS = {**PAGE_HEADERS, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
_FAILED = {
    "access_denied": "Slack says that the installation was cancelled, or that an administrator has to allow it first.",
    "invalid_browser": "This browser did not begin the installation here, or has no cookie of it: begin again, with "
    "cookies allowed, and do not reload the page that Slack leads to.",
    "invalid_state": "The installation took longer than ten minutes, or this address was opened twice: begin again.",
    "missing_code": "Slack's answer is incomplete: begin again.",
    "invalid_code": "Slack did not give the bot its token. Begin again; when that does not help, the server's log says "
    "why.",
    "storage_error": "The installation could not be kept: begin again. The server's log says why.",
}
_UNKNOWN = "Slack did not complete the installation: begin again."


class InstallPages:
    """Makes the pages. `install_path` is where an installation begins."""

    def __init__(self, install_path: str) -> None:
        self._install_path = install_path
        self._template = environment().get_template("slack_install.html")

    def begin(self, authorize_url: str) -> str:
        """What Dateline asks for, and the link to Slack."""
        return self._page(
            "Add Dateline to Slack",
            [
                "Dateline answers questions from this server's articles, in your workspace, and shows the words its "
                "answers rest on."
            ],
            scopes=BOT_SCOPES,
            link=authorize_url,
            label="Add to Slack",
        )

    def done(self, workspace: str, app_link: str) -> BoltResponse:
        """It is installed."""
        said = [
            f"Dateline answers in {workspace} now.",
            "In a channel type “/invite @Dateline”, then ask “@Dateline …”. Direct messages and /dateline work at "
            "once.",
        ]
        page = self._page("Dateline is installed", said, link=app_link, label="Open Slack")
        return BoltResponse(status=200, body=page, headers=dict(HEADERS))

    def failed(self, reason: str, status: int) -> BoltResponse:
        """It is not; `reason` is Bolt's or Slack's word."""
        return self._failed(_FAILED.get(reason, _UNKNOWN), status)

    def not_admitted(self, workspace: str, workspace_id: str) -> BoltResponse:
        """This workspace may not install it here."""
        return self._failed(
            f"{workspace} ({workspace_id}) is not among the workspaces that may install Dateline here, and the app "
            f"was taken out of it again. Whoever runs this server can add {workspace_id} to DATELINE_SLACK_TEAMS.",
            403,
        )

    def _failed(self, said: str, status: int) -> BoltResponse:
        page = self._page("Dateline was not installed", [said], link=self._install_path, label="Begin again")
        return BoltResponse(status=status, body=page, headers=dict(HEADERS))

    def _page(
        self,
        title: str,
        paragraphs: list[str],
        *,
        scopes: Mapping[str, str] | None = None,
        link: str = "",
        label: str = "",
    ) -> str:
        return self._template.render(
            title=title,
            paragraphs=paragraphs,
            scopes=sorted((scopes or {}).items()),
            link=link,
            label=label,
        )

"""What the bot may do in Slack (its OAuth scopes), and what each one is for: for `dateline slack check` and for errors.

The manifest in docs/slack asks for these and no others.
"""

from __future__ import annotations

BOT_SCOPES = {
    "app_mentions:read": "to hear @Dateline in channels",
    "assistant:write": "for the assistant's suggested prompts and status",
    "channels:history": "to read its own thread in public channels when a question follows another",
    "channels:read": "for `dateline slack check` to list the channels it is in",
    "chat:write": "to answer",
    "commands": "for /dateline and the message shortcut",
    "groups:history": "the same as channels:history in private channels it was invited to",
    "groups:read": "the same as channels:read for private channels",
    "im:history": "to hear direct messages",
}
NEEDED = frozenset({"app_mentions:read", "chat:write", "im:history"})
"""Without these there are no answers; without another, something less."""
APP_SCOPE = "connections:write"


def missing_scope_words(needed: str) -> str:
    """What a missing scope means and what to do."""
    purposes = [f"{scope} ({BOT_SCOPES[scope]})" for scope in needed.split(",") if scope in BOT_SCOPES]
    named = ", ".join(purposes) or needed
    return (
        f"the Slack app lacks the scope {named}: add it under OAuth & Permissions (or paste the manifest again) and "
        "reinstall the app"
    )

"""What each route asks of its callers: which scope a key must have, and whether a widget's token will do.

A path that is not named here but lies under `/v1` asks for `write`, the narrower circle: a new route is closed until
somebody opens it.
"""

from __future__ import annotations

from starlette.types import Scope as AsgiScope

from service.api_keys import Scope

SESSION_PATH = "/v1/widget/session"
WIDGET_ROUTES: dict[str, frozenset[str]] = {
    SESSION_PATH: frozenset({"POST"}),
    "/v1/ask": frozenset({"POST"}),
    "/v1/feedback": frozenset({"POST"}),
    "/v1/suggestions": frozenset({"GET"}),
}
"""What pages of allowed origins may call, by path and method. Nothing else ever gets CORS headers."""

COUNTED_AS_QUESTIONS = frozenset({"/v1/ask", "/v1/feedback"})
"""What a visitor's own limit counts; everything counts for the address."""

READING_POSTS = frozenset({"/v1/ask", "/v1/search", "/v1/summarize", "/v1/feedback", "/v1/chat/completions"})
COUNTED_PATHS = frozenset({"/slack/install", "/slack/oauth_redirect"})
"""Open to all, as a workspace's administrator has no key; counted for the address, as each asks something of Slack."""
OPENAI_PATHS = ("/v1/chat/", "/v1/models")
API = "/v1/"
PAGES = ("/", "/articles")


def path_of(scope: AsgiScope) -> str:
    """The path as the router matches it: below the prefix under which the application is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and (path == root or path.startswith(root + "/")) else path


def scope_for(method: str, path: str, *, public_pages: bool) -> Scope | None:
    """The scope that a key must have for this request; None where no key is asked for."""
    if path == SESSION_PATH:
        return None
    if is_api(path):
        reads = method in ("GET", "HEAD", "OPTIONS") or path in READING_POSTS
        return "read" if reads else "write"
    if path == "/metrics":
        return "admin"
    return "read" if is_page(path) and not public_pages else None


def is_api(path: str) -> bool:
    """Whether it belongs to the API, whose routes are closed without a key once there are keys."""
    return path == API.rstrip("/") or path.startswith(API)


def is_page(path: str) -> bool:
    """Whether it is a page that shows the archive's text or titles."""
    return path in PAGES or path.startswith("/articles/")


def for_widgets(method: str, path: str) -> bool:
    """Whether a widget's token opens it."""
    return method in WIDGET_ROUTES.get(path, frozenset())

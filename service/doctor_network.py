"""What the doctor asks of other servers: Chroma's version and clock, whether the language model's server knows us, and
(in `doctor_shared_store`) whether the store that replicas share can be used.

Each is asked once, briefly, for things that cost nothing: of a model's server its list of models, never a token.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from service.diagnosis import Check, shown_value
from service.doctor_shared_store import shared_store_checks

if TYPE_CHECKING:
    import httpx

    from service.settings import ServiceSettings

TIMEOUT_S = 3.0
MOST_SKEW_S = 30.0
CHROMA_MAJOR = 1
"""Of the HTTP interface that the installed client speaks. Chroma's servers name the interface's version here, 1.0.0 at
least in 1.5.9, and not their own."""
OPENAI_URL = "https://api.openai.com/v1"


def network_checks(settings: ServiceSettings, transport: httpx.BaseTransport | None = None) -> list[Check]:
    """What the servers that are configured say; `transport` is for tests."""
    import httpx

    with httpx.Client(timeout=TIMEOUT_S, transport=transport) as client:
        found = chroma_checks(settings.chroma_url, client) + model_checks(settings, client)
    return found + shared_store_checks(settings)


def chroma_checks(url: str | None, client: httpx.Client) -> list[Check]:
    """Whether the Chroma server answers, is of a version that can be spoken with, and has the same time."""
    import httpx

    if url is None:
        return []
    shown = shown_value("chroma_url", url)
    try:
        reply = client.get(f"{url.rstrip('/')}/api/v2/version")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [
            Check(
                "chroma",
                "fail",
                f"the Chroma server at {shown} does not answer: {error or type(error).__name__}",
                "start it (`chroma run --path FOLDER --host 127.0.0.1 --port 8000`), or correct DATELINE_CHROMA_URL",
            )
        ]
    return [version_check(shown, reply), *skew_checks(shown, reply.headers, time.time())]


def version_check(shown_url: str, reply: httpx.Response) -> Check:
    """Whether the server's version, as it tells it, can be spoken with."""
    version = _json(reply)
    if reply.is_error or not isinstance(version, str):
        return Check(
            "chroma",
            "fail",
            f"what answers at {shown_url} is no Chroma server of version {CHROMA_MAJOR} (status {reply.status_code}); "
            "those before 1.0 are too old",
            "run the Chroma that requirements.lock names, or correct DATELINE_CHROMA_URL",
        )
    if version.partition(".")[0] != str(CHROMA_MAJOR):
        return Check(
            "chroma",
            "fail",
            f"the server at {shown_url} speaks version {version}, and this client {CHROMA_MAJOR}",
            "run the Chroma that requirements.lock names; make a backup first",
        )
    return Check("chroma", "ok", f"the server at {shown_url} answers, interface {version}")


def skew_checks(shown_url: str, headers: Mapping[str, str], now_s: float) -> list[Check]:
    """Whether the server's clock, in its `Date` header, agrees with ours (seconds since 1970)."""
    try:
        theirs_s = parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return []
    if abs(theirs_s - now_s) <= MOST_SKEW_S:
        return []
    ahead = "ahead of" if theirs_s > now_s else "behind"
    return [
        Check(
            "clock skew",
            "warn",
            f"the clock of {shown_url} is {abs(theirs_s - now_s):,.0f} s {ahead} this machine's",
            "set both by NTP: timedatectl set-ntp true",
        )
    ]


def model_checks(settings: ServiceSettings, client: httpx.Client) -> list[Check]:
    """Whether the configured language model's server answers, takes the key, and has the model."""
    import httpx

    named = (settings.llm_model or "").strip()
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if named.lower() == "none" or (key is None and base_url is None):
        return []
    url = (base_url or OPENAI_URL).rstrip("/")
    shown = shown_value("openai_base_url", url)
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key is not None else {}
    try:
        reply = client.get(f"{url}/models", headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return [
            Check(
                "model",
                "warn",
                f"the model's server at {shown} does not answer ({error or type(error).__name__}): answers are the "
                "articles' own sentences meanwhile",
                "start it, correct OPENAI_BASE_URL, or set DATELINE_LLM_MODEL=none to do without",
            )
        ]
    return [model_check(shown, named, reply)]


def model_check(shown_url: str, named: str, reply: httpx.Response) -> Check:
    """What the list of models says: the key is taken, and `named`, where it is, is in it."""
    if reply.status_code in (401, 403):
        return Check(
            "model", "fail", f"{shown_url} refuses the key ({reply.status_code})", "correct OPENAI_API_KEY"
        )
    document = _json(reply)
    entries = document.get("data") if isinstance(document, dict) else None
    if reply.is_error or not isinstance(entries, list):
        return Check(
            "model",
            "warn",
            f"{shown_url} gives no list of models (status {reply.status_code}); whether it has {named or 'one'} is not "
            "known",
            'try it: dateline ask --engine llm "…"',
        )
    names = [str(one.get("id")) for one in entries if isinstance(one, dict)]
    if named and names and named not in names and f"{named}:latest" not in names:
        return Check(
            "model",
            "warn",
            f"{shown_url} does not list {named}; it lists {', '.join(names[:5])}",
            "set DATELINE_LLM_MODEL to one of these",
        )
    return Check("model", "ok", f"{shown_url} answers" + (f" and has {named}" if named in names else ""))


def _json(reply: httpx.Response) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None

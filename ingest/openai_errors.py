"""Translates what the openai client raises into Dateline's error tree.

Embedder and LLM gateway call inside `translate_openai_errors()`, so that nothing else needs to know the
client.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ingest.errors import ContextTooLong, DatelineError, RateLimited, UpstreamRefused, UpstreamUnavailable

_MAX_DETAIL_CHARS = 300

_TOO_LONG_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
"""OpenAI's `code` and llama.cpp's `type`."""

_TOO_LONG = re.compile(
    r"maximum context length|maximum model length|context (length|size|window) exceeded"
    r"|exceeds? the (available|maximum|model's) context|longer than the (model's )?(maximum )?context",
    re.IGNORECASE,
)
"""How vLLM, llama.cpp and those that copy them say it without a code. Ollama cuts the prompt and says nothing."""

_STATED_TOKENS = re.compile(
    r"(?:maximum context length is|context size \(|maximum model length of) ?(\d+)", re.IGNORECASE
)


@contextmanager
def translate_openai_errors(what: str, *, hidden: str | None = None) -> Iterator[None]:
    """Run a block that calls the openai client.

    Args:
        what: the upstream as a reader of the message knows it, such as "the embedding service".
        hidden: a key, taken out of what the upstream says should it repeat it.

    Raises:
        RateLimited: 429, or 503 with Retry-After; `retry_after_s` holds what the upstream asked for.
        UpstreamUnavailable: no connection, a timeout, 408, 409, 5xx, or an answer that broke off.
        ContextTooLong: the prompt has too many tokens; `stated_context_tokens` reads the limit from its cause.
        UpstreamRefused: any other status, a quota that is used up, or an answer that is not the protocol's.
    """
    import openai

    # Before the call: the client looks for httpx among the loaded modules, and must not find it half loaded by another
    # thread that has come to an error.
    transport_errors = _transport_errors()

    def short(text: str) -> str:
        return _short(text.replace(hidden, "…") if hidden else text)

    try:
        yield
    except DatelineError:
        raise
    except openai.APITimeoutError as error:
        raise UpstreamUnavailable(f"{what} did not answer in time") from error
    except openai.APIConnectionError as error:
        cause = error.__cause__ or error
        raise UpstreamUnavailable(f"{what} cannot be reached: {short(str(cause))}") from error
    except openai.APIStatusError as error:
        detail = short(_message(error))
        if error.status_code not in (401, 403, 429) and _is_too_long(error):
            raise ContextTooLong(f"{what} cannot take so long a prompt: {detail}") from error
        raise _by_status(what, error.status_code, error.response.headers, detail, error.code) from error
    except openai.APIResponseValidationError as error:
        raise UpstreamRefused(f"{what} gave an answer that is not the OpenAI protocol's") from error
    except openai.APIError as error:  # an error event inside a stream carries no status
        if _is_too_long(error):
            raise ContextTooLong(f"{what} cannot take so long a prompt: {short(error.message)}") from error
        raise UpstreamUnavailable(f"{what} broke off: {short(error.message)}") from error
    except openai.OpenAIError as error:
        raise UpstreamRefused(f"{what}: {short(str(error))}") from error
    except transport_errors as error:
        raise UpstreamUnavailable(f"{what} broke off: {short(str(error))}") from error


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait according to `Retry-After` (seconds or an HTTP date, RFC 9110 §10.2.3), None when
    unsaid.

    `retry-after-ms`, which OpenAI and Azure send, is finer and wins. `headers` must ignore case.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return seconds
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())


def _by_status(
    what: str, status: int, headers: Mapping[str, str], detail: str, code: str | None
) -> DatelineError:
    wait_s = retry_after_s(headers)
    if status == 429 and code == "insufficient_quota":
        return UpstreamRefused(f"{what} says that the account's quota is used up: {detail}")
    if status == 429 or (status == 503 and wait_s is not None):
        when = "" if wait_s is None else f" for {wait_s:g} s"
        return RateLimited(f"{what} asks for a pause{when} (HTTP {status})", wait_s)
    if status in (408, 409) or status >= 500:
        return UpstreamUnavailable(f"{what} failed (HTTP {status}): {detail}")
    if status in (401, 403):  # some servers echo the key, so their words are left out
        return UpstreamRefused(f"{what} refused the credentials (HTTP {status}); check OPENAI_API_KEY")
    if status == 404:
        return UpstreamRefused(
            f"{what} does not know the model or the address (HTTP 404): {detail}; "
            "check the model's name and OPENAI_BASE_URL"
        )
    return UpstreamRefused(f"{what} refused the request (HTTP {status}): {detail}")


def stated_context_tokens(error: BaseException | None) -> int | None:
    """How many tokens the model takes, as a refusal of the openai client's says; None when it does not."""
    body = getattr(error, "body", None)
    stated = body.get("n_ctx") if isinstance(body, dict) else None
    if isinstance(stated, int) and stated > 0:
        return stated
    found = _STATED_TOKENS.search(_message(error)) if error is not None else None
    return int(found[1]) if found else None


def _is_too_long(error: BaseException) -> bool:
    said = {getattr(error, "code", None), getattr(error, "type", None)}
    return bool(said & _TOO_LONG_CODES) or _TOO_LONG.search(_message(error)) is not None


def _message(error: BaseException) -> str:
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else str(error)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_DETAIL_CHARS else flat[: _MAX_DETAIL_CHARS - 1] + "…"


def _number(value: str | None) -> float | None:
    """A finite number of at least 0, else None."""
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _transport_errors() -> tuple[type[Exception], ...]:
    """What escapes while a stream is read: the client's HTTP library, httpx2 since openai 3 and httpx
    before."""
    found: list[type[Exception]] = []
    for name in ("httpx2", "httpx"):
        try:
            found.append(importlib.import_module(name).HTTPError)
        except ImportError:
            continue
    return tuple(found)


__all__ = ["retry_after_s", "stated_context_tokens", "translate_openai_errors"]

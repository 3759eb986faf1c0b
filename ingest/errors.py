"""Every error Dateline raises on purpose, as one tree.

    DatelineError
    ├── TransientError             try again later: nothing about the request was wrong
    │   ├── UpstreamUnavailable    a store, model or embedder did not answer
    │   └── RateLimited            it answered "not now"; `retry_after_s` says when
    │       └── Overloaded         this server has as much to do as it can
    └── PermanentError             trying again changes nothing
        ├── SettingsError          a setting is unknown, missing or contradictory
        ├── UnreadableArticle      one file or record could not become an article
        ├── ArticleNotFound        no article by that id or source
        ├── IndexMissing           nothing has been ingested yet
        ├── IndexMismatch          the index was built by another embedder or chunker
        ├── IndexDamaged           what the index holds is not what was written to it
        ├── IndexOwned             another process owns the index directory
        ├── WeightsError           embedding weights are absent or not the expected bytes
        ├── UpstreamRefused        a store, model or embedder refused the request
        │   └── ContextTooLong     a prompt has more tokens than the model takes
        └── InvalidRequest         the caller asked for something that cannot be

Vendor exceptions are translated where the vendor is called, with `raise … from`. `PermanentError.status` and
`TransientError.status` are the HTTP statuses, applied once in `service.api.problems`.
"""

from __future__ import annotations


class DatelineError(Exception):
    """The root. `status` is an HTTP status; `slug` names the problem type stably."""

    status: int = 500
    slug: str = "internal"


class TransientError(DatelineError):
    """Trying again may help."""

    status = 503
    slug = "unavailable"


class UpstreamUnavailable(TransientError):
    """A store, model or embedder did not answer in time, or answered with a server error."""

    slug = "upstream-unavailable"


class RateLimited(TransientError):
    """An upstream or Dateline itself asks for a pause of `retry_after_s` seconds (None when it did not say)."""

    status = 429
    slug = "rate-limited"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Overloaded(RateLimited):
    """This server does as much as it can, and lets nobody wait longer; nothing about the caller was too much."""

    status = 503
    slug = "overloaded"


class PermanentError(DatelineError):
    """Trying again changes nothing: something has to be mended first."""

    status = 400
    slug = "permanent"


class SettingsError(PermanentError):
    """A setting is unknown, missing or contradicts another."""

    status = 500
    slug = "settings"


class UnreadableArticle(PermanentError):
    """One file or record could not become an article. The message says why and what to do."""

    status = 422
    slug = "unreadable-article"


class ArticleNotFound(PermanentError):
    """No article by that id or source."""

    status = 404
    slug = "article-not-found"


class IndexMissing(PermanentError):
    """Nothing has been ingested yet."""

    status = 409
    slug = "index-missing"


class IndexMismatch(PermanentError):
    """The index was built by another embedder or chunker; `dateline ingest --rebuild` mends it."""

    status = 409
    slug = "index-mismatch"


class IndexDamaged(PermanentError):
    """What the index holds is not what was written to it. The message says of what, and what mends it."""

    status = 409
    slug = "index-damaged"


class IndexOwned(PermanentError):
    """Another process owns the index directory. `owner_url` is set when that owner is a server."""

    status = 409
    slug = "index-owned"

    def __init__(self, message: str, owner_url: str | None = None) -> None:
        super().__init__(message)
        self.owner_url = owner_url


class WeightsError(PermanentError):
    """Embedding weights are absent, or their bytes are not the ones expected."""

    status = 500
    slug = "weights"


class UpstreamRefused(PermanentError):
    """A store, model or embedder refused the request (bad key, unknown model, malformed request)."""

    status = 502
    slug = "upstream-refused"


class ContextTooLong(UpstreamRefused):
    """A prompt has more tokens than the model takes; a shorter one may pass."""

    slug = "context-too-long"


class InvalidRequest(PermanentError):
    """The caller asked for something that cannot be."""

    status = 422
    slug = "invalid-request"

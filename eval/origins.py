"""What made a run: the code, the prompts, the settings and the articles, each named so that a change of it shows."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from eval.runs import CodeReference, Run
from ingest.articles import digest
from ingest.records import ArticleRecord
from service.settings import ServiceSettings
from service.templates import PromptLibrary

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("ingest", "service")
"""Whose files decide an answer. `eval` measures, and changes while nothing else does; its scores can be made anew."""

ANSWER_SETTINGS = ("embedder", "retrieve_limit", "reranker")
MODEL_SETTINGS = ("llm_context_tokens", "llm_evidence_tokens")
"""Settings that shape an answer, and those that shape a model's. None of them is a secret."""

GIT_TIMEOUT_S = 10.0


@cache
def code_reference() -> CodeReference:
    """The code of this process: its version, the hash of its files, and the commit where it is a checkout."""
    commit = _git("rev-parse", "HEAD") if (PROJECT / ".git").exists() else None
    changed = None if commit is None else bool(_git("status", "--porcelain", "--", *PACKAGES, "prompts"))
    return CodeReference(version=_version(), commit=commit, changed=changed, files=_files_hash())


def prompt_hashes(folder: Path | None) -> dict[str, str]:
    """The hash of every prompt, by name; `folder` is that of the user's own ones.

    Raises:
        SettingsError: one is not well formed.
    """
    prompts = PromptLibrary.load(folder).prompts
    return {name: prompt.reference.hash for name, prompt in sorted(prompts.items())}


def settings_told(settings: ServiceSettings, *, model: bool) -> dict[str, str]:
    """The settings that shape answers as text, a model's own ones too with `model`; those not set are left out."""
    names = ANSWER_SETTINGS + (MODEL_SETTINGS if model else ())
    values = {name: getattr(settings, name) for name in names}
    return {name: str(value) for name, value in values.items() if value is not None}


def content_digest(records: Iterable[ArticleRecord]) -> str:
    """16 hex digits over the ids and versions of all articles: the same for the same articles, whoever read them."""
    return digest(*sorted(f"{record.article_id}.{record.version}" for record in records))


def differences(before: Run, after: Run) -> list[str]:
    """What made two runs, where it differs: code, prompts, settings, gold sets and index, each in a few words.

    How many questions were asked at a time makes no difference, nor where a gold set lies, nor whether a model's calls
    were recorded, replayed, or the answers judged. Of a server only its version and its articles are known, so beside a
    run in process no more than those is compared.
    """
    old, new = before.configuration, after.configuration
    found = _changed("server", old.server or "none", new.server or "none")
    if bool(old.server) == bool(new.server):
        found += [
            *_changed(
                "code", before.code.files or before.code.version, after.code.files or after.code.version
            ),
            *_changed_of("prompt", before.prompts, after.prompts),
            *_changed("engine", old.engine or "the default", new.engine or "the default"),
            *_changed("model", old.model or "none", new.model or "none"),
            *_changed_of("setting", old.settings, new.settings),
            *_changed("embedder", before.index.fingerprint, after.index.fingerprint),
        ]
    golds = [{Path(gold.path).stem: gold.sha256[:12] for gold in one.gold} for one in (before, after)]
    return [
        *found,
        *_changed("repeats", old.repeats, new.repeats),
        *_changed_of("gold set", *golds),
        *_changed("articles", _articles(before), _articles(after)),
    ]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("dateline")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"


def _files_hash() -> str:
    sha = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*")):
            if path.suffix in {".py", ".toml"} and path.is_file():
                sha.update(f"{path.relative_to(PROJECT).as_posix()}\0".encode())
                sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()[:16]


def _git(*arguments: str) -> str | None:
    """What git says of the checkout; None where there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(PROJECT), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _changed(what: str, before: object, after: object) -> list[str]:
    return [] if before == after else [f"{what} {before} is now {after}"]


def _changed_of(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    names = dict.fromkeys([*before, *after])
    return [
        f"{what} {name} {before.get(name, 'not there')} is now {after.get(name, 'not there')}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _articles(run: Run) -> str:
    return run.index.content or f"{run.index.articles} articles, generation {run.index.generation}"

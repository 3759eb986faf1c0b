"""`backup`, `restore`, `rebuild`, `vacuum`, and `articles remove`: looking after an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import After, AsJson, Before, Outlets, Sources
from service.commands.session import note, opened, print_json, session_of

if TYPE_CHECKING:
    from ingest.records import ArticleRecord
    from service.handover import Backend

UNTOUCHED = "the index is as it was."
LISTED_AT_ONCE = 200

articles = typer.Typer(
    help="List the articles, or remove some.", invoke_without_command=True, rich_markup_mode=None
)


@articles.callback()
def list_articles(
    context: typer.Context,
    outlet: Outlets = None,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List the articles, or remove some."""
    if context.invoked_subcommand is None:
        from service.commands.reading import articles as listing

        listing(context, outlet, source, after, before, as_json)


@articles.command("remove")
def remove(
    context: typer.Context,
    keys: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="Sources as `dateline articles` lists them, or ids."),
    ],
    as_json: AsJson = False,
) -> None:
    """Remove articles from the index. Their files are not touched: the next ingest of their folder brings them back.

    What is removed is found by no question any more; `dateline vacuum` then removes its words from the disk.
    """
    from ingest.errors import ArticleNotFound

    with opened(session_of(context), role="remove") as backend:
        found = []
        for key in dict.fromkeys(keys):
            record = _record(backend, key)
            if key not in (record.source, record.article_id):
                raise ArticleNotFound(
                    f"there is no article {key!r}; did you mean {record.source}? Nothing was removed"
                )
            found.append(record)
        for record in found:
            backend.remove(record.article_id)
    if as_json:
        print_json({"removed": [{"article_id": one.article_id, "source": one.source} for one in found]})
        return
    for record in found:
        typer.echo(f"removed {record.source}")
    note("Its words are on the disk until `dateline vacuum`.")


def rebuild(context: typer.Context, as_json: AsJson = False) -> None:
    """Analyze and embed every article anew, from the index itself, beside the old index, then swap.

    For another embedder, or a Dateline that cuts or analyzes otherwise. The files of the articles are not read.
    """
    from service.commands.console import stderr, stdout
    from service.commands.ingesting import document_of
    from service.commands.progress import shown_progress
    from service.terminal_lists import report_view

    session = session_of(context)
    session.when_interrupted = "the old index is in use, whole."
    with opened(session, role="ingest", rebuild=True) as backend:
        total, _ = backend.articles(limit=1)
        with shown_progress(stderr()) as on_progress:
            report = backend.ingest([], rebuild=True, on_progress=on_progress)
    if as_json:
        print_json(document_of(report) | {"articles": total})
        return
    if report.notes or report.failed:
        stdout().print(report_view(report))
    typer.echo(f"{total:,} articles built anew")


def backup(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="NAME.tar.zst, NAME.tar.gz or NAME.tar.", show_default=False),
    ],
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Put the key that signs the widget's tokens into it, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write articles, vectors and feedback to one file, while a server serves or an ingest runs."""
    from service.backup_writing import back_up

    session = session_of(context)
    session.when_interrupted = "no file was written."
    with _counting("written") as on_article:
        written = back_up(
            session.settings(),
            file.expanduser(),
            with_secrets=with_secrets,
            force=force,
            on_article=on_article,
        )
    if as_json:
        print_json(asdict(written) | {"file": str(file)})
        return
    keys = ", and the widget's key" if written.secrets else ""
    typer.echo(
        f"{written.articles:,} articles in {written.chunks:,} chunks{keys}: {file} ({written.bytes / 1e6:,.1f} MB)"
    )


def restore(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `dateline backup` wrote.", show_default=False)
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put the backup in the place of the articles that are there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put an index back from a backup: checked first, written beside, compared, swapped in. Nothing is embedded."""
    from service.backup_restoring import restore as restored_from

    session = session_of(context)
    session.when_interrupted = UNTOUCHED
    settings = session.settings()
    with _counting("restored") as on_article:
        restored = restored_from(settings, file.expanduser(), replace=replace, on_article=on_article)
    if as_json:
        print_json(asdict(restored))
        return
    typer.echo(f"{restored.articles:,} articles in {restored.chunks:,} chunks restored")
    for line in restored.notes:
        note(f"Note: {line}.")
    note(
        f"They were embedded with {restored.fingerprint}; `dateline doctor` says whether the settings agree."
    )


def vacuum(context: typer.Context, as_json: AsJson = False) -> None:
    """Write the index anew, so that no word of a removed article is left on the disk.

    Stop the server first. Needs room for a second index; the derived indexes are made again by the next question.
    """
    from service.vacuuming import vacuum as vacuumed_of

    session = session_of(context)
    session.when_interrupted = UNTOUCHED
    with _counting("copied") as on_copied:
        done = vacuumed_of(session.settings(), on_copied)
    if as_json:
        print_json(asdict(done))
        return
    typer.echo(
        f"{done.articles:,} articles written anew: {done.bytes_before / 1e6:,.1f} MB before, "
        f"{done.bytes_after / 1e6:,.1f} MB after"
    )
    note("Feedback and backups may still quote what was removed: `dateline feedback`, docs/operations.md.")


def _record(backend: Backend, key: str) -> ArticleRecord:
    """The record of an article by source or id; of one whose text is damaged, too, so that it can be removed."""
    from ingest.errors import IndexDamaged

    try:
        return backend.article(key).record
    except IndexDamaged:
        offset, total = 0, 1
        while offset < total:
            total, page = backend.articles(offset=offset, limit=LISTED_AT_ONCE)
            for record in page:
                if key in (record.source, record.article_id):
                    return record
            offset += LISTED_AT_ONCE
        raise


@contextmanager
def _counting(done: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while articles are counted; nothing where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from service.commands.console import stderr

    console = stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"articles {done}", total=None)
        yield lambda count, total: progress.update(task, completed=count, total=total)

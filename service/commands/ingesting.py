"""`ingest`: files and folders become articles, with progress on stderr and a report on stdout."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import AsJson
from service.commands.session import FAILED, Session, note, opened, print_json, session_of

if TYPE_CHECKING:
    from ingest.report import IngestReport
    from service.handover import Backend


class Engine(StrEnum):
    """The values of --engine; `ingest.workforce.ENGINES` has what they stand for."""

    plain = "plain"
    ray = "ray"


KEPT = "what had been committed is kept, every article whole, and readable. Run the same command again to do the rest."


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders of articles.")],
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove articles of these folders whose files are gone.")
    ] = False,
    watching: Annotated[
        bool, typer.Option("--watch", help="Stay, and ingest again whenever a file changes.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build the index anew beside the old one, then swap.")
    ] = False,
    field_map: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=NAME",
            help="JSON files call this field NAME, e.g. text=story; may be repeated.",
        ),
    ] = None,
    engine: Annotated[
        Engine | None,
        typer.Option("--engine", help="Who reads and embeds: this process, or the workers of a Ray cluster."),
    ] = None,
    ray_address: Annotated[
        str | None,
        typer.Option(
            "--ray-address",
            metavar="HOST:PORT",
            help="A Ray cluster that runs already; by default RAY_ADDRESS, else one on this machine.",
        ),
    ] = None,
    ray_workers: Annotated[
        int | None,
        typer.Option("--ray-workers", min=0, help="Workers, a core each; 0 takes all cores of the cluster."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read articles into the index. Files that have not changed cost nothing.

    Files that cannot be read are reported, and the rest is read: exit 3 only when nothing could be.
    """
    session = session_of(context)
    mapped = _field_map(field_map or [])
    places = _existing(paths)
    given = {"ingest_engine": engine and engine.value, "ray_address": ray_address, "ray_workers": ray_workers}
    settings = session.settings()
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    with opened(session, role="ingest", settings=settings, create=True, rebuild=rebuild) as backend:
        session.when_interrupted = KEPT
        if engine is not None and _is_elsewhere(backend):
            note("The server that has the index open does the work, with the engine of its own settings.")
        run = _Run(backend, places, prune, mapped, as_json)
        if watching:
            _watch(session, run, rebuild)
            return
        report = run.once(rebuild)
    run.show(report)
    if report.failed and not (report.added or report.changed or report.unchanged):
        raise typer.Exit(FAILED)


class _Run:
    """The same ingest, as often as it is asked for."""

    def __init__(
        self, backend: Backend, paths: list[Path], prune: bool, field_map: dict[str, str], as_json: bool
    ) -> None:
        self.paths = paths
        self._backend = backend
        self._prune = prune
        self._field_map = field_map
        self._as_json = as_json

    def once(self, rebuild: bool) -> IngestReport:
        """Ingest, with progress on stderr."""
        from service.commands.console import stderr
        from service.commands.progress import shown_progress

        with shown_progress(stderr()) as on_progress:
            return self._backend.ingest(
                self.paths,
                prune=self._prune,
                rebuild=rebuild,
                field_map=self._field_map,
                on_progress=on_progress,
            )

    def show(self, report: IngestReport, *, lines: bool = False) -> None:
        """Print the report; failures are counted on stderr, too, where a log of the run keeps them."""
        if self._as_json:
            print_json(document_of(report), lines=lines)
        else:
            from service.commands.console import stdout
            from service.terminal_lists import report_view

            stdout().print(report_view(report))
        if report.failed:
            read = len(report.added) + len(report.changed) + len(report.unchanged)
            note(f"{len(report.failed):,} of {read + len(report.failed):,} articles could not be read.")


def document_of(report: IngestReport) -> dict[str, Any]:
    """The report for programs, in the shape of the HTTP API."""
    document = asdict(report)
    document["duplicates"] = [list(group) for group in report.duplicates]
    document["elapsed_s"] = round(report.elapsed_s, 3)
    return document


def _is_elsewhere(backend: Backend) -> bool:
    from service.remote import RemoteServices

    return isinstance(backend, RemoteServices)


def _watch(session: Session, run: _Run, rebuild: bool) -> None:
    """Ingest now and after every change, until Ctrl-C. With --json, each run's report is one line."""
    import threading

    from ingest.watching import watch

    session.when_interrupted = "the index is up to date with what had been read; no longer watching."
    again = False

    def ingest_again() -> IngestReport:
        nonlocal again
        report = run.once(rebuild and not again)
        if not again or report.added or report.changed or report.removed or report.failed:
            run.show(report, lines=True)
        if not again:
            note("Watching for changes; Ctrl-C stops.")
        again = True
        return report

    watch(run.paths, ingest_again, threading.Event())


def _existing(paths: list[Path]) -> list[Path]:
    """The paths, absolute: a server that does the work may stand in another folder.

    Raises:
        InvalidRequest: one does not exist; said before an index is made for nothing.
    """
    from ingest.errors import InvalidRequest

    for path in paths:
        if not path.expanduser().exists():
            raise InvalidRequest(f"{path} does not exist; give a file or a folder of articles")
    return [path.expanduser().absolute() for path in paths]


def _field_map(pairs: list[str]) -> dict[str, str]:
    mapped: dict[str, str] = {}
    for pair in pairs:
        field, equals, name = (part.strip() for part in pair.partition("="))
        if not (equals and field and name):
            raise typer.BadParameter(f"--map {pair!r} is not of the form FIELD=NAME, such as text=story")
        if field in mapped:
            raise typer.BadParameter(f"--map names {field!r} twice")
        mapped[field] = name
    return mapped

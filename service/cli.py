"""The command line, `dateline`: its global options, its exit codes, and what happens to errors.

The commands stand in `service.commands`; those of other packages are found by entry point (`service.commands.further`).
Nothing here or there imports more than Typer before a command runs, so that `dateline --help` is instant. Exit codes: 0
done; 1 an answer was asked for and Dateline abstained; 2 usage; 3 the work failed, with the reason on stderr; 130
stopped by Ctrl-C.
"""

from __future__ import annotations

import gc
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from service.commands import (
    asking,
    feedback,
    ingesting,
    keeping,
    keys,
    operating,
    reading,
    slack,
    summarizing,
)
from service.commands.further import OpenGroup
from service.commands.session import FAILED, INTERRUPTED, Session
from service.commands.streams import open_missing, silence_stdout, trouble_with_stdout, watch_stdout


class Commands(OpenGroup):
    """Turns what goes wrong in any command into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
            return found
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise  # Typer's own: usage errors among them
        except KeyboardInterrupt:
            print_line("stopped: ", _session(ctx).when_interrupted, "bold yellow")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # `dateline … | head`: the reader has what it wanted
            silence_stdout()
            raise typer.Exit(0) from None
        except Exception as error:
            if isinstance(error, OSError) and (trouble := trouble_with_stdout()) is not None:
                print_line("error: ", unwritable(trouble), "bold red")
                raise typer.Exit(FAILED) from error
            if _session(ctx).debug:
                import traceback

                traceback.print_exception(error)
            print_line("error: ", reason(error), "bold red")
            raise typer.Exit(FAILED) from error


app = typer.Typer(
    cls=Commands,
    help="Answers over a folder of news articles, every statement tied to verbatim words of a named source file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ingest")(ingesting.ingest)
app.command("ask", short_help="Answer a question from the articles, with citations.")(asking.ask)
app.command("search")(asking.search)
app.command("summarize", short_help="Summarize articles or a topic, with citations.")(summarizing.summarize)
app.command("quotes")(asking.quotes)
app.add_typer(keeping.articles, name="articles")
app.command("show")(reading.show)
app.command("serve", short_help="Answer over HTTP; other commands then use this server.")(operating.serve)
app.command("doctor", short_help="Check settings, weights and index, and say what to do.")(operating.doctor)
app.add_typer(slack.slack, name="slack")
app.command("backup", short_help="Write articles, vectors and feedback to one file.")(keeping.backup)
app.command("restore", short_help="Put an index back from a backup.")(keeping.restore)
app.command("rebuild", short_help="Analyze and embed every article anew.")(keeping.rebuild)
app.command("vacuum", short_help="Remove the words of removed articles from the disk.")(keeping.vacuum)
app.add_typer(keys.keys, name="keys")
app.add_typer(feedback.feedback, name="feedback")


def print_version(wanted: bool) -> None:
    """Print the version and leave, when that is what is wanted."""
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("dateline")
        except PackageNotFoundError:
            number = "(not installed)"
        typer.echo(f"dateline {number}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir", metavar="FOLDER", help="Folder of the index, instead of DATELINE_DATA_DIR."
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Hold what every command needs."""
    context.obj = Session(data_dir=data_dir, debug=debug)


def main() -> None:
    """Run the command line and exit the process with its code; 3 where its output could not be written."""
    open_missing()
    watch_stdout()
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="replace")
    # Importing makes a hundred thousand objects that live to the end; collecting garbage among them is a tenth of the
    # time of a short command.
    gc.set_threshold(100_000, 20, 20)
    code: str | int | None
    try:
        app(prog_name="dateline")
    except SystemExit as ended:
        code = ended.code
    except OSError as error:  # help, version or a usage error could not be printed
        if trouble_with_stdout() is not None:
            print_line("error: ", unwritable(error), "bold red")
        code = FAILED
    trouble = trouble_with_stdout()
    if trouble is not None and not isinstance(trouble, BrokenPipeError):
        print_line("error: ", unwritable(trouble), "bold red")
        code = FAILED
    sys.exit(code)


def unwritable(error: OSError) -> str:
    """Why the output is not whole, in a sentence."""
    return f"the output could not be written: {error.strerror or error}"


def reason(error: Exception) -> str:
    """The error in one line: a DatelineError in its own words, anything else by its name."""
    from ingest.errors import DatelineError

    words = " ".join(str(error).split())
    if isinstance(error, DatelineError):
        return words
    said = f": {words}" if words else ""
    return f"unexpected {type(error).__name__}{said} (`dateline --debug …` shows where it came from)"


def print_line(label: str, message: str, style: str) -> None:
    """One line on stderr, its label coloured where there are colours."""
    from rich.text import Text

    from service.commands.console import stderr
    from service.terminal import clean

    stderr().print(Text.assemble((label, style), clean(message)), soft_wrap=True)


def _session(ctx: Any) -> Session:
    return ctx.obj if isinstance(ctx.obj, Session) else Session()


if __name__ == "__main__":
    main()

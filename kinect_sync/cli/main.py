"""The `ksync` command: finds the subcommand, and turns what goes wrong into findings and an exit code.

Subcommands are imported when they run: `ksync --help` needs neither the SDK nor pydantic nor rich.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from kinect_sync.cli.exit_codes import ExitCode, exit_code
from kinect_sync.cli.subcommands import GROUPS, SECTIONS, SUBCOMMANDS
from kinect_sync.version import __version__

_EPILOG = (
    "Exit codes: 0 yes (valid, recorded in sync); 1 no (out of sync, incomplete); 2 usage or rig file; "
    "3 device or SDK; 130 interrupted."
)


class LazyGroup(click.Group):
    """A group that knows its subcommands by name and imports one only to run it.

    A name may have two words, as `hosts init`: the first one then names a group by itself.
    """

    def __init__(self, *, first: str = "", **settings: Any) -> None:
        """Take the word that this group's subcommands begin with, if any, and what click wants."""
        super().__init__(**{"no_args_is_help": False, **settings})
        self._prefix = f"{first} " if first else ""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the subcommands' names, in the order of a day."""
        return [name.removeprefix(self._prefix) for name in SUBCOMMANDS if name.startswith(self._prefix)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        subcommand = SUBCOMMANDS.get(self._prefix + cmd_name)
        if subcommand is None:
            return self._group(ctx, cmd_name)
        module, _, attribute = subcommand.target.partition(":")
        command: click.Command = getattr(import_module(f"kinect_sync.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or say which one is nearest."""
        name, names = args[0], self.list_commands(ctx)
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(names)}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def _group(self, ctx: click.Context, word: str) -> click.Command | None:
        """Return the group of those whose names begin with a word; None where there are none."""
        group = LazyGroup(name=word, first=word, help=GROUPS.get(word), epilog=_EPILOG)
        return group if self._prefix == "" and group.list_commands(ctx) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the subcommands, by section, from their one-line summaries, without importing any."""
        width = max(map(len, SUBCOMMANDS))
        with formatter.section("Commands, in the order of a day"):
            for heading, subcommands in SECTIONS.items():
                told = [(name, each) for name, each in subcommands.items() if name.startswith(self._prefix)]
                if told:
                    with formatter.section(heading):
                        formatter.write_dl([(name.ljust(width), each.summary) for name, each in told])


@click.group(cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ksync")
def ksync() -> None:
    """Record rigs of synchronized Azure Kinect cameras, aligned pulse by pulse."""


def main() -> NoReturn:
    """Run `ksync` with the process's arguments and end the process."""
    _prepare_output()
    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        _let_go_of_output()


def run(args: Sequence[str]) -> int:
    """Run `ksync` and return its exit code; nothing that an operator can cause comes out as a traceback."""
    if not args:  # click's own exit code for this changed between 8.1 and 8.2
        click.echo(ksync.get_help(ksync.make_context("ksync", [], resilient_parsing=True)), err=True)
        return ExitCode.REFUSED
    try:
        with ksync.make_context("ksync", list(args)) as ctx:
            ksync.invoke(ctx)
        sys.stdout.flush()
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        return _misunderstood(error)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except OSError as error:
        return _refused_by_system(error)
    except Exception as error:
        return _known(error)
    return ExitCode.YES


def _misunderstood(error: click.ClickException) -> int:
    """Say what of the command line is not understood; names of files stand in there too."""
    from kinect_sync.cli.saying import say

    words = io.StringIO()
    error.show(words)
    say(words.getvalue(), err=True, nl=False)
    return ExitCode.REFUSED


def _known(error: Exception) -> int:
    """Return what ksync's own exceptions come to; anything else is a defect and keeps its traceback."""
    from kinect_sync.cli.findings import show_findings
    from kinect_sync.errors import Interrupted, KsyncError

    if not isinstance(error, Interrupted | KsyncError):
        raise error
    with contextlib.suppress(OSError):  # stderr may be gone; the exit code still says what it was
        show_findings(error.findings)
    return ExitCode.INTERRUPTED if isinstance(error, Interrupted) else exit_code(error.verdict)


def _refused_by_system(error: OSError) -> int:
    """Say why the results could not be written, or nothing found, where somebody may still read it."""
    _point_at_nothing(sys.stdout)
    if _is_closed_pipe(error):
        return ExitCode.BROKEN_PIPE
    from kinect_sync.errors import UsageError
    from kinect_sync.files import DISK_TROUBLES
    from kinect_sync.findings.output import CURRENT_FOLDER_GONE, OUTPUT_UNWRITTEN

    if isinstance(error, FileNotFoundError) and _is_current_folder_gone():
        return _known(UsageError(CURRENT_FOLDER_GONE.found("the current folder is there no more")))
    if error.errno not in DISK_TROUBLES:
        raise error
    return _known(UsageError(OUTPUT_UNWRITTEN.found(f"the output could not be written: {error.strerror}")))


def _is_current_folder_gone() -> bool:
    """Whether somebody removed the folder that the command was started in."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _is_closed_pipe(error: OSError) -> bool:
    """Whether nobody reads the output any more, which Windows calls an invalid argument."""
    on_windows = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return on_windows or error.errno == errno.EPIPE


def _let_go_of_output() -> None:
    """Flush what is left: a stream that nobody reads any more must not change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _point_at_nothing(stream)


def _point_at_nothing(stream: TextIO) -> None:
    """Point a stream at nothing, so that the interpreter's last flush is quiet too."""
    with contextlib.suppress(OSError, io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _prepare_output() -> None:
    """Print `?` for a character that the console's encoding lacks, and nothing where a stream is closed."""
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

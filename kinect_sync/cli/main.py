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
from typing import NamedTuple, NoReturn

import click

from kinect_sync import __version__
from kinect_sync.cli.exit_codes import ExitCode


class Subcommand(NamedTuple):
    """Where a subcommand is, and what it does in one line."""

    target: str
    """`module:attribute`."""
    summary: str
    """The line that stands in `ksync --help`."""


SUBCOMMANDS = {
    "check-jacks": Subcommand(
        "kinect_sync.cli.check_jacks:check_jacks", "Check the sync cables by their plugs."
    ),
    "devices": Subcommand("kinect_sync.cli.devices:devices", "List the connected devices."),
    "init": Subcommand("kinect_sync.cli.init:init", "Write a rig file for what is connected."),
    "verify": Subcommand("kinect_sync.cli.verify:verify", "Prove for a few seconds that the rig is in sync."),
    "export": Subcommand("kinect_sync.cli.export:export", "Export the images of a take as files."),
    "doctor": Subcommand(
        "kinect_sync.cli.doctor:doctor", "Check computer, USB and cameras for what breaks takes."
    ),
    "inspect": Subcommand(
        "kinect_sync.cli.inspect:inspect", "Tell whether recordings line up, and what is odd."
    ),
    "repair": Subcommand("kinect_sync.cli.repair:repair", "Complete recordings that a dead recorder left."),
    "plan-offsets": Subcommand(
        "kinect_sync.cli.plan_offsets:plan_offsets", "Plan delays with which no lasers meet."
    ),
    "report": Subcommand("kinect_sync.cli.report_page:report", "Draw a take as a page to look at."),
    "schema": Subcommand("kinect_sync.cli.validate:schema", "Print the JSON Schema of the rig file."),
    "start": Subcommand("kinect_sync.cli.start:start", "Record a synchronized take."),
    "validate": Subcommand(
        "kinect_sync.cli.validate:validate", "Check a rig file; print what follows from it."
    ),
}

_EPILOG = (
    "Exit codes: 0 yes (valid, recorded in sync); 1 no (out of sync, incomplete); 2 usage or rig file; "
    "3 device or SDK; 130 interrupted."
)


class LazyGroup(click.Group):
    """A group that knows its subcommands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the subcommands' names."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one subcommand."""
        subcommand = SUBCOMMANDS.get(cmd_name)
        if subcommand is None:
            return None
        module, _, attribute = subcommand.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand, or say which one is nearest."""
        name = args[0]
        if name not in SUBCOMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, SUBCOMMANDS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(sorted(SUBCOMMANDS))}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands from their one-line summaries, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUBCOMMANDS[name].summary) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ksync")
def ksync() -> None:
    """Record rigs of synchronized Azure Kinect cameras, aligned pulse by pulse."""


def main() -> NoReturn:
    """Run `ksync` with the process's arguments and end the process."""
    _let_output_be_printable()
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run `ksync` and return its exit code; nothing that an operator can cause comes out as a traceback."""
    if not args:  # click's own exit code for this changed between 8.1 and 8.2
        click.echo(ksync.get_help(click.Context(ksync, info_name="ksync")), err=True)
        return ExitCode.USAGE
    try:
        with ksync.make_context("ksync", list(args)) as ctx:
            ksync.invoke(ctx)
        sys.stdout.flush()
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except OSError as error:
        if error.errno != errno.EPIPE:
            raise
        return _broken_pipe()
    except Exception as error:
        return _known(error)
    return ExitCode.OK


def _known(error: Exception) -> int:
    """Show the findings of ksync's own errors; anything else is a defect and keeps its traceback."""
    from kinect_sync.cli.findings import show_findings
    from kinect_sync.errors import BenchError, KsyncError

    if not isinstance(error, KsyncError):
        raise error
    with contextlib.suppress(OSError):  # stderr may be gone; the exit code still says what it was
        show_findings(error.findings)
    return ExitCode.BENCH if isinstance(error, BenchError) else ExitCode.USAGE


def _broken_pipe() -> int:
    """Point stdout at nothing, so that the interpreter's last flush is quiet too."""
    with contextlib.suppress(OSError, io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.BROKEN_PIPE


def _let_output_be_printable() -> None:
    """Print `?` for a character that the console's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

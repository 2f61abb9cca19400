"""`ksync stream`: the rows of a rig for programs of any language, while they happen."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.giving import Lines, Outlet, give_rows
from kinect_sync.benches.reading import MOST_PATIENCE_MS, Reading, captures_in_ring
from kinect_sync.calibration.rig_calibration import read_rig_calibration
from kinect_sync.cli.answering import answer
from kinect_sync.cli.findings import show_warnings
from kinect_sync.cli.length import Length
from kinect_sync.cli.options import (
    FOLDER,
    Number,
    allow_extra_option,
    captures_option,
    compress_option,
    duration_option,
    fast_option,
    json_option,
    max_drop_option,
    min_free_option,
    name_option,
    playback_option,
    quiet_option,
    rig_argument,
    rig_calibration_option,
    simulate_option,
    studio_option,
    trigger_timeout_option,
)
from kinect_sync.cli.saying import say
from kinect_sync.cli.stand_in import StandIn
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.cli.stream_summary import show_stream
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.take import TakePlan
from kinect_sync.doctor.readiness import check_stream
from kinect_sync.findings import Finding
from kinect_sync.rig.loading import load_rig
from kinect_sync.streaming.addresses import SocketPath, parse_address
from kinect_sync.streaming.row_reader import PATIENCE_S, Mode
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.lasers.remarks import laser_findings
from kinect_sync.wire.stream_report import StreamReport

_EPILOG = (
    "Exit codes: 0 in sync; 1 out of sync or incomplete; 2 usage, rig file, or no rows can be given there; "
    "3 device or SDK; 130 interrupted before there was a row, or twice."
)


@click.command(epilog=_EPILOG)
@rig_argument
@click.option(
    "--to",
    "address",
    metavar="ADDRESS",
    show_default="a line of JSON for each row on stdout, without images",
    help="Give whole rows at the path of a socket, at 127.0.0.1:PORT, or on stdout with `-`.",
)
@click.option(
    "--mode",
    type=click.Choice(list(map(str, Mode))),
    default=str(Mode.EVERY),
    show_default=True,
    help="Every row that a client has time for, or the newest whole one whenever it has.",
)
@click.option(
    "--patience",
    metavar="MS",
    type=Number(min=0, min_open=True, max=MOST_PATIENCE_MS),
    default=1000 * PATIENCE_S,
    show_default=True,
    help="How long a row waits for a device that is late.",
)
@click.option(
    "--record", metavar="DIR", type=FOLDER, help="Record a take beside, into a folder of its own in DIR."
)
@name_option
@duration_option()
@captures_option
@simulate_option
@playback_option
@fast_option
@rig_calibration_option
@max_drop_option
@trigger_timeout_option
@min_free_option
@compress_option
@allow_extra_option
@studio_option
@json_option
@quiet_option
@click.pass_context
def stream(
    ctx: click.Context,
    rig: str,
    address: str | None,
    mode: str,
    patience: float,
    record: Path | None,
    name: str | None,
    duration: float | None,
    captures: int | None,
    simulate: str | None,
    playback: Path | None,
    calibration: Path | None,
    max_drop_percent: float,
    trigger_timeout: float,
    min_free: int,
    studio: Path,
    *,
    fast: bool,
    compress: bool,
    allow_extra: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Give the rows of RIG, a YAML file or `-`, to other programs while they happen.

    Each pulse is a row: what every device captured of it, whole or a hole that says why, as in a take. Rows
    go to any number of programs on this computer, in messages that a page of C reads; one that is slow misses
    rows, which it is told, and holds nobody up. Python programs have `stream` in the library.

    Nothing is kept without --record. Ctrl-C ends the run properly; a second one waits no longer for that end,
    which comes by itself. A take that is recorded beside goes on where whoever reads rows has gone.
    """
    stand_in = StandIn(simulate, playback, fast)
    stand_in.check()
    length = Length(duration, captures)
    length.check()
    _check_options(ctx, record, address, as_json=as_json)
    warned: list[Finding] = []

    def work() -> StreamReport:
        outlet = _outlet(address, as_json=as_json)
        loaded = load_rig(rig)
        _warn((*loaded.warnings, *laser_findings(loaded, rig)), warned)
        fps = loaded.rig.camera.fps
        plan = TakePlan(
            rig=loaded.rig,
            directory=record or Path(),
            name=name,
            pulses=length.pulses(fps),
            max_drop_percent=max_drop_percent,
            reserve_bytes=min_free * 1_000_000,
            allow_extra=allow_extra,
            patience=Patience(trigger_s=trigger_timeout),
            packing=Packing.PNG if compress else None,
            calibration=None if calibration is None else read_rig_calibration(calibration),
        )
        plan, found = check_stream(plan, stand_in.wanted, keeps=record is not None)
        _warn(found, warned)
        reading = Reading(Mode(mode), patience / 1000)
        order = StreamOrder(
            plan=plan,
            bench=stand_in.wanted,
            keeps=record is not None,
            ring=captures_in_ring(fps, reading.patience_s),
            studio=studio,
            warned=tuple(warned),
        )
        with stop_signals(leaves=True) as stopping:
            tell = partial(_tell, outlet, quiet=quiet)
            return give_rows(order, replace(reading, stopping=stopping), outlet, tell, waits=fast)

    show = partial(_show, rows_on_stdout=address is None or address == "-", quiet=quiet)
    answer(StreamReport, work, show, as_json=as_json, told=warned)


def _show(report: StreamReport, *, rows_on_stdout: bool, quiet: bool) -> None:
    """Say how it went; where rows have stdout, on stderr, which may be quiet."""
    if not (rows_on_stdout and quiet):
        show_stream(report, on_stderr=rows_on_stdout)


def _outlet(address: str | None, *, as_json: bool) -> Outlet | None:
    """Return where rows go: with a report on stdout, and no address, nowhere; they are counted."""
    if address is not None:
        return parse_address(address)
    return None if as_json else Lines()


def _tell(outlet: Outlet | None, told: str, *, quiet: bool) -> None:
    """Say where rows can be had; a token has to be known whatever is quiet."""
    if not quiet or not isinstance(outlet, SocketPath):
        with suppress(OSError):  # a terminal that was closed costs the address, not the rows
            say(f"rows: {told}", err=True)


def _warn(findings: Sequence[Finding], warned: list[Finding]) -> None:
    show_warnings(findings)
    warned.extend(findings)


def _check_options(
    ctx: click.Context,
    record: Path | None,
    address: str | None,
    *,
    as_json: bool,
) -> None:
    if as_json and address == "-":
        raise click.UsageError("--json and `--to -` both say what stdout is: the last message has the report")
    if address == "-" and sys.stdout.isatty():
        raise click.UsageError("`--to -` gives images: pipe them into a program, or leave --to out for lines")
    if record is None:
        for option in ("name", "compress", "min_free"):
            if ctx.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(f"--{option.replace('_', '-')} is of a take: give it with --record")

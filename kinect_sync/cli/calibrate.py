"""`ksync calibrate`: where the cameras of a rig are, from a walk with the board."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.calibration.rig_calibration import FILE as RIG_CALIBRATION
from kinect_sync.calibration.rig_calibration import World
from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import (
    COUNT,
    FILE,
    FOLDER,
    check_span,
    devices_option,
    every_option,
    force_option,
    jobs_option,
    json_option,
    output_file_option,
    quiet_option,
)
from kinect_sync.cli.progress import progress_bar
from kinect_sync.host.view import usable_cores
from kinect_sync.review.calibrating.calibrating import calibrate_take, check_calibration
from kinect_sync.review.calibrating.request import CalibrationReport, CalibrationRequest

_EPILOG = (
    "Exit codes: 0 calibrated, or with --check that the calibration holds; 1 a device is missing, it is not "
    "to be relied on, or it does not hold; 2 usage, or the take, the board or a file can't be used; 3 with "
    "--live, no viewer runs; 130 interrupted."
)


@click.command(epilog=_EPILOG)
@click.argument("take", metavar="TAKE", type=FOLDER, required=False)
@output_file_option("the calibration", default="rig_calibration.json")
@force_option
@click.option("--board", "board", metavar="BOARD", show_default="A1, as `ksync board A1` draws it",
              help="The board that was carried: the id on its print, its paper, or a file.")  # fmt: skip
@click.option("--world", type=click.Choice(["gravity", "floor", "board", "device"]),
              show_default="gravity, if the IMU was recorded, or else device",
              help="What the world's axes come from.")  # fmt: skip
@click.option("--refine", metavar="FILE", type=FILE,
              help="Go on from a calibration: its world stays if no other is named, and devices not reached "
              "now do.")  # fmt: skip
@click.option("--check", metavar="[FILE]", is_flag=False, flag_value="", default=None,
              help="Only tell whether a calibration still holds; without FILE, the take's own.")  # fmt: skip
@click.option("--live", is_flag=True,
              help="Watch the take while another shell records it, say what is missing, and calibrate "
              "when it has ended.")  # fmt: skip
@devices_option
@click.option("--start", metavar="N", type=COUNT, default=0, show_default=True, help="First pulse.")
@click.option("--stop", metavar="N", type=COUNT, show_default="the end", help="Pulse before which to stop.")
@every_option(shown="six a second")
@jobs_option
@json_option
@quiet_option
def calibrate(
    take: Path | None,
    output: Path | None,
    board: str | None,
    world: World | None,
    refine: Path | None,
    check: str | None,
    devices: tuple[str, ...] | None,
    start: int,
    stop: int | None,
    every: int | None,
    processes: int | None,
    *,
    force: bool,
    live: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say where the cameras of a rig are, from TAKE, in which a board was carried through it.

    Walk for one to two minutes and hold the board still at sixty places. What is told is measured on poses
    that the calibration knows nothing of. It is written even where it is not to be relied on, and then says
    so to whoever reads it.

    With --live a page shows while you walk what each device has seen of the board and what is missing still;
    its address, and the same in words, comes out on stderr.
    """
    check_span("look at", start, stop)
    take, check = _take_and_check(take, check)
    if check is not None and (refine or output or world):
        raise click.UsageError("--check writes nothing: leave out -o, --refine and --world")
    if live and (check is not None or devices or start or stop or every):
        raise click.UsageError(
            "--live watches the whole take, to calibrate by it: leave out --check, --devices, --start, "
            "--stop and --every"
        )
    earlier = refine if check is None else (Path(check) if check else None)
    request = CalibrationRequest(
        take=take,
        board=board,
        earlier=earlier,
        checks=check is not None,
        world=world,
        output=None if check is not None else output or Path(RIG_CALIBRATION),
        replaces=force,
        devices=devices,
        start=start,
        stop=stop,
        every=every,
    )

    def work() -> CalibrationReport:
        if live:
            from kinect_sync.cli.walking import watch_walk

            watch_walk(take, check_calibration(request), quiet=quiet)
        with progress_bar("looking", "captures", quiet=quiet) as progress:
            return calibrate_take(request, processes=processes or usable_cores() or 1, progress=progress)

    def show(report: CalibrationReport) -> None:
        from kinect_sync.cli.calibration_summary import show_calibration

        show_calibration(report)

    answer(CalibrationReport, work, show, as_json=as_json)


def _take_and_check(take: Path | None, check: str | None) -> tuple[Path, str | None]:
    """Return the take and what is to be checked: in `--check TAKE` the folder is the take, and no file."""
    if take is not None:
        return take, check
    if check and Path(check).is_dir():
        return FOLDER.convert(check, None, None), ""
    if check:
        raise click.UsageError(f"Missing argument 'TAKE': `ksync calibrate TAKE --check {check}`")
    raise click.UsageError("Missing argument 'TAKE'.")

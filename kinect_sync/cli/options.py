"""Options and arguments that several commands take: declared once, so that one name has one meaning."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from kinect_sync.host.disk import RESERVE_BYTES
from kinect_sync.rig.modes import TRIGGER_S
from kinect_sync.studio.own_folder import STUDIO_VARIABLE, app_folder
from kinect_sync.texts import is_utf8, printable

C = TypeVar("C", bound=Callable[..., Any])


MOST = 1_000_000_000_000
"""More than anybody means, and little enough to be counted in pulses and bytes: 30,000 years of seconds."""


class Number(click.FloatRange):
    """A number in a range; not `nan`, `inf` or `1e308`, which are floats too, and make checks say nothing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the number, or say that it is none."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number) or abs(number) > MOST:
            self.fail(f"{value!r} is not a number of anything", param, ctx)
        return number


class Whole(click.IntRange):
    """A whole number in a range, and no larger than a `Number`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number, or say that it is none."""
        number: int = super().convert(value, param, ctx)
        if number > MOST:
            self.fail(f"{value!r} is not a number of anything", param, ctx)
        return number


class NamedPath(click.Path):
    """A path that reports can name: UTF-8, as JSON and take.json are, from the root on."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Read the path, or say that it can't be named."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        whole = path.absolute()
        if not is_utf8(whole):
            self.fail(f"{printable(str(whole))} is not UTF-8: rename it, or give another", param, ctx)
        return path


class Words(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.2
    """Words with commas between them, as `color,depth`."""

    name = "words"

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        """Take the words to choose from; without any, every word goes."""
        self._known = known

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split, and name every word that is not known."""
        if isinstance(value, tuple):
            return value
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
        unknown = [word for word in words if self._known and word not in self._known]
        if not words:
            self.fail("name at least one", param, ctx)
        if unknown:
            self.fail(f"{', '.join(map(repr, unknown))} is not among {', '.join(self._known)}", param, ctx)
        return words


FILE = NamedPath(dir_okay=False)
FOLDER = NamedPath(file_okay=False)
SECONDS = Number(min=0, min_open=True)
COUNT = Whole(min=0)
POSITIVE = Whole(min=1)

rig_argument = click.argument("rig", metavar="RIG")
optional_rig_argument = click.argument("rig", metavar="[RIG]", required=False)
take_argument = click.argument("take", metavar="TAKE", type=FOLDER)
recordings_argument = click.argument(
    "paths", metavar="TAKE|MKV...", nargs=-1, required=True, type=click.Path(path_type=Path)
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON report on stdout and nothing else."
)
quiet_option = click.option("--quiet", is_flag=True, help="Say nothing on stderr but findings.")
simulate_option = click.option(
    "--simulate",
    metavar="[FAULTS]",
    is_flag=False,
    flag_value="",
    default=None,
    help="Simulate the devices; stands after RIG, with a YAML file of faults if some are wanted.",
)
playback_option = click.option(
    "--playback",
    metavar="DIR",
    type=FOLDER,
    help="Play the MKV files of a folder as if they were devices.",
)
allow_extra_option = click.option(
    "--allow-extra", is_flag=True, help="Accept connected devices that the rig does not name."
)
look_for_option = click.option(
    "--board",
    metavar="BOARD",
    help="Look for a board that is carried through the rig, and show what a calibration by it lacks still.",
)
studio_option = click.option(
    "--studio",
    "studio",
    metavar="DIR",
    envvar=STUDIO_VARIABLE,
    default=lambda: app_folder() / "studio",
    show_default="`studio` in ksync's folder of your settings",
    type=FOLDER,
    help="Folder of the studio; the variable KSYNC_STUDIO names it too.",
)
takes_option = click.option(
    "-o",
    "--output",
    "directory",
    metavar="DIR",
    default="takes",
    show_default=True,
    type=FOLDER,
    help="Folder that takes are put into.",
)
trigger_timeout_option = click.option(
    "--trigger-timeout",
    metavar="S",
    type=SECONDS,
    default=TRIGGER_S,
    show_default=True,
    help="How long to wait for an external trigger.",
)
max_drop_option = click.option(
    "--max-drop-percent",
    metavar="P",
    type=Number(0, 100),
    default=1.0,
    show_default=True,
    help="Captures that a device may lack for the take to count as complete.",
)
name_option = click.option(
    "--name", metavar="NAME", show_default="rig name, date and time", help="Name of the take."
)
captures_option = click.option("--captures", metavar="N", type=POSITIVE, help="Captures of each device.")
fast_option = click.option(
    "--fast", is_flag=True, help="With --playback: as fast as they can be read, not in real time."
)
min_free_option = click.option(
    "--min-free",
    metavar="MB",
    type=COUNT,
    default=RESERVE_BYTES // 1_000_000,
    show_default=True,
    help="End the take cleanly when less is free on the disk.",
)
compress_option = click.option(
    "--compress", is_flag=True, help="Pack depth and IR without loss: less than half the bytes on the disk."
)

calibration_option = click.option(
    "--calibration",
    metavar="FILE",
    type=FILE,
    show_default="rig_calibration.json in TAKE",
    help="Calibration of the rig, as `ksync calibrate` writes it.",
)
rig_calibration_option = click.option(
    "--calibration",
    metavar="FILE",
    type=FILE,
    show_default="what the rig file names",
    help="Calibration of the rig, as `ksync calibrate` writes it.",
)
jobs_option = click.option(
    "--jobs",
    "processes",
    metavar="N",
    type=POSITIVE,
    show_default="one per core",
    help="Things done at once.",
)
devices_option = click.option(
    "--devices", metavar="LIST", type=Words(), show_default="all", help="Names of the devices."
)
force_option = click.option("--force", is_flag=True, help="Let -o replace a file that exists.")


def every_option(*, shown: str | None = None) -> Callable[[C], C]:
    """Declare how many pulses are passed over; `shown` says in words how many where it is not given."""
    return click.option(
        "--every",
        metavar="N",
        type=POSITIVE,
        default=1 if shown is None else None,
        show_default=shown or True,
        help="Take each so many-th pulse.",
    )


def pulse_options(command: C) -> C:
    """Declare which pulses of which devices a command works on."""
    options = (
        devices_option,
        click.option("--start", metavar="N", type=COUNT, default=0, show_default=True, help="First pulse."),
        click.option(
            "--stop", metavar="N", type=COUNT, show_default="the end", help="Pulse before which to stop."
        ),
        every_option(),
        click.option("--holes", is_flag=True, help="Also take pulses that a device has no whole capture of."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def check_span(do: str, start: int, stop: int | None) -> None:
    """Refuse a `--stop` that leaves nothing."""
    if stop is not None and stop <= start:
        raise click.UsageError(f"--stop {stop} is not after --start {start}: there is nothing to {do}")


def duration_option(
    *older: str, default: float | None = None, longest_s: float | None = None
) -> Callable[[C], C]:
    """Declare how long the devices run, also under older names; without a default, until Ctrl-C."""
    return click.option(
        "--duration",
        *older,
        "duration",
        metavar="S",
        type=Number(min=0, min_open=True, max=longest_s),
        default=default,
        show_default="until Ctrl-C" if default is None else True,
        help="Seconds of captures.",
    )


def output_file_option(what: str, *, default: str) -> Callable[[C], C]:
    """Declare `-o FILE` of a command that writes one file; `default` says in words where it goes without."""
    return click.option(
        "-o", "--output", metavar="FILE", type=FILE, show_default=default, help=f"Write {what} to FILE."
    )

"""What is to be calibrated, and what came of it: the values that command, library and report share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.measures import Measures
from kinect_sync.calibration.rig_calibration import CalibratedDevice, World
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words

MOST_POSES = 100
"""More poses cost time and bring nothing: noise is not what limits a calibration."""


class CalibrationRequest(Value):
    """Which take to calibrate a rig from, or to check a calibration with, and how."""

    take: Path
    board: str | None = None
    """The id of what was carried through the rig, or a file that describes it; None for that of `earlier`, or
    else the usual one."""
    earlier: Path | None = None
    """A calibration to go on from, or to check; None to check the one that the take names."""
    checks: bool = False
    """Whether to tell only if the earlier calibration still holds."""
    world: World | None = None
    """What the world's axes come from; None for that of `earlier`, or else the best that the take has."""
    output: Path | None = None
    """Where to write the calibration; None to write nothing."""
    replaces: bool = False
    """Whether a file that is there may be replaced."""
    devices: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of those that count; None for all of the take."""
    start: Annotated[int, Field(ge=0)] = 0
    """First pulse."""
    stop: int | None = None
    """First pulse that is left out; None for all to the end."""
    every: Annotated[int, Field(ge=1)] | None = None
    """Each so many-th pulse is looked at; None for six a second."""


class MovedDevice(Value):
    """How a device stands to where an earlier calibration has it."""

    name: str
    """The operator's word for the device."""
    poses: int
    """Poses of the board that it saw with others in this take."""
    moved_mm: float | None
    """How far what it sees of the board is from where it was by then; null where nobody can tell."""
    limit_mm: float
    """What that may be before it counts as moved: its own uncertainty, and what lenses do."""
    shift_mm: float | None
    """How far the device itself is from where it was."""
    turn_deg: float | None
    """How far it is turned."""
    moved: bool
    """Whether it moved."""


class CalibrationReport(Report):
    """What a walk with the board amounts to: what `ksync calibrate --json` prints."""

    report: Literal["calibration"] = "calibration"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.INCOMPLETE, Verdict.BAD, *UNANSWERED)]
    """`good`: calibrated, or with `--check` that the earlier calibration holds. `incomplete`: a device is
    missing. `bad`: it is not to be relied on, or does not hold; findings say why."""
    take: Path | None = None
    """Folder of the take; null where nothing was calibrated."""
    file: Path | None = None
    """The calibration that was written; null where none was, as with `--check`."""
    board: Board | None = None
    """What was looked for."""
    board_scale: float | None = None
    """How much larger the board is than it was meant to be, by the depth cameras; null where nobody
    measured."""
    world: World | None = None
    """What the world's axes come from."""
    world_pulse: int | None = None
    """The pulse at which the board lay that the world is of; null for other worlds."""
    pulses: int = 0
    """Pulses that were looked at."""
    devices: tuple[CalibratedDevice, ...] = ()
    """Where the devices are."""
    measures: Measures | None = None
    """What the calibration was found to be worth; null where there is none."""
    compared: tuple[MovedDevice, ...] = ()
    """With `--check` or `--refine`, how each device stands to the earlier calibration."""

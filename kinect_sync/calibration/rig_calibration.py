"""`rig_calibration.json`: where each camera of a rig is in one world, and how well that is known.

The text under each field is its documentation: `docs/reference/rig-calibration.md` is made of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import Field, ValidationError, field_validator, model_validator

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.measures import Measures
from kinect_sync.errors import UsageError
from kinect_sync.files import create_file, read_named, read_regular, replace_file
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import (
    RIG_CALIBRATION_BROKEN,
    RIG_CALIBRATION_MISSING,
    RIG_CALIBRATION_NEWER,
)
from kinect_sync.findings.output import FILE_EXISTS, FILE_NOT_WRITTEN
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.rig.model import Name
from kinect_sync.rig.modes import ColorResolution, DepthMode
from kinect_sync.rig.problem import shown
from kinect_sync.values import FiniteValue, first_mistake, format_of
from kinect_sync.verdicts import Verdict, Words

FORMAT: Final = 1
FILE: Final = "rig_calibration.json"
"""What the file is called where nobody says otherwise, and beside `take.json`."""
MOST_NBYTES = 16 << 20
"""Nine devices and two hundred poses are 200 kB."""
_LOOSE = 1e-5
"""So far a rotation may be from one: the numbers are written with 15 digits, and others may round them."""
_FARTHEST_M, _LARGEST_OFFSET_MM, _LATEST_NS = 1e3, 1e3, 2**63

Row = tuple[float, float, float, float]
Matrix = tuple[Row, Row, Row, Row]
World = Literal["gravity", "floor", "board", "device"]


class CameraPlace(FiniteValue):
    """Where a camera is in the world."""

    camera_to_world: Matrix
    """Carries points of the camera's frame (x right, y down, z forward, metres) into the world; by rows."""
    sigma_mm: float | None = None
    """Standard deviation of its position, of noise only; null for the device that holds the frame."""
    sigma_deg: float | None = None
    """Standard deviation of its direction, of noise only."""
    residual_px: float | None = None
    """Root mean square of the corners' reprojection errors per axis; null where it saw no board."""

    @field_validator("camera_to_world")
    @classmethod
    def _is_a_motion(cls, matrix: Matrix) -> Matrix:
        numbers = np.array(matrix)
        turn = numbers[:3, :3]
        rigid = np.isfinite(numbers).all() and np.abs(numbers[:3, 3]).max() < _FARTHEST_M
        if not rigid or np.abs(turn @ turn.T - np.eye(3)).max() > _LOOSE or np.linalg.det(turn) < 0:
            raise ValueError("its first three columns are no rotation, or it is nowhere near")
        if matrix[3] != (0.0, 0.0, 0.0, 1.0):
            raise ValueError("its last row is not 0 0 0 1")
        return matrix

    @property
    def world_from_camera(self) -> Pose:
        """The same as a pose."""
        matrix: Numbers = np.array(self.camera_to_world)
        return Pose.of(matrix[:3, :3], matrix[:3, 3])


class CalibratedDevice(FiniteValue):
    """One device of a calibrated rig."""

    name: Name
    """The operator's word for the device."""
    serial: str
    """Its serial number: the calibration is this device's, whatever its name."""
    depth_mode: DepthMode
    """Of the take that was calibrated; the depth camera's place is the same in all modes."""
    color_resolution: ColorResolution
    """Of the take that was calibrated."""
    color: CameraPlace | None
    """null where the color camera was off."""
    depth: CameraPlace | None
    """null where the depth camera was off."""
    depth_offset_mm: Annotated[float, Field(gt=-_LARGEST_OFFSET_MM, lt=_LARGEST_OFFSET_MM)] = 0.0
    """To add to what the depth camera measures along its z."""
    depth_offset_sigma_mm: float | None = None
    """Standard deviation of the offset, of noise only; null where none was measured."""


class RigCalibration(FiniteValue):
    """Where the cameras of a rig are, in one world."""

    format: Literal[1] = FORMAT
    """Version of this file's format."""
    ksync: str
    """Version of ksync that made it."""
    opencv: str | None = None
    """Version of OpenCV that found the board."""
    take: str
    """Name of the take of which it was made."""
    utc_ns: Annotated[int, Field(ge=0, lt=_LATEST_NS)]
    """When that take began, ns since 1970."""
    refined: str | None = None
    """Name of the take of the earlier calibration that it goes on from, with `--refine`."""
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.INCOMPLETE, Verdict.BAD)] = Verdict.GOOD
    """What `ksync calibrate` said of it. `incomplete`: devices are missing; `bad`: not to be relied on."""
    findings: tuple[Finding, ...] = ()
    """Why, and what else was found."""
    board: Board
    """What was walked through the rig."""
    board_scale: Annotated[float, Field(gt=0.5, lt=2)]
    """How much larger the board is than it was meant to be, by the depth cameras; 1 where nobody measured."""
    board_scale_sigma: float | None = None
    """Standard deviation of that; null where nobody measured."""
    world: World
    """What the world's axes come from."""
    world_pulse: int | None = None
    """The pulse at which the board lay that `board` has its axes from; null for other worlds, and where an
    earlier calibration's world was kept."""
    devices: tuple[CalibratedDevice, ...]
    """The devices, in the order of the rig."""
    measures: Measures | None = None
    """What it was found to be worth."""

    @model_validator(mode="after")
    def _one_place_for_each(self) -> RigCalibration:
        for words in ([each.name for each in self.devices], [each.serial for each in self.devices]):
            twice = next((word for word in words if words.count(word) > 1), None)
            if twice is not None:
                raise ValueError(f"`{shown(twice)}` stands for two devices")
        return self

    @property
    def by_name(self) -> dict[str, CalibratedDevice]:
        """The devices by their names."""
        return {device.name: device for device in self.devices}

    @property
    def by_serial(self) -> dict[str, CalibratedDevice]:
        """The devices by their serial numbers."""
        return {device.serial: device for device in self.devices}


def read_rig_calibration(path: Path) -> RigCalibration:
    """Read the file that somebody named.

    Raises UsageError: `rig-calibration-missing` where it can't be read, `rig-calibration-broken` where it is
    not what ksync writes, and `rig-calibration-newer` where a later version wrote it.
    """
    try:
        text = read_named(path, MOST_NBYTES)
    except OSError as error:
        raise _unreadable(path, error) from error
    return _parsed(path, text)


def read_calibration_beside(folder: Path) -> RigCalibration:
    """Read the file of a take's folder, which may come from anybody; raises as `read_rig_calibration`."""
    try:
        text = read_regular(folder / FILE, MOST_NBYTES)
    except OSError as error:
        raise _unreadable(folder / FILE, error) from error
    return _parsed(folder / FILE, text)


def put_calibration_beside(folder: Path, calibration: RigCalibration) -> None:
    """Write the file into a take's folder; OSError where the disk refuses."""
    replace_file(folder / FILE, _text(calibration), durable=True)


def write_rig_calibration(path: Path, calibration: RigCalibration, *, replace: bool = False) -> None:
    """Write the file; UsageError where it exists and is not to be replaced, or the disk refuses."""
    try:
        if replace:
            replace_file(path.resolve(), _text(calibration))
        else:
            create_file(path, _text(calibration))
    except FileExistsError as error:
        raise exists(path) from error
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror or error}"
        raise UsageError(FILE_NOT_WRITTEN.found(what)) from error


def exists(path: Path) -> UsageError:
    """Say that a calibration is in the way; a walk with the board took somebody an afternoon."""
    return UsageError(
        FILE_EXISTS.found(f"{path} exists", remedy="give another name with -o, or replace it with `--force`")
    )


def _text(calibration: RigCalibration) -> bytes:
    return (calibration.model_dump_json(indent=2) + "\n").encode()


def _parsed(path: Path, text: bytes) -> RigCalibration:
    try:
        return RigCalibration.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(_newer(path, text) or _broken(path, error)) from error


def _newer(path: Path, text: bytes) -> Finding | None:
    found = format_of(text)
    if found is None or found <= FORMAT:
        return None
    return RIG_CALIBRATION_NEWER.found(f"{path} has format {found}, and this ksync knows format {FORMAT}")


def _broken(path: Path, error: ValidationError) -> Finding:
    place, reason = first_mistake(error)
    what = f"{path} is not what `ksync calibrate` writes: {f'{shown(place)}: ' if place else ''}{reason}"
    return RIG_CALIBRATION_BROKEN.found(what)


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(RIG_CALIBRATION_MISSING.found(f"{path} can't be read: {error.strerror or error}"))

"""A take, opened to be read: its report, its rows, its geometry."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from kinect_sync.calibration.rig_calibration import FILE as RIG_CALIBRATION
from kinect_sync.calibration.rig_calibration import (
    RigCalibration,
    read_calibration_beside,
    read_rig_calibration,
)
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.export import DEVICE_UNKNOWN
from kinect_sync.findings.files import PULSE_UNKNOWN, TAKE_MISSING, TAKE_NEWER
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.library.clouds import RecordedDevices
from kinect_sync.library.images import RecordedImages
from kinect_sync.library.rows import TakeCapture, TakeRow
from kinect_sync.review.fusing.point_cloud import PointCloud
from kinect_sync.review.fusing.request import CloudSettings
from kinect_sync.review.fusing.space import RigSpace
from kinect_sync.rig.model import RigFields
from kinect_sync.takes import opened_take
from kinect_sync.takes.index_reader import IndexColumns, Numbers, TakeIndex
from kinect_sync.takes.manifest import Manifest, TakeReport
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE


def open_take(
    take: Path | str | TakeReport, *, calibration: RigCalibration | Path | str | None = None
) -> Take:
    """Open the folder of a take, or the take of a report; nothing has to be closed.

    `calibration` is that of its rig, loaded or as a file, in the place of the one in its folder.

    Raises UsageError where there is none, or where its take.json or its alignment.csv is damaged or of a
    later version.
    """
    path = take.take if isinstance(take, TakeReport) else take
    if path is None:
        raise UsageError(TAKE_MISSING.found("the report is of no take: nothing was recorded"))
    return Take(opened_take.open_take(Path(path)), calibration)


def path_of(take: Take | Path | str) -> Path:
    """Return the folder of a take that is open or named."""
    return take.path if isinstance(take, Take) else Path(take)


class Take:
    """A take on the disk, as `open_take` returns it.

    Recordings are opened when an image of theirs is first asked for, each only while it is read.
    """

    def __init__(self, opened: OpenedTake, calibration: RigCalibration | Path | str | None = None) -> None:
        """Read a take that was opened; `calibration` is used in the place of that in its folder."""
        self._opened = opened
        self._given = calibration
        self._last_space: tuple[object, RigSpace] | None = None

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._opened.path

    @property
    def manifest(self) -> Manifest:
        """What its take.json says: settings, firmware and controls of each device, the host, the clocks."""
        return self._opened.manifest

    @property
    def names(self) -> tuple[str, ...]:
        """The devices by the operator's words, in the rig's order."""
        return tuple(self.manifest.names)

    @property
    def rig(self) -> RigFields:
        """The rig that was recorded; where the take has a calibration in its folder, it names that one.

        Raises UsageError where only another version of ksync knows such a rig.
        """
        fields = self.manifest.rig_fields
        if fields is None:
            what = f"the rig in {self.path} has fields that this ksync does not know"
            raise UsageError(TAKE_NEWER.found(what))
        beside = self.path / RIG_CALIBRATION
        return fields.model_copy(update={"calibration": str(beside)}) if os.path.lexists(beside) else fields

    @property
    def report(self) -> TakeReport | None:
        """How it went; None where ksync did not live to see the end."""
        return self.manifest.report

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What whoever reads it should know first: that it was cut off, or lacks recordings."""
        return (*self._opened.remarks(), *self._opened.missing())

    def __len__(self) -> int:
        """Return the number of pulses, complete or not."""
        return len(self._opened.index)

    def rows(
        self,
        *,
        complete: bool = True,
        start: int = 0,
        stop: int | None = None,
        every: int = 1,
        devices: Sequence[str] | None = None,
    ) -> Iterator[TakeRow]:
        """Iterate over pulses from `start` to before `stop`, of them each so many-th, in order.

        Only pulses count of which each device has a whole capture, unless `complete` is false. `devices`
        narrows all that to some. Raises UsageError for a name that the take does not have.
        """
        if every < 1:
            raise ValueError("every is 1 or more")
        names = self.names if devices is None else self._known(devices)
        parts = self._opened.index.stretches(start, stop)
        return (
            self._row(part, place, names)
            for part in parts
            for place in np.flatnonzero(
                part.chosen(start, stop, every) & (part.complete(names) if complete else True)
            ).tolist()
        )

    def row(self, pulse: int) -> TakeRow:
        """Return one pulse, complete or not; UsageError where the take does not have it."""
        for part in self._opened.index.stretches(pulse, pulse + 1):
            for place in np.flatnonzero(part.pulses == pulse)[:1].tolist():
                return self._row(part, place, self.names)
        span = f"{len(self)}, from {self._opened.index.first_pulse} on" if len(self) else "none"
        raise UsageError(PULSE_UNKNOWN.found(f"the take has no pulse {pulse}: it has {span}"))

    def geometry(self, device: str) -> DeviceGeometry:
        """Return a device's lenses and poses in the modes that were recorded, as its factory measured them.

        Raises UsageError for a name that the take does not have, and where the recording carries no
        calibration that can be used.
        """
        self._known([device])
        return self._recorded[device].geometry()

    @cached_property
    def calibration(self) -> RigCalibration | None:
        """Where its cameras stood: by what it was opened with, or else by the copy in its folder.

        None where there is neither. Raises UsageError where the file is damaged or of a later version.
        """
        if isinstance(self._given, RigCalibration):
            return self._given
        if self._given is not None:
            return read_rig_calibration(Path(self._given))
        if not os.path.lexists(self.path / RIG_CALIBRATION):
            return None
        return read_calibration_beside(self.path)

    def cloud(
        self,
        pulse: int,
        *,
        calibration: RigCalibration | Path | str | None = None,
        devices: Sequence[str] | None = None,
        settings: CloudSettings | None = None,
    ) -> PointCloud:
        """Return all devices' points at one pulse, in the world of their rig's calibration.

        `calibration` is one that was loaded, or a file as `ksync calibrate` writes it; without one, that of
        the take. What is the same as in the call before costs no time again, so that it is quick to
        go on with the next pulse.

        Raises UsageError where the take, the calibration or the selection do not allow it, and where a device
        has no whole capture of this pulse.
        """
        space, row = self._space(calibration), self.row(pulse)
        return space.cloud(row.__getitem__, settings or CloudSettings(), devices)

    def __repr__(self) -> str:
        """Say where it is, and how much."""
        return f"<Take {self.path}: {len(self)} pulses of {', '.join(self.names)}>"

    def _space(self, calibration: RigCalibration | Path | str | None = None) -> RigSpace:
        """Return the world of its rig, by this calibration or else by that of the take."""
        asked = self._given if calibration is None else calibration
        if self._last_space is None or (self._last_space[0],) != (asked,):  # the same is not looked through
            devices = RecordedDevices(self._opened, Path(asked) if isinstance(asked, str) else asked)
            self._last_space = asked, RigSpace(devices)
        return self._last_space[1]

    # --- rows -----------------------------------------------------------------------------------------

    @cached_property
    def _recorded(self) -> dict[str, RecordedImages]:
        described = self.manifest.devices
        return {each.settings.name: RecordedImages(self._opened, each) for each in described}

    def _known(self, devices: Sequence[str]) -> tuple[str, ...]:
        unknown = [name for name in devices if name not in self._recorded]
        if unknown:
            what = f"the take has no device {', '.join(unknown)}"
            raise UsageError(DEVICE_UNKNOWN.found(what, remedy=f"choose among {', '.join(self.names)}"))
        return tuple(devices)

    def _row(self, part: TakeIndex, place: int, names: Sequence[str]) -> TakeRow:
        pulse = int(part.pulses[place])
        captures = {name: self._capture(name, pulse, part.devices[name], place) for name in names}
        return TakeRow(pulse, captures, self._space)

    def _capture(self, name: str, pulse: int, columns: IndexColumns, place: int) -> TakeCapture:
        hole, residual_us = int(columns.hole[place]), float(columns.residual_us[place])
        return TakeCapture(
            device=name,
            pulse=pulse,
            hole=None if hole == NO_HOLE else HOLES[hole],
            color_timestamp_us=_known_number(columns.color_us, place),
            depth_timestamp_us=_known_number(columns.depth_us, place),
            host_time_ns=_known_number(columns.host_ns, place),
            residual_us=None if residual_us != residual_us else residual_us,
            images=self._recorded[name],
        )


def _known_number(column: Numbers, place: int) -> int | None:
    number = int(column[place])
    return None if number == MISSING else number

"""`take.json`: what a take was meant to be, written first, and what it became, written last."""

from __future__ import annotations

import errno
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from kinect_sync.errors import UsageError
from kinect_sync.files import replace_file
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.values import Value

MANIFEST = "take.json"
INDEX = "alignment.csv"
LOAD = "load.csv"
REBUILT = "rebuilt"
"""In the place of the host: what a manifest was made from, where no recorder wrote it."""


class ClockSample(Value):
    """Host clocks read at one moment: what ties host times of the take to the calendar."""

    monotonic_ns: int
    """CLOCK_MONOTONIC, the clock of every host time in the take."""
    utc_ns: int
    """The same moment in UTC, ns since 1970; as good as the host's time synchronisation."""


class TakeDevice(Value):
    """One device as it was when the take began."""

    file: str
    """Name of the recording in the take's folder."""
    settings: DeviceSettings
    firmware: dict[str, str] | None
    controls: dict[str, int | str | None] | None
    """Color controls as read back from the device."""
    jacks: dict[str, bool | None] | None
    """What the plug detectors said; null where the hardware cannot tell."""
    first_pulse_us: float
    """Device time of the first common pulse, delays subtracted."""
    captures_before: int
    """Captures that came while the rig settled, before the first common pulse; not recorded."""


class DeviceReport(Value):
    """One device's part in a take."""

    name: str
    serial: str
    role: Role
    file: str
    captures: int
    """Captures in the file."""
    dropped: int
    """Pulses of the take without a whole capture of this device."""
    holes: dict[str, int]
    """The same, by reason."""
    lost: bool
    """Whether the device stopped delivering before the end."""
    bias_us: float | None
    """Constant part of observed - expected, at the first common pulse."""
    jitter_us: float | None
    """Spread (RMS) around bias and drift."""
    drift_ppm: float | None
    """Slope of observed - expected over time: this device's clock against the reference's."""


class TakeReport(Value):
    """How a take went: what `ksync start --json` prints."""

    take: str | None
    """The take's folder; null where the rig did not start and nothing was written."""
    verdict: Literal["in_sync", "out_of_sync", "incomplete", "failed"]
    pulses: int
    """Pulses from the first common one to the end."""
    complete: int
    """Pulses with a whole capture of every device."""
    duration_s: float
    devices: tuple[DeviceReport, ...]
    findings: tuple[Finding, ...]


class Manifest(Value):
    """Everything about a take that its files do not say themselves."""

    format: Literal[1] = 1
    state: Literal["recording", "finished"]
    """`recording` in a finished folder means that ksync did not live to see the end."""
    name: str
    versions: dict[str, str]
    host: dict[str, str]
    rig: dict[str, Any]
    """The rig file, as it was understood."""
    begin: ClockSample
    end: ClockSample | None = None
    reference: str
    """The device against which residuals are measured: the master, or the first behind a trigger."""
    devices: tuple[TakeDevice, ...]
    report: TakeReport | None = None

    @property
    def rebuilt(self) -> bool:
        """Whether it was made from the recordings: they know neither cables nor exposure nor the recorder."""
        return REBUILT in self.host


class TakeFolder:
    """The folder of one take: made once, never overwritten."""

    def __init__(self, path: Path) -> None:
        """Stand for the folder at `path`; `create` makes it."""
        self.path = path

    def check(self) -> None:
        """See early that the folder is new and can be made; UsageError if not."""
        if self.path.exists():
            raise take_exists(self.path)
        if not os.access(self.disk, os.W_OK):
            raise cannot_write(self.path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))

    @property
    def disk(self) -> Path:
        """The nearest folder above that exists: it is on the take's disk."""
        return next(parent for parent in (self.path, *self.path.absolute().parents) if parent.is_dir())

    def create(self) -> None:
        """Make the folder; UsageError if there is one already, or it can't be made."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir()
        except FileExistsError:
            raise take_exists(self.path) from None
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def recording(self, device: str) -> Path:
        """Return the path of a device's recording."""
        return self.path / f"{device}.mkv"

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace take.json as a whole: there is always one complete version on the disk."""
        text = manifest.model_dump_json(indent=2, by_alias=True) + "\n"
        replace_file(self.path / MANIFEST, text.encode(), durable=True)


def take_name(rig: RigFields, now: datetime) -> str:
    """Name a take after its rig and the moment, in UTC: `studio-a-20260131-142500`."""
    return f"{rig.name}-{now.astimezone(timezone.utc):%Y%m%d-%H%M%S}"


def take_exists(path: Path) -> UsageError:
    """Say that a take is in the way; takes are never overwritten."""
    return UsageError(
        Finding(
            code="take-exists",
            what=f"there is a take at {path} already, and takes are never overwritten",
            remedy="choose another --name or -o",
        )
    )


def cannot_write(path: Path, error: OSError) -> UsageError:
    """Say why a take can't be written there."""
    return UsageError(
        Finding(
            code="take-unwritable",
            what=f"the take's folder {path} can't be made: {error.strerror or error}",
            remedy="choose a folder on a disk that you may write to with -o",
        )
    )

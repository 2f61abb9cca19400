"""What a program and the director of its stream say to each other: frozen values, one JSON line each.

Few and small: rows and images go another way, from memory to whoever reads them. Whoever is not listened to
leaves out what a later message says anew, and waits for nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from kinect_sync.errors import BenchError, Interrupted, KsyncError, RigError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.values import Value
from kinect_sync.wire.messages import Stored
from kinect_sync.wire.stream_report import StreamReport

# --- the director's ---------------------------------------------------------------------------------------


class StreamedDevice(Value):
    """One device of a stream, as whoever reads its captures has to know it."""

    settings: DeviceSettings
    """What it was started with, nothing left to derive."""
    host: str | None = None
    """The other computer that it is connected to; None where that is the program's."""
    captures_wait: bool = False
    """Whether its captures wait for their reader, as in recordings that are played fast."""

    @property
    def name(self) -> str:
        """The operator's word for it."""
        return self.settings.name


class LensesRead(Value):
    """A device is open, and told of its lenses; before it captures anything."""

    kind: Literal["lenses_read"] = "lenses_read"
    device: str
    calibration: Stored
    """What the factory measured of it, as it is stored in it."""


class Began(Value):
    """The first common pulse is known: captures go into the rings from now on."""

    kind: Literal["began"] = "began"
    devices: tuple[StreamedDevice, ...]
    """In the rig's order."""
    reference: str
    """The device that residuals are measured against."""
    folder: Path
    """The folder of the rings."""
    take: Path | None
    """The folder of the take; None where nothing is kept."""
    findings: tuple[Finding, ...]
    """What is to be told before."""


class DeviceChanged(Value):
    """How it stands with a device by now, in the place of what was said of it before."""

    kind: Literal["device_changed"] = "device_changed"
    device: str
    standing: Literal["delivers", "silent", "lost", "finished"]
    """`silent`: no row need wait for it until it delivers again. `lost`: nothing comes any more. `finished`:
    at the end of the run."""
    findings: tuple[Finding, ...]
    """Everything that was found out about it so far."""


class Alive(Value):
    """Whoever directs goes on, though nothing has changed: said once a second, also while devices close."""

    kind: Literal["alive"] = "alive"


class Over(Value):
    """The run is over: every file is closed, and the last capture is in its ring."""

    kind: Literal["over"] = "over"
    report: StreamReport
    take_holes: dict[str, tuple[tuple[int, int], ...]] | None = None
    """By device the pulses of which the take has no whole capture, the first and the last of each gap; None
    where nothing is kept."""


class Refused(Value):
    """There is no run, or it was broken off."""

    kind: Literal["refused"] = "refused"
    error: Literal["rig", "usage", "bench", "interrupted"]
    findings: tuple[Finding, ...]

    @classmethod
    def by(cls, error: KsyncError | Interrupted) -> Refused:
        """Tell of an error; what a caller tells apart is the same at the other end."""
        word = next(word for word, kind in _ERRORS.items() if isinstance(error, kind))
        return cls(error=word, findings=error.findings)

    @property
    def exception(self) -> KsyncError | Interrupted:
        """The error, to be raised."""
        return _ERRORS[self.error](*self.findings)


_Word = Literal["rig", "usage", "bench", "interrupted"]
_ERRORS: dict[_Word, type[RigError | UsageError | BenchError | Interrupted]] = {
    "rig": RigError,
    "usage": UsageError,
    "bench": BenchError,
    "interrupted": Interrupted,
}


# --- the program's ----------------------------------------------------------------------------------------


class Finish(Value):
    """End the run at one pulse; rows are read to the end. Answered by `Over`."""

    kind: Literal["finish"] = "finish"


class Leave(Value):
    """Nothing is read any more: end the run, let nobody wait, and leave. So does the end of the stream."""

    kind: Literal["leave"] = "leave"


Told = Annotated[LensesRead | Began | DeviceChanged | Alive | Over | Refused, Field(discriminator="kind")]
Asked = Annotated[Finish | Leave, Field(discriminator="kind")]
_TOLD: TypeAdapter[Told] = TypeAdapter(Told)
_ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)


def read_told(line: bytes) -> Told:
    """Parse one line of a director; ValueError when it is none."""
    return _TOLD.validate_json(line)


def read_asked(line: bytes) -> Asked:
    """Parse one line of a program; ValueError when it is none."""
    return _ASKED.validate_json(line)

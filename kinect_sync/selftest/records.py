"""What was measured of devices in one run: values that are kept, judged, and replayed by a virtual bench."""

from __future__ import annotations

from collections.abc import Iterable

from kinect_sync.findings import Finding
from kinect_sync.readings import Controls
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.verification import DeviceVerification
from kinect_sync.values import Value
from kinect_sync.wire.messages import FirstCapture


class Moment(Value):
    """How much had come of a device by a moment."""

    at_s: float
    """Since its cameras were told to start."""
    captures: int


class Second(Value):
    """One device in one second of a run."""

    at_s: float
    """Since the first pulse of the run."""
    residual_us: float | None
    """Mean of observed - expected; null where there was nothing to compare."""
    ahead_us: float | None
    """By how much the device's clock has gained on the host's, by the quickest capture of the second."""


class DeviceRecord(Value):
    """One device in one run."""

    settings: DeviceSettings
    """What it was started with."""
    open_s: float | None = None
    """From the command to open it until it was open, its controls set."""
    start_s: float | None = None
    """From the command to start its cameras until they ran."""
    first_s: float | None = None
    """From there to its first capture."""
    close_s: float | None = None
    """From the command to stop until its process had left."""
    exit_code: int | None = None
    """Of its process; negative for a signal."""
    controls: Controls | None = None
    """As read back after they were set."""
    first: tuple[FirstCapture, ...] = ()
    """Its first captures, as they came."""
    moments: tuple[Moment, ...] = ()
    """How many captures had come, about twice a second."""
    seconds: tuple[Second, ...] = ()
    """Every second of the run."""
    period_us: float | None = None
    """From pulse to pulse on its own clock."""
    host_fps: float | None = None
    """Pulses per second on the host's clock."""
    memory_begin_bytes: int | None = None
    """Of its process, when its first captures had come."""
    memory_end_bytes: int | None = None
    """The same at the end."""
    memory_s: float = 0.0
    """The time between."""
    lines: tuple[str, ...] = ()
    """The last lines that its process or the SDK printed."""

    @property
    def name(self) -> str:
        """The operator's word for the device."""
        return self.settings.name

    @property
    def memory_mb_per_h(self) -> float | None:
        """How fast its process grew; None where Linux does not tell, or nothing was recorded."""
        if self.memory_begin_bytes is None or self.memory_end_bytes is None or self.memory_s <= 0:
            return None
        return (self.memory_end_bytes - self.memory_begin_bytes) / 1e6 * 3600 / self.memory_s


class RunRecord(Value):
    """One run of some devices."""

    label: str
    """What was special about it: `round 3`, `delay 160 µs`."""
    devices: tuple[DeviceRecord, ...]
    """Those that took part, in the rig's order."""
    pulses: int = 0
    """Pulses that were recorded; 0 where the run did not begin, or nothing was to be recorded."""
    complete: int = 0
    """Of them, those that every device captured whole."""
    verified: tuple[DeviceVerification, ...] = ()
    """The same measurements as of a take, in the order of `devices`."""
    findings: tuple[Finding, ...] = ()
    """What ksync found: why the run did not begin, or what happened in it."""

    def device(self, name: str) -> DeviceRecord:
        """Return one device's part; KeyError where it took none."""
        return next(each for each in self.devices if each.name == name)

    def measured(self, name: str) -> DeviceVerification | None:
        """Return one device's measurements; None where the run did not begin."""
        return next((each for each in self.verified if each.name == name), None)


class Runs(Value):
    """What most steps measure."""

    runs: tuple[RunRecord, ...]
    """In the order in which they were done."""

    def of(self, name: str) -> Iterable[tuple[RunRecord, DeviceRecord]]:
        """Iterate over the runs that a device took part in."""
        for run in self.runs:
            for device in run.devices:
                if device.name == name:
                    yield run, device

    @property
    def names(self) -> tuple[str, ...]:
        """The devices of all runs, in the order of their first."""
        return tuple(dict.fromkeys(device.name for run in self.runs for device in run.devices))

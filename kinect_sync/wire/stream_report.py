"""How a stream of rows went: what the director judged of the rig, and what the program got of it."""

from __future__ import annotations

from typing import Annotated, Literal

from kinect_sync.findings import Finding
from kinect_sync.rig.modes import Role
from kinect_sync.takes.manifest import DeviceReport
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class StreamDeviceReport(Value):
    """One device's part in a stream."""

    name: str
    """The operator's word for the device."""
    serial: str
    """Its serial number."""
    role: Role
    """`master`, `subordinate` or `standalone`."""
    host: str | None = None
    """The other computer that it is connected to; null where that is the program's."""
    captures: int
    """Captures that it gave, in its file where one was written."""
    dropped: int
    """Pulses without a whole capture of this device."""
    holes: dict[str, int]
    """The same, by reason."""
    lost: bool
    """Whether the device stopped delivering before the end, or its host could not be reached at the end."""
    late: int = 0
    """Captures that came after their row was given, and so are in no row."""
    not_brought: int = 0
    """Rows that were missed as captures of it did not come to the program in time."""
    only_in_take: int | None = None
    """Rows that the program was given without a whole capture of it, which the take has: it came later than
    rows wait, as a rule. null where no take was recorded."""
    only_in_rows: int | None = None
    """Rows that the program was given with a whole capture of it, which the take lacks in its row: the disk
    did not keep up, as a rule. null where no take was recorded."""
    bias_us: float | None
    """Constant part of observed - expected, at the first common pulse."""
    jitter_us: float | None
    """Spread (RMS) around bias and drift."""
    drift_ppm: float | None
    """Slope of observed - expected over time: this device's clock against the reference's."""

    @classmethod
    def of(cls, device: DeviceReport) -> StreamDeviceReport:
        """Tell of a device what a take would: all of it that is not of its file."""
        told = cls.model_fields.keys() & DeviceReport.model_fields.keys()
        return cls.model_validate({name: getattr(device, name) for name in told})


class StreamReport(Report):
    """How a stream went: what `ksync stream --json` prints, and what rows have as their `report`."""

    report: Literal["stream"] = "stream"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.IN_SYNC, Verdict.INCOMPLETE, Verdict.OUT_OF_SYNC, *UNANSWERED)]
    """Of the rig, as of a take: whether every device was on the pulse, and its captures came. What a program
    missed is not in it. `failed`: the rig did not start, or the process that directed it has ended."""
    rig: str = ""
    """Name of the rig; empty where there is none that can run."""
    take: str | None = None
    """The folder of the take that was recorded; null where nothing is kept."""
    pulses: int = 0
    """Pulses from the first common one to the end; where the process that directed the rig has ended, those
    of the rows that are counted below, and there are no devices."""
    complete: int = 0
    """Pulses with a whole capture of every device."""
    duration_s: float = 0.0
    """Length in seconds."""
    devices: tuple[StreamDeviceReport, ...] = ()
    """Each device's part, in the order of the rig."""
    before: int = 0
    """Rows before the first one that could be had of all devices, as the rig had begun earlier."""
    given: int = 0
    """Rows that the program took."""
    missed: int = 0
    """Rows that it could not take: it was too slow, or asked late for the first, and the rings had gone on;
    or captures did not come to it in time, as `not_brought` of the devices tells."""
    missed_pulses: tuple[tuple[int, int], ...] = ()
    """Which those were: the first and the last pulse of each gap."""
    skipped: int = 0
    """Rows that were passed over for a newer one, where only the newest was asked for."""
    untaken: int = 0
    """Rows that it did not ask for any more, as it left before the run had ended. Those before,
    given, missed, skipped and untaken are all pulses."""
    findings: tuple[Finding, ...]
    """What there is to say of the stream, first what was warned of before it; the page of findings explains
    each."""

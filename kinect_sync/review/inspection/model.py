"""What an inspection tells: a verdict, one entry per recording, and what is wrong."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words

AlignedBy = Literal["take", "device_clock", "host_clock", "host_time", "nothing"]


class HoleRun(Value):
    """Pulses in a row without a whole capture of a device."""

    pulse: int
    """The first of them, counted from the first common pulse."""
    pulses: int
    """How many."""
    at_s: float
    """When, in seconds after the first common pulse."""
    reason: str
    """Why they are missing."""


class FileInspection(Value):
    """One recording of the set."""

    name: str
    """The device's name, or else the file's."""
    file: str
    """Path of the recording."""
    serial: str | None
    """The device's serial number; null where the file does not say."""
    role: Role
    """As the file's tags say."""
    fps: int
    """Pulses per second, as the tags say."""
    color_resolution: ColorResolution
    """As the tags say."""
    color_format: ColorFormat | None
    """As the file says; null without color."""
    depth_mode: DepthMode
    """As the tags say."""
    subordinate_delay_off_master_usec: int
    """Color after the master's pulse, as the tags say."""
    depth_delay_off_color_usec: int
    """Depth after color, as the tags say; negative is before it."""
    writer: str
    """The program that wrote the file; empty where it did not say."""
    start_offset_us: int
    """Device time that the file's times count from."""
    start_offset_from: Literal["tag", "imu", "set", "unknown"]
    """How the start offset is known: from the file's tag, its IMU samples, the other files when it was
    repaired, or not."""
    complete: bool
    """Whether the file was closed properly."""
    truncated_bytes: int
    """Bytes at its end that belong to no whole image."""
    has_calibration: bool
    """Whether the factory calibration is attached."""
    images: dict[str, int]
    """Images, by track."""
    first_us: int | None
    """Device time of the first image; null in a file without any."""
    last_us: int | None
    """Device time of the last image."""
    aligned: bool
    """Whether its captures have places in the alignment."""
    captures: int
    """Captures between the first and the last common pulse, or in the file where it is not aligned."""
    captures_before: int
    """Captures before the first common pulse."""
    captures_after: int
    """Captures after the last common pulse."""
    dropped: int
    """Pulses without a whole capture."""
    holes: dict[str, int]
    """The same, by reason."""
    hole_runs: tuple[HoleRun, ...]
    """The same, one by one."""
    longest_gap_s: float
    """The longest time between two captures of the file."""
    period_us: float | None
    """The usual time between two captures by the device's clock."""
    pairing_error_us: float | None
    """Mean of depth - color - depth delay."""
    mispaired: int
    """Captures whose color and depth are not of one pulse."""
    bias_us: float | None
    """Constant part of observed - expected against the reference."""
    jitter_us: float | None
    """Spread (RMS) around bias and drift."""
    drift_ppm: float | None
    """Slope of observed - expected: this clock against the reference's."""


class Inspection(Report):
    """What was found out about a set of recordings: what `ksync inspect --json` prints."""

    report: Literal["inspection"] = "inspection"
    format: Literal[1] = 1
    verdict: Annotated[
        Verdict,
        Words(
            Verdict.IN_SYNC,
            Verdict.COMPLETE,
            Verdict.INCOMPLETE,
            Verdict.OUT_OF_SYNC,
            Verdict.UNSYNCHRONIZED,
            Verdict.EMPTY,
            *UNANSWERED,
        ),
    ]
    """`complete` is said of a single recording, `unsynchronized` of several that no pulse ties together, and
    `empty` where there is no capture to align."""
    take: str | None = None
    """The folder; null where files were given."""
    aligned_by: AlignedBy = "nothing"
    """What ties the devices' clocks: the take's own anchors, the pulse that set all clocks to zero, the
    host's clock that a Femto's follows, host times (on request; the finding `aligned-by-host` says how well),
    or nothing."""
    reference: str | None = None
    """The recording that the others are compared with."""
    fps: int = 0
    """Pulses per second; 0 where nothing could be read."""
    pulses: int = 0
    """Pulses from the first common one to the last."""
    complete: int = 0
    """Pulses with a whole capture of every aligned device."""
    duration_s: float = 0.0
    """Seconds from the first common pulse to the last."""
    first_pulse_us: dict[str, float] = Field(default_factory=dict)
    """Device time of the first common pulse on each aligned device's clock, delays subtracted."""
    last_pulse_us: dict[str, float] = Field(default_factory=dict)
    """The same of the last common pulse."""
    devices: tuple[FileInspection, ...] = ()
    """The recordings that could be read."""

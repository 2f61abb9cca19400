"""What an MCAP file is to hold: the values that command, parent and workers share."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.findings import Finding
from kinect_sync.review.chosen import PulseChoice
from kinect_sync.review.export.request import Part
from kinect_sync.takes.mkv.places import ImagePlace
from kinect_sync.values import Value

MCAP_PARTS = (Part.COLOR, Part.DEPTH, Part.IR, Part.CALIBRATION)
"""What an MCAP file can hold; everything else is computed by whoever looks at it."""


class McapRequest(PulseChoice):
    """Which images of a take to put into an MCAP file, and where to."""

    file: Path
    parts: tuple[Part, ...] = MCAP_PARTS


class Shot(Value):
    """An image to put into the file."""

    track: str
    place: ImagePlace
    time_ns: int
    """When the middle of its pulse's exposure was, ns since 1970."""


class Pulse(Value):
    """What there is to say of a pulse beside its images."""

    complete: bool
    """Whether each device that was asked for has a whole capture."""
    residuals_us: dict[str, float]
    """By device, observed - expected."""


class ShotJob(Value):
    """One device at one pulse: what a worker does in one go."""

    device: str
    pulse: int
    pulse_ns: int
    """When the pulse was, ns since 1970: the same for all devices."""
    shots: tuple[Shot, ...]
    about: Pulse | None
    """Told with the first device of a pulse."""


class ShotResult(Value):
    """The messages of a job."""

    job: ShotJob
    messages: tuple[tuple[str, bytes], ...]
    """By track."""
    findings: tuple[Finding, ...] = ()
    """Images that can't be decoded, and are left out."""

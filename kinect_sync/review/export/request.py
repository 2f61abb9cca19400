"""What an export is to hold, and what became of it: the values that command, parent and workers share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

from kinect_sync.findings import Finding
from kinect_sync.review.chosen import PulseRequest
from kinect_sync.takes.mkv.places import ImagePlace
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class Part(str, Enum):
    """One kind of file in an export; each has a folder of that name beneath the device's."""

    COLOR = "color"
    """The camera's own JPEG, or PNG of a raw format."""
    DEPTH = "depth"
    """16 bit PNG, mm."""
    IR = "ir"
    """16 bit PNG."""
    DEPTH_ALIGNED = "depth-aligned"
    """Depth as the color camera sees it: 16 bit PNG, mm."""
    COLOR_ALIGNED = "color-aligned"
    """Color at the pixels of depth: PNG with alpha, 0 where there is no color."""
    POINTS = "points"
    """Point cloud in metres in the depth camera's frame: binary PLY."""
    CALIBRATION = "calibration"
    """One `calibration.json` per device, in OpenCV's convention."""

    def __str__(self) -> str:
        """Return the word as it stands on the command line."""
        return str(self.value)


DEFAULT_PARTS = (Part.COLOR, Part.DEPTH, Part.IR, Part.CALIBRATION)
"""What the cameras gave, and the geometry to use it with."""
TRANSFORMED = frozenset({Part.DEPTH_ALIGNED, Part.COLOR_ALIGNED, Part.POINTS})
"""What the SDK computes."""


class ExportRequest(PulseRequest):
    """Which images of a take to export, and where to."""

    parts: tuple[Part, ...] = DEFAULT_PARTS
    color_as_png: bool = False
    """Whether JPEGs are decoded: eight times the space, and no bit more of image."""


class Job(Value):
    """One device at one pulse: what a worker does in one go."""

    device: str
    pulse: int
    timestamp_us: int
    color: ImagePlace | None
    depth: ImagePlace | None
    ir: ImagePlace | None
    targets: dict[Part, Path]
    """The files to make; only those that are not there yet."""


class JobResult(Value):
    """What a worker made of one job."""

    device: str
    pulse: int
    written: int = 0
    nbytes: int = 0
    broken: tuple[Part, ...] = ()
    """Files that could not be made; the others were."""
    finding: Finding | None = None
    """Why."""


class ExportReport(Report):
    """How an export went: what `ksync export --json` prints."""

    report: Literal["export"] = "export"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.EXPORTED, Verdict.INCOMPLETE, *UNANSWERED)]
    """`incomplete`: exported, but for images that are broken."""
    take: Path | None = None
    """Folder of the take; null where nothing was exported."""
    directory: Path | None = None
    """Folder of the export; null where it is one file, or nothing was exported."""
    file: Path | None = None
    """The MCAP file; null where the export is a folder."""
    rows: int = 0
    """Pulses exported: the rows of `index.csv`."""
    written: int = 0
    """Files that were made now."""
    kept: int = 0
    """Files that had been there from an earlier run."""
    broken: int = 0
    """Files that could not be made, as their images are broken; findings name them."""
    nbytes: int = 0
    """Bytes of the files made now."""
    devices: tuple[str, ...] = ()
    """Names of the devices whose images were exported."""

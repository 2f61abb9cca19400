"""What a fusion is to hold, and what became of it: the values that command, parent and workers share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kinect_sync.findings import Finding
from kinect_sync.review.chosen import PulseRequest
from kinect_sync.takes.mkv.places import ImagePlace
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class CloudFormat(str, Enum):
    """The kind of file that a cloud is written as."""

    PLY = "ply"
    """Binary, little-endian."""
    PCD = "pcd"
    """The Point Cloud Library's, binary."""
    NPZ = "npz"
    """NumPy's, not compressed; it says of each point which device it is from."""
    NONE = "none"
    """No clouds: views alone."""

    def __str__(self) -> str:
        """Return the word as it stands on the command line."""
        return str(self.value)


class Uncolored(str, Enum):
    """What becomes of points that their own device's color camera did not see."""

    BORROW = "borrow"
    """They get the color that another device saw there, if its depth confirms it; else they are black."""
    BLACK = "black"
    """They are black."""
    DROP = "drop"
    """They are left out."""

    def __str__(self) -> str:
        """Return the word as it stands on the command line."""
        return str(self.value)


class Program(str, Enum):
    """A program, or a kind of one, for which files are made."""

    COLMAP = "colmap"
    """COLMAP's text files, with the photos as they are."""
    COLMAP_PINHOLE = "colmap-pinhole"
    """The same with undistorted photos: what splats Gaussians knows no distortion."""
    NERFSTUDIO = "nerfstudio"
    """`transforms.json`, with undistorted photos and their depth."""
    OPEN3D = "open3d"
    """A camera trajectory, with undistorted photos and their depth."""
    CWIPC = "cwipc"
    """`cameraconfig.json`, with which cwipc plays the take itself."""

    def __str__(self) -> str:
        """Return the word as it stands on the command line."""
        return str(self.value)


class Box(Value):
    """A box along the axes of the world, in metres."""

    low_m: tuple[float, float, float]
    """The least x, y and z."""
    high_m: tuple[float, float, float]
    """The most."""

    @model_validator(mode="after")
    def _holds_something(self) -> Box:
        if any(low >= high for low, high in zip(self.low_m, self.high_m, strict=True)):
            raise ValueError("each least is to be below its most")
        return self


class CloudSettings(Value):
    """How a cloud is made: two that differ in any are never mixed in one folder."""

    keep_edges: bool = False
    """Whether points at jumps of depth stay, of which many hang in the air."""
    grazing_deg: Annotated[float | None, Field(gt=0, le=90)] = None
    """From this angle to the normal of their surface on, points are left out."""
    normals: bool = False
    """Whether each point has the direction of its surface."""
    uncolored: Uncolored = Uncolored.BORROW
    """What becomes of points that their own device's color camera did not see."""
    voxel_mm: Annotated[float | None, Field(gt=0)] = None
    """Side of the cubes of which each becomes one point."""
    crop: Box | None = None
    """What is outside is left out."""
    floor_mm: float | None = None
    """What is lower than so much above the floor is left out."""


class View(Value):
    """A camera in whose image all devices are shown."""

    device: str
    camera: Literal["color", "depth"]

    @classmethod
    def parse(cls, text: str) -> View:
        """Read it as it stands on the command line; ValueError where it names no camera."""
        device, _, camera = text.rpartition(".")  # names of devices may have dots
        if not device or camera not in ("color", "depth"):
            raise ValueError(f"{text!r} names no camera: give a device and color or depth, as front.color")
        return cls(device=device, camera="color" if camera == "color" else "depth")

    def __str__(self) -> str:
        """Return it as it stands on the command line."""
        return f"{self.device}.{self.camera}"


class FuseRequest(PulseRequest):
    """Which pulses of a take to fuse, how, and where to."""

    calibration: Path | None = None
    """The calibration of the rig; that in the take's folder when None."""
    clouds: CloudFormat = CloudFormat.PLY
    views: tuple[View, ...] = ()
    programs: tuple[Program, ...] = ()
    """For which files are made besides."""
    mesh_mm: float | None = None
    """Side of the cubes of which meshes are made; None makes none."""
    settings: CloudSettings = CloudSettings()

    @property
    def scenes(self) -> tuple[Program, ...]:
        """The programs for which each pulse is a scene."""
        return tuple(each for each in self.programs if each is not Program.CWIPC)


class Shot(Value):
    """Where one device's images of one pulse stand; None for what is not in the recording."""

    color: ImagePlace | None
    depth: ImagePlace | None


class ViewTarget(Value):
    """The files of one device as another camera sees it; None for those that are there already."""

    view: View
    device: str
    depth: Path | None
    color: Path | None


class Job(Value):
    """One pulse of all devices: what a worker does in one go."""

    pulse: int
    shots: dict[str, Shot]
    """By device, of those that have depth."""
    cloud: Path | None
    """The cloud to make; None where it is there."""
    mesh: Path | None
    """The mesh to make; None where it is there."""
    scenes: tuple[Program, ...]
    """For which a scene is to be made."""
    views: tuple[ViewTarget, ...]


class JobResult(Value):
    """What a worker made of one job."""

    pulse: int
    written: int = 0
    nbytes: int = 0
    points: int = 0
    """In the cloud."""
    broken: int = 0
    """Files that could not be made."""
    findings: tuple[Finding, ...] = ()
    """Why."""


class FuseReport(Report):
    """How a fusion went: what `ksync fuse --json` prints."""

    report: Literal["fuse"] = "fuse"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.FUSED, Verdict.INCOMPLETE, *UNANSWERED)]
    """`incomplete`: fused, but for pulses whose images are broken; or no pulse that was asked for is
    complete."""
    take: Path | None = None
    """Folder of the take; null where nothing was fused."""
    directory: Path | None = None
    """Folder of the clouds."""
    calibration: Path | None = None
    """The calibration of the rig that was used."""
    rows: int = 0
    """Pulses fused: the rows of `index.csv`."""
    written: int = 0
    """Files that were made now; a scene for another program counts as one."""
    kept: int = 0
    """Files that had been there from an earlier run."""
    broken: int = 0
    """Files that could not be made, as their images are broken; findings name them."""
    nbytes: int = 0
    """Bytes of the files made now."""
    points: int = 0
    """Points in the clouds made now."""
    devices: tuple[str, ...] = ()
    """Names of the devices that are in the clouds."""

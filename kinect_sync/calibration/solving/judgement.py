"""What is told of a calibration: measures on poses that it was not solved on, and faults with their numbers.

A small reprojection error proves nothing: a board printed 1 % too large, or corners that are all half a pixel
off, leave it as it is. Each measure here sees other faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from kinect_sync.calibration.views import Camera


class FaultKind(str, Enum):
    """What can be wrong with a rig, a board or a walk."""

    TOO_FEW_POSES = "too_few_poses"
    """`value` poses that two devices saw, of `limit`."""
    UNCONNECTED = "unconnected"
    """The device shares no board with the others; it saw `value` poses."""
    WEAK_PAIR = "weak_pair"
    """How `device` and `other` stand to one another is known to `value` mm only."""
    BOARD_MIRRORED = "board_mirrored"
    """`value` of the views show the board from behind: its print is a mirror image."""
    BOARD_SCALE = "board_scale"
    """The board is larger than it was meant to be by `value` %."""
    BOARD_BENT = "board_bent"
    """The board stands out of its plane by `value` mm."""
    FACTORY_POSE = "factory_pose"
    """Color and depth camera of the device stand otherwise than the factory said, by `value` degrees (or mm,
    where `unit` says so)."""
    FACTORY_LENS = "factory_lens"
    """The lens of `camera` of the device is not what the factory said: by `value` % of the focal length or
    `value` px of the principal point, as `unit` says."""
    DEPTH_OFFSET = "depth_offset"
    """Depth of the device is off by `value` mm, which is more than the data sheet allows."""
    CAMERA_MOVED = "camera_moved"
    """The device was moved before `pulse`, by `value` mm at the board's distance; or `other` was, where it is
    named: nothing tells which. Other faults of devices are not looked for then."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, with its number and the limit that it is beyond."""

    kind: FaultKind
    value: float
    limit: float
    unit: str
    sigma: float | None = None
    """Standard deviation of the value, in its unit, of noise only."""
    device: str | None = None
    other: str | None = None
    """The second device of a pair, or of two that may be meant."""
    camera: Camera | None = None
    pulse: int | None = None


@dataclass(frozen=True)
class CameraMeasures:
    """What is told of one camera's corners."""

    in_sample_px: float | None
    """Root mean square per axis of the corners it was solved on: sees wrong corners, and little else."""
    left_out_px: float | None
    """The same at poses that were not solved on, where the board's place is told by the other cameras alone:
    sees a camera that moved, and weakly wrong intrinsics. None where no other camera saw those boards."""
    left_out_ratio: float | None
    """The same in units of what noise explains; 1 where all is well, whatever the geometry."""
    coverage: float
    """Part of its image in which corners were seen, in cells of an eighth of its width."""
    views: int
    """How many sights of the board it had."""


@dataclass(frozen=True)
class DeviceMeasures:
    """What is told of one device."""

    cameras: Mapping[Camera, CameraMeasures]
    plane_mean_mm: float | None
    """Mean of depth on the board against the board's plane by corners, at poses that were not solved on,
    after the offset: sees scale and bias. Positive is behind."""
    plane_spread_mm: float | None
    """Standard deviation of the same from patch to patch; None for a single one."""
    factory_px: float | None
    """How far corners in IR are from where color puts them through the factory's pose, root mean square of
    the views' means per axis: sees a unit whose color and depth cameras stand otherwise."""
    solved_px: float | None
    """The same through the pose that was found."""


@dataclass(frozen=True)
class PairMeasures:
    """What is told of two devices, which of course may share no board."""

    first: str
    second: str
    shared: int
    """Poses of the board that both saw."""
    sigma_mm: float
    """Standard deviation per axis of where one is to the other, of noise only."""
    sigma_deg: float
    """Standard deviation per axis of their turn."""
    depth_mm: float | None
    """Median distance between what their depth says of the same points of the board, at poses that were not
    solved on: how well their clouds fit. None where they share no such pose."""
    depth_p90_mm: float | None
    """Nine of ten points are nearer."""


@dataclass(frozen=True)
class Moment:
    """One device at one pulse, against what the other cameras say."""

    pulse: int
    px: float
    """Root mean square per axis of its corners' errors."""


@dataclass(frozen=True)
class Judgement:
    """All that is told of a calibration."""

    poses: int
    """Poses of the board that two devices saw."""
    told_on: int
    """So many of them were kept from the solver in turn, a fifth at a time, and told on."""
    devices: Mapping[str, DeviceMeasures]
    pairs: tuple[PairMeasures, ...]
    depth_mm: float | None
    """The headline: median distance between what two devices' depth says of the same points of the board,
    over all pairs. None where no two devices measured the same board."""
    depth_p90_mm: float | None
    """Nine of ten points are nearer."""
    moments: Mapping[str, tuple[Moment, ...]]
    """Of each device over time, for all poses: a bump is a step."""
    faults: tuple[Fault, ...]
    """What is wrong; empty for a good rig."""

    def of_kind(self, kind: FaultKind) -> tuple[Fault, ...]:
        """Return the faults of a kind."""
        return tuple(fault for fault in self.faults if fault.kind is kind)

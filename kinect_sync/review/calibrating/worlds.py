"""The world that a calibration is told in: what its axes come from, and what the take has for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kinect_sync.calibration.rig_calibration import RigCalibration, World
from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.findings import Finding
from kinect_sync.review.calibrating.comparing import Compared
from kinect_sync.review.calibrating.request import CalibrationRequest


@dataclass(frozen=True)
class InWorld:
    """A solution in its world."""

    solution: Solution
    world: World
    findings: tuple[Finding, ...] = ()
    tilts_deg: Mapping[str, float] = field(default_factory=dict)
    """By device, how far its accelerometer's vertical is from that of all."""


def bring_into_world(
    request: CalibrationRequest,
    earlier: RigCalibration | None,
    compared: Compared | None,
    solution: Solution,
) -> InWorld:
    """Bring a solution into the world that was asked for, or else the best that the take has.

    Of an earlier calibration that is refined the world stays, so that what was made with it stays right.
    """
    back = compared.earlier_from_now if compared is not None else None
    if earlier is not None and back is not None and request.world in (None, earlier.world):
        return InWorld(solution.in_world(back), earlier.world)
    return InWorld(solution, "device")

"""How good a calibration is, told by what it was not made of: the numbers of the honest report.

The poses of the board are held out in turn, a fifth at a time: solved without, and measured with. Which
number sees which fault, `docs/explanation/calibration.md` tells.
"""

from __future__ import annotations

from pydantic import Field

from kinect_sync.values import FiniteValue


class CameraMeasures(FiniteValue):
    """One camera's corners."""

    views: int
    """Sights of the board that count."""
    coverage: float
    """Share of its image where the board was seen: 0 to 1."""
    residual_px: float | None = None
    """Root mean square, per axis, of what the solution leaves of the corners it was made of. It proves
    nothing: a board that is printed too large leaves as little."""
    held_out_px: float | None = None
    """The same of poses that were held out, where the other cameras alone place the board; nine of ten sights
    are below. null where no other camera saw those."""
    held_out_ratio: float | None = None
    """The same by what noise explains; 1 where all is well."""


class DeviceMeasures(FiniteValue):
    """One device's part in a calibration; null where nothing could be measured."""

    name: str
    """The operator's word for the device."""
    color: CameraMeasures | None = None
    """Of its color camera; null where it was off."""
    depth: CameraMeasures | None = None
    """Of its IR images; null where they were off."""
    plane_mm: float | None = None
    """Mean of measured depth minus the board's plane by corners, at held-out poses, after the offset; behind
    the board is positive."""
    plane_spread_mm: float | None = None
    """Standard deviation of that from pose to pose; null for a single one."""
    factory_px: float | None = None
    """How far its IR images see the corners from where color and the factory's calibration put them."""
    solved_px: float | None = None
    """The same by this calibration."""
    factory_turn_deg: float | None = None
    """By how much its color camera is turned against where the factory says it is; null where not both saw
    the board."""
    factory_shift_mm: float | None = None
    """By how much it is shifted."""
    gravity_deg: float | None = None
    """How far its accelerometer's vertical is from that of all devices."""


class PairMeasures(FiniteValue):
    """Two devices: how far apart they measure the same board to be."""

    first: str
    """A device."""
    second: str
    """Another one."""
    poses: int
    """Poses of the board that both saw."""
    sigma_mm: float
    """Standard deviation per axis of where one is to the other, of noise only."""
    sigma_deg: float
    """Standard deviation per axis of their turn, of noise only."""
    depth_mm: float | None = None
    """Median distance between what their depth says of the same points of the board, at held-out poses; null
    where they share none."""
    depth_p90_mm: float | None = None
    """Nine of ten points are nearer."""


class Moment(FiniteValue):
    """One device at one pose of the board."""

    pulse: int
    """The pulse of the take."""
    seconds: float
    """After the take's first pulse."""
    px: float
    """Error of its corners, root mean square per axis, where the other cameras alone place the board."""


class Measures(FiniteValue):
    """What a calibration was found to be worth."""

    poses: int
    """Poses of the board that two devices saw, and that count."""
    held_out: int
    """How many of them were held out in turn to measure with; the calibration itself is made of all."""
    depth_mm: float | None = None
    """The headline: median distance between what two devices' depth says of the same points of the board,
    over all pairs; null where no two measured it at once."""
    depth_p90_mm: float | None = None
    """Nine of ten points are nearer."""
    devices: tuple[DeviceMeasures, ...] = ()
    """Each device's part, in the order of the rig."""
    pairs: tuple[PairMeasures, ...] = ()
    """Pairs of devices, in the order of the rig."""
    over_time: dict[str, tuple[Moment, ...]] = Field(default_factory=dict)
    """Each device's poses in the order of time; where a camera was bumped, the error makes a step."""

    @property
    def headline(self) -> str | None:
        """What the first two numbers say, in words; None where no two devices measured the board at once."""
        if self.depth_mm is None or self.depth_p90_mm is None:
            return None
        return (
            f"two devices' depth of one board is {self.depth_mm:.1f} mm apart, and nine in ten points are "
            f"within {self.depth_p90_mm:.1f} mm"
        )

    @property
    def by_name(self) -> dict[str, DeviceMeasures]:
        """The devices by their names."""
        return {device.name: device for device in self.devices}

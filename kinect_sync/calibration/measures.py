"""How good a calibration is, told by what it was not made of: the numbers of the honest report.

Every fifth pose of the board is held out: solved without, and measured with. What a number can and cannot
see, `docs/explanation/calibration.md` tells.
"""

from __future__ import annotations

from kinect_sync.values import Value


class DeviceMeasures(Value):
    """One device's part in a calibration; null where nothing could be measured."""

    name: str
    """The operator's word for the device."""
    color_views: int = 0
    """Poses of the board that its color camera saw, of those that were used."""
    depth_views: int = 0
    """The same of its IR images."""
    coverage: float = 0.0
    """Share of the image where the board was seen, of the camera that saw more: 0 to 1."""
    residual_px: float | None = None
    """Root mean square, per axis, of what the solution leaves of the corners it was made of. It proves
    nothing: a board that is printed large leaves as little."""
    held_out_px: float | None = None
    """The same of poses that were held out, the board placed by the other devices alone."""
    color_depth_px: float | None = None
    """What the two cameras of the device differ by on held-out corners, as the calibration places them."""
    plane_mm: float | None = None
    """Mean of measured depth minus the board's plane, placed by the other devices, after the offset."""
    plane_spread_mm: float | None = None
    """Standard deviation of that over the poses."""
    gravity_deg: float | None = None
    """How far its accelerometer's vertical is from that of all devices."""
    turned_deg: float | None = None
    """How far the color camera was found to be turned against where its factory says it is."""


class PairMeasures(Value):
    """Two devices that saw the board at once: how far apart their depth of the same board is."""

    first: str
    """A device."""
    second: str
    """Another one."""
    poses: int
    """Poses of the board that both saw, of all that were used."""
    depth_mm: float | None = None
    """Median distance between the two planes that they measured on the board, at held-out poses; null where
    they share none."""
    depth_p90_mm: float | None = None
    """The distance that nine of ten are below."""


class PoseMeasures(Value):
    """One pose of the board: what is left there, over time."""

    pulse: int
    """The pulse of the take."""
    seconds: float
    """After the take's first pulse."""
    held_out: bool
    """Whether the solution knows nothing of it."""
    residual_px: dict[str, float]
    """Root mean square per axis of each device's corners there; it rises where a camera was moved."""


class Measures(Value):
    """What a calibration was found to be worth."""

    poses: int
    """Poses of the board that it was made of."""
    held_out: int
    """Poses that it was measured with."""
    depth_mm: float | None = None
    """The headline: median distance between what two devices measured of the same board, over all pairs;
    null where no two have depth of it."""
    depth_p90_mm: float | None = None
    """The distance that nine of ten are below."""
    devices: tuple[DeviceMeasures, ...] = ()
    """Each device's part, in the order of the rig."""
    pairs: tuple[PairMeasures, ...] = ()
    """Pairs of devices, in the order of the rig."""
    over_time: tuple[PoseMeasures, ...] = ()
    """Every pose, in the order of time."""

    @property
    def by_name(self) -> dict[str, DeviceMeasures]:
        """The devices by their names."""
        return {device.name: device for device in self.devices}

"""Which pulses of a walk are looked at, when they were, and how large the images are."""

from __future__ import annotations

from collections.abc import Mapping

from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.pulses import Offsets, period_us

LOOKS_PER_S = 6
"""A hold of a second is seen six times, and a board that moves by no more than it takes to tell that."""


def pulses_apart(fps: int) -> int:
    """Return from how many pulses one is looked at."""
    return max(1, round(fps / LOOKS_PER_S))


def exposed_us(settings: DeviceSettings, camera: Camera, pulse: int) -> float:
    """Return when the middle of an exposure was, from pulse 0 on.

    The pulse makes the exposures of all devices, so that its number tells their time better than clocks that
    drift against each other.
    """
    offsets = Offsets.of(settings)
    depth_us = offsets.depth_delay_us if camera is Camera.DEPTH else 0.0
    return pulse * period_us(settings.fps) + offsets.subordinate_delay_us + depth_us


def image_sizes(geometries: Mapping[str, DeviceGeometry]) -> dict[Camera, tuple[int, int]]:
    """Return (width, height) of the largest images of each camera."""
    lenses = {
        Camera.COLOR: [each.color for each in geometries.values()],
        Camera.DEPTH: [each.depth for each in geometries.values()],
    }
    return {
        camera: max(((lens.width, lens.height) for lens in those if lens is not None), default=(1, 1))
        for camera, those in lenses.items()
    }

"""What the accelerometers of a take felt, and what they call up together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.calibration.views import Camera
from kinect_sync.calibration.world_frame import Up, find_up, point_up
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import ACCELEROMETER_ASTRAY
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.takes.geometry import read_factory_calibration
from kinect_sync.takes.opened_take import OpenedTake


@dataclass(frozen=True)
class Felt:
    """What one accelerometer felt."""

    reaction: Numbers
    """In m/s², in its own axes, shape (3,)."""
    accelerometer_from_device: Pose


def felt_in(take: OpenedTake) -> dict[str, Felt]:
    """Return what each accelerometer felt that was recorded, and of which the factory says how it stands.

    `KsyncError` where a recording can't be read.
    """
    felt = {}
    for device in take.manifest.devices:
        name = device.settings.name
        reaction = take.accelerations.get(name) if device.settings.has_ir else None
        if reaction is None or np.linalg.norm(reaction) <= 1:
            continue
        factory = read_factory_calibration(take.recording(device), name)
        stands = parse_calibration(factory, name).accelerometer_from_device
        if stands is not None:
            felt[name] = Felt(reaction, stands)
    return felt


def up_in(solution: Solution, felt: Mapping[str, Felt]) -> Up | None:
    """Return what devices that were reached say is up; None where none of them felt it."""
    ups = {
        name: point_up(felt[name].reaction, felt[name].accelerometer_from_device, camera.world_from_camera)
        for name, device in solution.devices.items()
        if name in felt and (camera := device.cameras.get(Camera.DEPTH)) is not None
    }
    return find_up(ups) if ups else None


def astray(up: Up) -> Iterator[Finding]:
    """Tell of accelerometers that were left out."""
    for name in up.astray:
        what = (
            f"its accelerometer's vertical is {up.off_deg[name]:.1f}° off that of the others: it was left out"
        )
        yield ACCELEROMETER_ASTRAY.found(what, device=name)

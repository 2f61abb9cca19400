"""Where devices stand: around the middle, on a part of a circle, or side by side."""

from __future__ import annotations

import math

import numpy as np

from kinect_sync.devices.simulated.room.description import Arc, Line, Placed, Ring
from kinect_sync.devices.simulated.room.poses import Matrix, looking, pose, rotation

_MIDDLE = (0.0, 0.0, 1.0)


def stand(arrangement: Ring | Arc | Line, at: int, count: int) -> Matrix:
    """Return world_from_depth of one of `count` devices, in the order of the rig."""
    if isinstance(arrangement, Line):
        x, y = (at - (count - 1) / 2) * arrangement.spacing_m, -arrangement.set_back_m
        return looking((x, y, arrangement.height_m), (x, y + 2.0, arrangement.looks_at_m))
    if isinstance(arrangement, Ring):
        angle = 2 * math.pi * at / count
    else:
        angle = math.radians(arrangement.angle_deg) * (at / max(count - 1, 1) - 0.5)
    x, y = arrangement.radius_m * math.sin(angle), -arrangement.radius_m * math.cos(angle)
    return looking((x, y, arrangement.height_m), (0.0, 0.0, arrangement.looks_at_m))


def place(placed: Placed, arranged: Matrix) -> Matrix:
    """Return world_from_depth of a device, which may stand elsewhere than the arrangement has it."""
    at = arranged
    if placed.camera_to_world is not None:
        at = np.array(placed.camera_to_world)
    elif placed.position_m is not None or placed.look_at_m is not None:
        position = placed.position_m or tuple(arranged[:3, 3])
        at = looking(position, placed.look_at_m or _MIDDLE)
    if placed.looks_away:
        turned = pose(rotation((0.0, 0.0, 1.0), math.pi) @ at[:3, :3], at[:3, 3])
        return turned
    return at

"""A small rig in a room, for tests."""

from __future__ import annotations

from typing import Any

from kinect_sync.devices.simulated.room.description import WorldFields
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.rig.model import RigFields

SERIALS = {"front": "000123456712", "left": "000234567812"}
AT = {"position_m": [0.1, -0.2, 1.1], "faces_m": [0.3, -2.0, 1.5], "roll_deg": 12.0}
"""A station that both devices see."""
STILL = {"tremor_mm": 0, "tremor_deg": 0}
QUIET = {"color_noise": 0, "infrared_noise": 0, "depth_noise": 0, "color_readout_ms": 0}


def pair_rig(**camera: Any) -> RigFields:
    """Two devices in a chain at 5 fps."""
    roles = {"front": "master", "left": "subordinate"}
    devices = [{"name": name, "serial": SERIALS[name], "role": roles[name]} for name in SERIALS]
    fields = {"name": "pair", "topology": "daisy_chain", "camera": {"fps": 5, **camera}, "devices": devices}
    return RigFields.model_validate(fields)


def small_world(rig: RigFields | None = None, **fields: Any) -> World:
    """A room with two devices on an arc, images without noise, and one station unless told otherwise."""
    base: dict[str, Any] = {
        "arc": {"angle_deg": 50},
        "walk": {"stations": [AT]},
        "cameras": QUIET,
    }
    return World.of(WorldFields.model_validate(base | fields), rig or pair_rig(depth_mode="nfov_2x2binned"))

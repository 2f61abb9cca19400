"""Rigs of several chains at the distributor of an external trigger, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.rig import Rig

CHAINS_36 = Path(__file__).parents[2] / "configs" / "chains_36.yaml"


def chains_36(**changes: Any) -> Rig:
    """Four chains of nine, as the example has them, with other fields where they are given."""
    fields = load_rig(CHAINS_36).rig.model_dump(mode="json", by_alias=True)
    return Rig.model_validate(fields | changes)


def tiny_36() -> Rig:
    """The same with hardly an image: a test is about who is where, and not about pixels."""
    camera = {"color_resolution": "off", "depth_mode": "passive_ir", "fps": 30}
    devices = load_rig(CHAINS_36).rig.model_dump(mode="json", by_alias=True)["devices"]
    plain = [{**device, "depth_delay_off_color_usec": 0} for device in devices]
    return chains_36(camera=camera, devices=plain)

"""Words for where a device is connected: at a host of the rig, or at this computer."""

from __future__ import annotations

from kinect_sync.findings import Finding
from kinect_sync.rig.model import HERE


def place_named(place: str) -> str:
    """Name a host, or this computer, in a sentence."""
    return "this computer" if place == HERE else f"`{place}`"


def said_at(place: str, finding: Finding) -> Finding:
    """Return what was found at a place, with the place."""
    return finding.model_copy(update={"what": f"{place_named(place)}: {finding.what}"})

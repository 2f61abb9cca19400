"""The room of a bench as it goes to every process, and where images of rooms are kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kinect_sync.devices.simulated.room.description import WorldFields
from kinect_sync.values import Value

CACHE_VARIABLE = "KSYNC_CACHE"
"""The environment's name for the folder of what may be deleted at any time."""


class RoomPlan(Value):
    """All that a process needs to know to see the room as all others do."""

    fields: WorldFields
    """What is in it."""
    devices: tuple[tuple[str, str], ...]
    """Name and true serial number of each device of the rig, in its order."""
    albums: Path | None = None
    """Where images are kept; None keeps none."""


def albums_folder() -> Path:
    """Return the folder for drawn images, where this system puts what may be deleted at any time."""
    named, home = os.environ.get(CACHE_VARIABLE), Path.home()
    if named:
        return Path(named) / "rooms"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "ksync" / "cache" / "rooms"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ksync" / "rooms"
    return Path(os.environ.get("XDG_CACHE_HOME", home / ".cache")) / "ksync" / "rooms"

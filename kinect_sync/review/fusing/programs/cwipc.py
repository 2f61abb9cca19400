"""cwipc's `cameraconfig.json`: what it needs to play a take as one cloud.

It plays the recordings themselves. Each `trafo` carries metres of the color camera into a world whose y is
up, and heights are measured from y = 0. cwipc knows no offset of depth.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.placing import PlacedDevice
from kinect_sync.review.fusing.programs.scene import matrix_of

CAMERACONFIG = "cameraconfig.json"
_KIND = "kinect_playback"
_VERSION = 3
"""What cwipc of every age reads."""
_UPRIGHT: Mapping[str, Pose] = {
    "z": Pose.of(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]), np.zeros(3)),
    "-y": Pose.of(np.diag([1.0, -1.0, -1.0]), np.zeros(3)),
}
"""Into a world whose y is up, by what is up in the calibration's."""


def cameraconfig(
    devices: Mapping[str, PlacedDevice],
    recordings: Mapping[str, Path],
    world: str,
    folder: Path,
    master_serial: str | None,
) -> bytes:
    """Return the file's content for a folder that it is to stand in, from which recordings are named."""
    upright = _UPRIGHT["-y" if world == "device" else "z"]
    cameras = [
        {
            "serial": placed.serial,
            "type": _KIND,
            "filename": _relative(recordings[name], folder),
            "trafo": matrix_of(upright @ placed.world_from_color).tolist(),
            "intrinsicTrafo": np.eye(4).tolist(),
        }
        for name, placed in devices.items()
    ]
    content: dict[str, Any] = {
        "version": _VERSION,
        "type": _KIND,
        "system": {"sync_master_serial": master_serial or "", "ignore_sync": master_serial is None},
        "postprocessing": {
            "greenscreenremoval": False,
            "height_min": 0.0,
            "height_max": 0.0,
            "depthfilterparameters": {"do_threshold": False},
        },
        "skeleton": {"sensor_orientation": -1, "processing_mode": -1, "model_path": ""},
        "camera": cameras,
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _relative(path: Path, folder: Path) -> str:
    """Return a path as it is written in the folder; cwipc takes none that names a drive of Windows."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()

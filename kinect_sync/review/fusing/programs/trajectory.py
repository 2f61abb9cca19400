"""Open3D's camera trajectory, as JSON with lenses and as `.log` without, beside undistorted photos and depth.

Open3D has OpenCV's axes, and counts pixels from the centre of the first one, as ksync does. The JSON carries
points of the world into the camera, column by column; the `.log` the other way, row by row.
"""

from __future__ import annotations

import json
from typing import Any

from kinect_sync.review.fusing.programs.scene import Files, Photo, Scene, matrix_of

LAST = "trajectory.json"
_VERSION = {"version_major": 1, "version_minor": 0}


def open3d_files(scene: Scene) -> Files:
    """Yield the files of a scene, by their paths; the last one is `LAST`."""
    for photo in scene.photos:
        yield f"color/{photo.file}", photo.image
        if photo.depth_png is not None:
            yield f"depth/{photo.device}.png", photo.depth_png
    yield "trajectory.log", "".join(_log(number, photo) for number, photo in enumerate(scene.photos)).encode()
    content = {
        "class_name": "PinholeCameraTrajectory",
        "parameters": [_parameters(photo) for photo in scene.photos],
        **_VERSION,
    }
    yield LAST, json.dumps(content, indent=1).encode() + b"\n"


def _parameters(photo: Photo) -> dict[str, Any]:
    lens = photo.lens
    return {
        "class_name": "PinholeCameraParameters",
        "extrinsic": matrix_of(photo.world_from_camera.inverse()).T.ravel().tolist(),
        "intrinsic": {
            "width": lens.width,
            "height": lens.height,
            "intrinsic_matrix": lens.camera_matrix.T.ravel().tolist(),
        },
        **_VERSION,
    }


def _log(number: int, photo: Photo) -> str:
    rows = matrix_of(photo.world_from_camera).tolist()
    return "\n".join([f"{number} {number} {number + 1}", *(" ".join(map(repr, row)) for row in rows), ""])

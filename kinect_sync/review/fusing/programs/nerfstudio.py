"""nerfstudio's `transforms.json`: undistorted photos, their depth, and points to start from.

nerfstudio has OpenGL's axes (x right, y up, z backward), and counts pixels from the corner of the first one.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from kinect_sync.geometry.poses import Pose
from kinect_sync.review.fusing.programs.colmap import CORNER_PX
from kinect_sync.review.fusing.programs.scene import Files, Photo, Scene, matrix_of

LAST = "transforms.json"
_POINTS = "points.ply"
_OPENCV_FROM_OPENGL = Pose.of(np.diag([1.0, -1.0, -1.0]), np.zeros(3))


def nerfstudio_files(scene: Scene) -> Files:
    """Yield the files of a scene, by their paths; the last one is `LAST`."""
    for photo in scene.photos:
        yield _image(photo), photo.image
        if photo.depth_png is not None:
            yield _depth(photo), photo.depth_png
    yield _POINTS, scene.cloud
    content = {
        "camera_model": "OPENCV",
        "depth_unit_scale_factor": 0.001,
        "ply_file_path": _POINTS,
        "frames": [_frame(photo) for photo in scene.photos],
    }
    yield LAST, json.dumps(content, indent=1).encode() + b"\n"


def _frame(photo: Photo) -> dict[str, Any]:
    lens = photo.lens
    frame: dict[str, Any] = {
        "file_path": _image(photo),
        "w": lens.width,
        "h": lens.height,
        "fl_x": lens.fx,
        "fl_y": lens.fy,
        "cx": lens.cx + CORNER_PX,
        "cy": lens.cy + CORNER_PX,
        **dict.fromkeys(("k1", "k2", "p1", "p2"), 0.0),
        "transform_matrix": matrix_of(photo.world_from_camera @ _OPENCV_FROM_OPENGL).tolist(),
    }
    return frame if photo.depth_png is None else frame | {"depth_file_path": _depth(photo)}


def _image(photo: Photo) -> str:
    return f"images/{photo.file}"


def _depth(photo: Photo) -> str:
    return f"depth/{photo.device}.png"

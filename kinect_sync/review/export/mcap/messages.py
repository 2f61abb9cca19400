"""What stands in an MCAP file: Foxglove's schemas, filled with what a take holds.

Frames are called `front.color` and `front.depth`, as `ksync fuse --view` names cameras; with a calibration
of the rig both are placed in `world`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.poses import Pose

WORLD = "world"
TRANSFORMS = "/tf"
PULSES = "/pulses"
COMPRESSED_IMAGE = "CompressedImage"
RAW_IMAGE = "RawImage"
CAMERA_CALIBRATION = "CameraCalibration"
FRAME_TRANSFORMS = "FrameTransforms"

PULSE_SCHEMA = {
    "type": "object",
    "properties": {
        "pulse": {"type": "integer"},
        "complete": {"type": "boolean"},
        "residual_us": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
"""JSON Schema of a message on `/pulses`."""


def image_topic(device: str, track: str) -> str:
    """Return the topic of a track's images, such as `/front/color/image`."""
    return f"/{device}/{track.lower()}/image"


def calibration_topic(device: str, camera: str) -> str:
    """Return the topic of a lens, where Foxglove looks for it: `/front/depth/calibration`."""
    return f"/{device}/{camera}/calibration"


def frame_of(device: str, camera: str) -> str:
    """Return the name of a camera's frame."""
    return f"{device}.{camera}"


@cache
def schema_of(name: str) -> Any:
    """Return the class of a message by its name; a module for each."""
    return getattr(import_module(f"foxglove_schemas_protobuf.{name}_pb2"), name)


def jpeg_message(data: bytes, frame: str, time_ns: int) -> bytes:
    """Return a JPEG as it was recorded."""
    message = schema_of(COMPRESSED_IMAGE)(frame_id=frame, format="jpeg", data=data)
    return _stamped(message, time_ns)


def color_message(rgb: NDArray[np.uint8], frame: str, time_ns: int) -> bytes:
    """Return an image of shape (height, width, 3), red first."""
    height, width = rgb.shape[:2]
    message = schema_of(RAW_IMAGE)(
        frame_id=frame, width=width, height=height, encoding="rgb8", step=3 * width, data=rgb.tobytes()
    )
    return _stamped(message, time_ns)


def gray_message(image: NDArray[np.uint16], frame: str, time_ns: int) -> bytes:
    """Return depth in mm or IR, shape (height, width), as 16 bit; 0 is unknown."""
    height, width = image.shape
    message = schema_of(RAW_IMAGE)(
        frame_id=frame,
        width=width,
        height=height,
        encoding="16UC1",
        step=2 * width,
        data=image.astype("<u2").tobytes(),
    )
    return _stamped(message, time_ns)


def lens_message(lens: Lens, frame: str, time_ns: int) -> bytes:
    """Return a lens as ROS and Foxglove have it; K, R and P row by row."""
    message = schema_of(CAMERA_CALIBRATION)(
        frame_id=frame,
        width=lens.width,
        height=lens.height,
        distortion_model="rational_polynomial",
        D=lens.coefficients.tolist(),
        K=lens.camera_matrix.ravel().tolist(),
        R=np.eye(3).ravel().tolist(),
        P=np.column_stack((lens.camera_matrix, np.zeros(3))).ravel().tolist(),
    )
    return _stamped(message, time_ns)


def transforms_message(parents: Mapping[tuple[str, str], Pose], time_ns: int) -> bytes:
    """Return where frames are: poses `parent_from_child` by both names, in metres."""
    message = schema_of(FRAME_TRANSFORMS)()
    for (parent, child), pose in parents.items():
        each = message.transforms.add(parent_frame_id=parent, child_frame_id=child)
        each.timestamp.FromNanoseconds(time_ns)
        each.translation.x, each.translation.y, each.translation.z = pose.translation_m
        w, x, y, z = pose.quaternion.tolist()
        each.rotation.w, each.rotation.x, each.rotation.y, each.rotation.z = w, x, y, z
    return bytes(message.SerializeToString())


def pulse_message(pulse: int, residuals_us: Mapping[str, float], *, complete: bool) -> bytes:
    """Return which pulse it is, and how far each device's capture was from it, in µs."""
    content = {"pulse": pulse, "complete": complete, "residual_us": dict(residuals_us)}
    return json.dumps(content).encode()


def _stamped(message: Any, time_ns: int) -> bytes:
    message.timestamp.FromNanoseconds(time_ns)
    return bytes(message.SerializeToString())

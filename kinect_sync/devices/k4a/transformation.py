"""Images of one device as its other camera would see them, and as points, computed by the SDK.

The SDK's own transformation is used, so that results are those of every other program that rests on it.
It computes in OpenGL and so needs a display; where there is none, that is one clear sentence. Lenses and
poses need none of it: `kinect_sync.geometry`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.k4a.sdk import Sdk, load_sdk
from kinect_sync.errors import BenchError, UsageError
from kinect_sync.findings.sdk import CALIBRATION_UNUSABLE, TRANSFORMATION_UNAVAILABLE
from kinect_sync.rig.modes import ColorResolution, DepthMode

THREAD_SAFE = False


class Transformation:
    """What the SDK computes for one device in one mode; makes no copy of what it is given."""

    def __init__(
        self, device: str, calibration: bytes, depth_mode: DepthMode, color_resolution: ColorResolution
    ) -> None:
        """Read the calibration that a recording carries; `device` is the name to use in errors.

        Raises `SdkMissing` without pyk4a, `UsageError` (`calibration-unusable`) where the SDK refuses it.
        """
        self._device = device
        self._sdk: Sdk = load_sdk()
        self._depth_size = depth_mode.size
        pyk4a = self._sdk.pyk4a
        depth = pyk4a.DepthMode[depth_mode.value.upper()]
        color = pyk4a.ColorResolution[_word(color_resolution)]
        try:
            self._calibration: Any = pyk4a.Calibration.from_raw(
                _text_of(calibration, device), depth, color, THREAD_SAFE
            )
        except pyk4a.K4AException as failure:
            what = "the SDK can't read the calibration that the recording carries"
            raise UsageError(CALIBRATION_UNUSABLE.found(what, device=device)) from failure

    def align_depth(self, depth: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Return depth in mm as the color camera sees it, shape (color height, color width); 0 is unknown."""
        aligned: NDArray[np.uint16] = self._run(
            "transformation_depth_image_to_color_camera", depth, self._calibration.color_resolution
        )
        return aligned

    def align_color(self, color: NDArray[np.uint8], depth: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Return color at the pixels of depth, shape (depth height, depth width, 4).

        `color` has three channels, in any order; the fourth is 255, and where depth is unknown or color does
        not see, all four are 0.
        """
        opaque = np.full((*color.shape[:2], 4), 255, np.uint8)
        opaque[..., :3] = color
        aligned: NDArray[np.uint8] = self._run("transformation_color_image_to_depth_camera", depth, opaque)
        return aligned

    def points_mm(self, depth: NDArray[np.uint16]) -> NDArray[np.int16]:
        """Return x, y, z in whole mm in the depth camera's frame, shape (height, width, 3); z 0: unknown."""
        name, of_depth_camera = "transformation_depth_image_to_point_cloud", True
        points: NDArray[np.int16] = self._run(name, depth, of_depth_camera)
        return points

    def check(self) -> None:
        """Raise BenchError where the SDK can't compute here, before anything depends on it."""
        width, height = self._depth_size
        self.points_mm(np.zeros((height, width), np.uint16))

    def _run(self, name: str, *arguments: Any) -> Any:
        function = getattr(self._sdk.extension, name)
        result = function(self._calibration.transformation_handle, THREAD_SAFE, *arguments)
        if result is None:
            raise no_opengl(self._device)
        return result


def _text_of(calibration: bytes, device: str) -> str:
    """Return the calibration as the text that pyk4a takes.

    One with a NUL in it must not get there: pyk4a goes on with a pointer that was never set, and the process
    ends.
    """
    text = calibration.rstrip(b"\0")
    if b"\0" in text:
        what = f"the calibration that the recording carries has a NUL at byte {text.index(0)}"
        raise UsageError(CALIBRATION_UNUSABLE.found(what, device=device))
    return text.decode(errors="replace")


def no_opengl(device: str) -> BenchError:
    """Say that the SDK can't compute; it does not say why, and this is nearly always the reason."""
    return BenchError(
        TRANSFORMATION_UNAVAILABLE.found(
            "the SDK can't transform images here: it computes in OpenGL 4.4, which needs a display",
            device=device,
        )
    )


def _word(resolution: ColorResolution) -> str:
    return "OFF" if resolution is ColorResolution.OFF else f"RES_{resolution.value.upper()}"

"""The part of a calibration that takes time: decode the images of one capture, and find the board in them.

Runs in as many processes as there are cores; each opens a recording once and keeps it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, Ids
from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.poses import Numbers
from kinect_sync.review.calibrating.patches import find_patch
from kinect_sync.review.recorded import DeviceContext, OpenRecording
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.decoding import decode_luma
from kinect_sync.takes.mkv.places import ImagePlace
from kinect_sync.values import Value


class Look(Value):
    """One device at one pulse: what a worker looks at in one go."""

    device: str
    pulse: int
    color: ImagePlace | None = None
    ir: ImagePlace | None = None
    depth: ImagePlace | None = None
    """Measured on the board where that is seen in `ir`."""
    mirrored: bool = False
    """Whether the images are looked at as in a mirror: so a mirrored print is found."""


@dataclass(frozen=True)
class Seen:
    """What was seen there."""

    device: str
    pulse: int
    corners: Mapping[Camera, tuple[Ids, Numbers]]
    """Numbers and pixels of the corners, by camera; only of cameras that saw some."""
    depth: tuple[Numbers, Numbers] | None = None
    """Pixels on the board and depth in metres; None where there is none to speak of."""
    broken: str | None = None
    """Why an image could not be looked at."""


class Looker:
    """Looks for the board."""

    def __init__(
        self,
        contexts: Mapping[str, DeviceContext],
        geometries: Mapping[str, DeviceGeometry],
        board: Board,
    ) -> None:
        """Look for a board in recordings of these devices, by name."""
        self._recordings = {name: OpenRecording(context) for name, context in contexts.items()}
        self._geometries = geometries
        self._board = board

    def run(self, look: Look) -> Seen:
        """Look at one capture; an image that can't be decoded is told, and the others are looked at."""
        recording = self._recordings[look.device]
        corners: dict[Camera, tuple[Ids, Numbers]] = {}
        depth = broken = None
        from kinect_sync.calibration.detection.infrared import to_gray

        try:
            if look.color is not None:
                luma = _luma(recording, look.color)
                self._find(corners, Camera.COLOR, _flipped(luma) if look.mirrored else luma)
            if look.ir is not None:
                infrared = recording.gray(look.ir)
                gray = to_gray(infrared)
                self._find(corners, Camera.DEPTH, _flipped(gray) if look.mirrored else gray)
                if look.depth is not None and Camera.DEPTH in corners:
                    depth = self._measure(look.device, recording.gray(look.depth), infrared, corners)
        except ValueError as error:
            broken = str(error)
        return Seen(look.device, look.pulse, corners, depth, broken)

    def close(self) -> None:
        """Close the recordings."""
        for recording in self._recordings.values():
            recording.close()

    def _find(
        self, corners: dict[Camera, tuple[Ids, Numbers]], camera: Camera, image: NDArray[np.uint8]
    ) -> None:
        from kinect_sync.calibration.detection.detecting import detect

        ids, pixels = detect(image, self._board)
        if len(ids):
            corners[camera] = ids, pixels

    def _measure(
        self,
        device: str,
        depth: NDArray[np.uint16],
        infrared: NDArray[np.uint16],
        corners: Mapping[Camera, tuple[Ids, Numbers]],
    ) -> tuple[Numbers, Numbers] | None:
        lens = self._geometries[device].depth
        ids, pixels = corners[Camera.DEPTH]
        return None if lens is None else find_patch(depth, infrared, lens, self._board, ids, pixels)


def _luma(recording: OpenRecording, place: ImagePlace) -> NDArray[np.uint8]:
    context = recording.context
    pixels = context.color_format or ColorFormat.MJPG
    return decode_luma(recording.read(place), pixels, context.color_size)


def _flipped(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image[:, ::-1])

"""Rows of a take: what every device captured of one pulse, its images read when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import IMAGE_NOT_IN_FILE
from kinect_sync.findings.files import IMAGE_ABSENT
from kinect_sync.library.images import RecordedImages
from kinect_sync.review.fusing.row_in_space import RowInSpace
from kinect_sync.review.fusing.space import RigSpace
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.rows import WORDS, PulseCapture, PulseRow


@dataclass(frozen=True)
class TakeCapture(PulseCapture):
    """What one device captured of one pulse; a hole where that is not whole.

    An image is read from the recording when it is first asked for, and kept as long as the capture is. Where
    it is not there, or damaged, UsageError says why.
    """

    images: RecordedImages = field(repr=False, compare=False)
    """Where the images are read from."""

    @property
    def _color_format(self) -> ColorFormat | None:
        return self.images.color_format

    def _stored_color(self) -> bytes:
        return self._read_color

    @cached_property
    def _read_color(self) -> bytes:
        return self._read("COLOR", self.color_timestamp_us)

    def _decode_color(self, data: bytes) -> NDArray[np.uint8]:
        return self.images.color(data)

    def _gray(self, track: str) -> NDArray[np.uint16]:
        return self._read_depth if track == "DEPTH" else self._read_ir

    @cached_property
    def _read_depth(self) -> NDArray[np.uint16]:
        return self._read_gray("DEPTH")

    @cached_property
    def _read_ir(self) -> NDArray[np.uint16]:
        return self._read_gray("IR")

    def _read_gray(self, track: str) -> NDArray[np.uint16]:
        data = self._read(track, self.depth_timestamp_us)
        try:
            image = self.images.gray(track, data)
        except ValueError as error:
            raise self._broken(track, error) from error
        image.flags.writeable = False
        return image

    def _read(self, track: str, timestamp_us: int | None) -> bytes:
        if timestamp_us is None:
            raise self._absent(track)
        data = self.images.read(track, timestamp_us)
        if data is not None:
            return data
        word = WORDS[track]
        if not self.images.has(track):
            raise UsageError(IMAGE_ABSENT.found(f"{word} was not recorded", device=self.device))
        what = f"the index names {word} of pulse {self.pulse}, and the recording does not hold it"
        raise UsageError(IMAGE_NOT_IN_FILE.found(what, device=self.device))


class TakeRow(PulseRow[TakeCapture], RowInSpace[TakeCapture]):
    """One pulse: a mapping from each device's name to its capture, whole or a hole, in the rig's order."""

    def __init__(
        self, pulse: int, captures: Mapping[str, TakeCapture], space: Callable[[], RigSpace]
    ) -> None:
        """Hold what the devices captured of `pulse`; `space` returns their world."""
        super().__init__(pulse, captures)
        self._find_space = space

    def _space(self) -> RigSpace:
        return self._find_space()

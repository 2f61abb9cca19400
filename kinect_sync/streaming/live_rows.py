"""Rows of a rig while it runs: what every device captured of one pulse, its images where they are in memory.

An image is good until a newer one takes its place: some periods after its row was given. Whoever looks
at it later is told so; whoever wants it longer takes a copy, by `LiveRow.hold`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings.streaming import HELD_TOO_MUCH, IMAGE_OVERWRITTEN
from kinect_sync.review.fusing.row_in_space import RowInSpace
from kinect_sync.review.fusing.space import RigSpace
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.steady import steady_ns
from kinect_sync.streaming.holding import HeldBytes, held_images
from kinect_sync.streaming.source import CaptureSource, Images
from kinect_sync.takes.decoding import decode_color
from kinect_sync.takes.rows import PulseCapture, PulseRow
from kinect_sync.wire.ring_layout import RingImages


@dataclass(frozen=True, slots=True)
class CaptureInRing:
    """One capture in the memory that it came in."""

    source: CaptureSource
    number: int
    nbytes: int

    @property
    def is_intact(self) -> bool:
        """Whether nothing of it was overwritten until now."""
        return self.source.is_intact(self.number)

    def images(self) -> Images | None:
        """Return the images, not copied; None where they were overwritten."""
        return self.source.view(self.number)

    def __reduce__(self) -> NoReturn:
        """Refuse to go to another process: what is in memory here is not there, or not for long."""
        raise TypeError("a live row goes to no other process with images that lie in memory: hold() it first")


@dataclass(frozen=True, slots=True)
class HeldCapture:
    """One capture that was copied."""

    kept: RingImages
    is_intact = True

    def images(self) -> RingImages:
        """Return the images."""
        return self.kept

    def __reduce__(self) -> tuple[Callable[..., HeldCapture], RingImages]:
        """Go to another process."""
        return _held_there, self.kept


def _held_there(*images: NDArray[Any] | None) -> HeldCapture:
    """Return what came from another process; there, nobody writes to images either."""
    for image in images:
        if image is not None:
            image.flags.writeable = False
    return HeldCapture(RingImages(*images))


NO_IMAGES = HeldCapture(RingImages(None, None, None))
"""In the place of a capture that is not there: nobody overwrites it."""


@dataclass(frozen=True)
class LiveCapture(PulseCapture):
    """What one device captured of one pulse; a hole where that is not whole.

    Images are those in shared memory, and not copied, but for color, whose bytes are few. They are as the
    device gave them while `is_intact` says so: ask again after they were used. Asked for when a newer
    capture has taken their place, or where there are none, they raise UsageError, which says why. Depth and
    IR of a device at another host come packed, and are unpacked when they are first looked at; its
    `host_time_ns` is that of its host, turned into this computer's clock.
    """

    settings: DeviceSettings = field(repr=False, compare=False)
    """What its device was started with."""
    place: CaptureInRing | HeldCapture = field(repr=False, compare=False)
    """Where the images are."""

    @property
    def is_intact(self) -> bool:
        """Whether nothing of its images was overwritten until now; always so of a copy, and of a hole."""
        return self.place.is_intact

    @property
    def color_data(self) -> bytes:
        """Color as the camera gave it, in whatever format: a copy."""
        return self._stored_color()

    def _copied(self, held: HeldBytes) -> LiveCapture:
        """Return it with a copy of its images, which is counted; UsageError where they were overwritten."""
        if isinstance(self.place, HeldCapture):
            return self
        try:
            copied = self.place.source.copy(self.place.number)
        except ValueError as error:
            raise self._broken("DEPTH", error) from error
        if copied is None:
            raise self._overwritten()
        return replace(self, place=HeldCapture(held_images(copied, held)))

    def _overwritten(self) -> UsageError:
        what = f"the images of pulse {self.pulse} were overwritten by newer ones, or their stream was closed"
        return UsageError(IMAGE_OVERWRITTEN.found(what, device=self.device))

    @property
    def _color_format(self) -> ColorFormat:
        return self.settings.color_format

    def _stored_color(self) -> bytes:
        data = self._images().color
        if data is None:
            raise self._absent("COLOR")
        stored = data.tobytes()
        if not self.is_intact:
            raise self._overwritten()
        return stored

    def _decode_color(self, data: bytes) -> NDArray[np.uint8]:
        return decode_color(data, self.settings.color_format, self.settings.color_resolution.size)

    def _gray(self, track: str) -> NDArray[np.uint16]:
        images = self._images()
        try:
            image = images.depth if track == "DEPTH" else images.ir
        except ValueError as error:  # it came from another host, and is none
            raise self._broken(track, error) from error
        if image is None:
            raise self._absent(track)
        return image

    def _images(self) -> Images:
        images = self.place.images()
        if images is None:
            raise self._overwritten()
        return images


class LiveRow(PulseRow[LiveCapture], RowInSpace[LiveCapture]):
    """One pulse: a mapping from each device's name to its capture, whole or a hole, in the rig's order.

    Its images are good for as long as the rings hold them: at least three periods from when it was given, of
    rings with fewer than twelve captures a quarter of these; or, of a recording that is played fast, until
    the next row is asked for.
    """

    missed_before: int
    """Rows between the one that was given before and this one, which nobody saw: the program was too slow, or
    captures did not come to it in time."""

    def __init__(
        self,
        pulse: int,
        captures: Mapping[str, LiveCapture],
        *,
        held: HeldBytes,
        missed_before: int = 0,
        delivered_ns: int | None = None,
        now_ns: Callable[[], int] = steady_ns,
        space: Callable[[], RigSpace] | None = None,
    ) -> None:
        """Hold what the devices captured of `pulse`, the last of which came at `delivered_ns`."""
        super().__init__(pulse, captures)
        self.missed_before = missed_before
        self._held = held
        self._delivered_ns = delivered_ns
        self._now_ns = now_ns
        self._find_space = space
        self._copy: LiveRow | None = None

    @property
    def age_ms(self) -> float | None:
        """How long ago its last capture was delivered, by now; None of a row without captures."""
        return None if self._delivered_ns is None else (self._now_ns() - self._delivered_ns) / 1e6

    @property
    def is_intact(self) -> bool:
        """Whether nothing of its images was overwritten until now."""
        return all(capture.is_intact for capture in self._captures.values())

    def hold(self) -> LiveRow:
        """Return it with copies of all images, which are good for as long as anybody has them.

        Raises UsageError where some were overwritten already, and where the copies that are held would come
        to more than `most_held_bytes`: what nobody has any more does not count. What is returned may go to
        another process, with its world: there it counts as nothing.
        """
        nbytes = sum(each.place.nbytes for each in self.values() if isinstance(each.place, CaptureInRing))
        if not self._held.has_room(nbytes):
            raise UsageError(HELD_TOO_MUCH.found(self._too_much(nbytes)))
        captures = {name: each._copied(self._held) for name, each in self.items()}
        return LiveRow(
            self.pulse,
            captures,
            held=self._held,
            missed_before=self.missed_before,
            delivered_ns=self._delivered_ns,
            now_ns=self._now_ns,
            space=self._find_space,
        )

    def _too_much(self, nbytes: int) -> str:
        megabytes, most = (round(each / 1e6) for each in (self._held.held, self._held.most))
        return (
            f"{megabytes} MB of live rows are held, and {round(nbytes / 1e6, 1)} MB of pulse {self.pulse} "
            f"would come to more than the {most} MB that are allowed"
        )

    def _space(self) -> RigSpace:
        if self._find_space is None:
            raise ValueError("nobody said where the cameras of this stream stand")
        return self._find_space()

    def _lasting(self, device: str) -> LiveCapture:
        if self._copy is None:  # of all devices: what is made of the first takes as long as others last
            self._copy = self.hold()
        return self._copy[device]

"""The newest captures of a device at another host, as they came over the network: packed, until one looks.

They fill the place of a ring in memory. As many are kept as a ring holds, and the oldest gives way to the
newest; nobody at the other host knows or waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.packing.gray_png import decode_gray_png
from kinect_sync.wire.ring_layout import Label, Published
from kinect_sync.wire.sent_captures import SentCapture, SentCaptures, SentImage, SentRing


class Received(NamedTuple):
    """A capture as a host sent it."""

    sent: SentCapture
    color: bytes | None
    depth: bytes | None
    ir: bytes | None


def received(sent: SentCaptures, payload: bytes) -> list[Received]:
    """Return the captures in an answer; ValueError where the bytes are not those that it tells of."""
    lengths = [image.nbytes for each in sent.captures for image in each.images]
    if sum(lengths) != len(payload):
        raise ValueError(f"{len(payload)} bytes came, and {sum(lengths)} are told of")
    parts = _cut(payload, lengths)
    return [Received(each, *_images_of(each, parts)) for each in sent.captures]


class PackedImages:
    """The images of one capture, each unpacked when somebody first looks at it: ValueError if it is none.

    Arrays are read-only, and nothing overwrites them.
    """

    def __init__(self, capture: Received, settings: DeviceSettings) -> None:
        """Take them as they came, of a device with these settings."""
        self._packed = capture
        self._size = settings.depth_mode.size

    @cached_property
    def color(self) -> NDArray[np.uint8] | None:
        """Bytes as the camera gave them."""
        return None if self._packed.color is None else np.frombuffer(self._packed.color, np.uint8)

    @cached_property
    def depth(self) -> NDArray[np.uint16] | None:
        """(height, width), in mm."""
        return self._unpacked(self._packed.depth)

    @cached_property
    def ir(self) -> NDArray[np.uint16] | None:
        """(height, width)."""
        return self._unpacked(self._packed.ir)

    def _unpacked(self, data: bytes | None) -> NDArray[np.uint16] | None:
        if data is None:
            return None
        image = decode_gray_png(data, self._size).astype(np.uint16)
        image.flags.writeable = False
        return image


class _Kept(NamedTuple):
    label: Label
    sent: SentCapture
    images: PackedImages


class DistantCaptures:
    """The newest captures of one device; one thread takes them in, another reads them."""

    def __init__(self, settings: DeviceSettings, most: int) -> None:
        """Keep as many captures as the ring there holds, and at most so many."""
        self._settings = settings
        self._most = most
        self._kept: dict[int, _Kept] = {}
        self._closed = False
        self.ring: str | None = None
        """The ring there; None until it is known."""
        self.upto = 0
        """The number up to which captures came, or never will."""
        self.captures = 0
        self.newest = 0
        self.overwritten = 0

    # --- what comes -------------------------------------------------------------------------------------

    def take_in(self, ring: SentRing, captures: Sequence[tuple[Received, int]], now_ns: int) -> None:
        """Take in what came at `now_ns` of this ring; with each capture, when its host received it.

        Both times are on this computer's steady clock. ValueError where it can't be what was asked for.
        """
        numbers = [self.upto, *(each.sent.number for each, _ in captures), ring.upto]
        if ring.ring != (self.ring or ring.ring) or numbers[:-1] != sorted(set(numbers[:-1])):
            raise ValueError(f"captures {numbers[1:-1]} of {ring.ring} after {self.upto} of {self.ring}")
        if ring.upto < numbers[-2]:
            raise ValueError(f"capture {numbers[-2]} came of {ring.upto}")
        self.ring, self.upto = ring.ring, ring.upto
        self.captures = min(ring.captures, self._most)
        for each, host_time_ns in captures:
            self._keep(each, host_time_ns, now_ns)

    def _keep(self, capture: Received, host_time_ns: int, now_ns: int) -> None:
        sent = capture.sent
        images = PackedImages(capture, self._settings)
        label = Label(
            number=sent.number,
            pulse=sent.pulse,
            hole=sent.hole,
            color_us=_time_of(sent.color),
            depth_us=_time_of(sent.depth or sent.ir),
            host_time_ns=host_time_ns,
            published_ns=now_ns,
            nbytes=self._nbytes(capture),
        )
        self._kept[sent.number] = _Kept(label, sent, images)
        self.newest = sent.number  # whoever reads it finds the capture
        while len(self._kept) > self.captures or next(iter(self._kept)) <= self.newest - self.captures:
            self.overwritten = next(iter(self._kept))
            del self._kept[self.overwritten]

    def _nbytes(self, capture: Received) -> int:
        """Return what its images take unpacked."""
        width, height = self._settings.depth_mode.size
        gray = (capture.depth is not None) + (capture.ir is not None)
        return len(capture.color or b"") + 2 * width * height * gray

    # --- a source of captures -----------------------------------------------------------------------------

    def label(self, number: int) -> Label | None:
        """Return what is told of a capture; None where it gave way to others, or did not come."""
        kept = self._kept.get(number)
        return None if kept is None or self._closed else kept.label

    def view(self, number: int) -> PackedImages | None:
        """Return the images; None as for `label`."""
        kept = self._kept.get(number)
        return None if kept is None or self._closed else kept.images

    def is_intact(self, number: int) -> bool:
        """Tell whether a capture is still there."""
        return number in self._kept and not self._closed

    def copy(self, number: int) -> Published | None:
        """Return a copy; None as for `label`, and ValueError where it is none."""
        kept = self._kept.get(number)
        if kept is None or self._closed:
            return None
        color, depth, ir = (
            None if told is None or data is None else _copied(told, data)
            for told, data in (
                (kept.sent.color, kept.images.color),
                (kept.sent.depth, kept.images.depth),
                (kept.sent.ir, kept.images.ir),
            )
        )
        return Published(kept.label, Capture(color, depth, ir, kept.label.host_time_ns), self._settings)

    def let_go(self, number: int) -> None:
        """Do nothing: whoever gives these captures waits for nobody."""

    def close(self) -> None:
        """Let go of all; harmless when closed."""
        self._closed = True


def _cut(payload: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
    at = 0
    for nbytes in lengths:
        yield payload[at : at + nbytes]
        at += nbytes


def _images_of(sent: SentCapture, parts: Iterator[bytes]) -> Iterator[bytes | None]:
    return (None if image is None else next(parts) for image in (sent.color, sent.depth, sent.ir))


def _time_of(image: SentImage | None) -> int | None:
    return None if image is None else image.device_us


def _copied(told: SentImage, data: NDArray[np.uint8] | NDArray[np.uint16]) -> Image:
    return Image(data.copy(), told.device_us, told.system_ns, told.exposure_us)

"""What stands where in a ring, and what is told of each capture in it.

A ring is a head of whole pages, then places of whole pages, one for each capture that it holds and one more.
Numbers are in the order of the processor: it is read on the host that writes it.

    head    magic, sizes · the newest number · the number that its reader let go of · settings
    place   stamp · label · three images as they are described · their pixels
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.fence import fence

NEWEST, LET_GO = 8, 16
"""Which 64-bit words of the head hold these numbers, each in a line of the processor's cache of its own."""
PIXELS = 192
"""Where in a place the pixels begin."""

_MAGIC = b"KSYNCRG3"
_HEAD = struct.Struct("=8sQII")
"""Magic, bytes of a place, captures, and bytes of the settings, as JSON."""
_SETTINGS = 192
"""Where the settings stand."""
_STAMP_NBYTES = 8
"""The stamp is the number, or 0 while the capture is about to be overwritten."""
_LABEL = struct.Struct("=QqqQq")
"""Number, pulse (-1 for none), place of the hole in `_HOLES`, when it was published and when received."""
_NUMBER_NBYTES = 8
_IMAGE = struct.Struct("=IHHqqi4x")
"""Bytes, width and height (0 of color), device and system timestamp, exposure in µs (-1 where none is told).

Depth, IR, then color, whose size may be odd. An image that is not there has no bytes.
"""
_TOLD = _LABEL.size + 3 * _IMAGE.size
_HOLES: tuple[HoleReason | None, ...] = (None, *HoleReason)
_COLOR_BYTES = {ColorFormat.MJPG: 1.0, ColorFormat.NV12: 1.5, ColorFormat.YUY2: 2.0, ColorFormat.BGRA32: 4.0}
"""Of a pixel, at most: a camera's JPEG has a quarter of this, and a simulated one of noise half of it."""


class Label(NamedTuple):
    """What stands before a capture in a ring."""

    number: int
    """Counts the captures of the device from 1 on, also those that were left out."""
    pulse: int | None
    """Counted from the first common one; None for a capture that is in no row, as a second half of one."""
    hole: HoleReason | None
    """Why this is not a whole capture; None for one that is."""
    color_us: int | None
    """Device timestamp of color; None where there is no image, as for depth."""
    depth_us: int | None
    """Device timestamp of depth, or of IR, which is taken at the same time."""
    host_time_ns: int
    """When the reader of its host received it, on the steady clock there."""
    published_ns: int
    """When it was put here, on the same clock."""
    nbytes: int
    """Of its images."""


class RingImages(NamedTuple):
    """The images of a capture, not copied: read-only, and only good as long as the ring says so."""

    color: NDArray[np.uint8] | None
    """Bytes as the camera gave them."""
    depth: NDArray[np.uint16] | None
    """(height, width), in mm."""
    ir: NDArray[np.uint16] | None
    """(height, width)."""


@dataclass(frozen=True, slots=True)
class Published:
    """A capture that was copied from a ring."""

    label: Label
    capture: Capture
    settings: DeviceSettings
    """What its device was started with."""


class Described(NamedTuple):
    """What is told of an image."""

    nbytes: int
    width: int
    height: int
    device_us: int
    system_ns: int
    exposure_us: int

    def image(self, data: NDArray[Any] | None) -> Image | None:
        """Return the image with these pixels."""
        exposure_us = None if self.exposure_us < 0 else self.exposure_us
        return None if data is None else Image(data, self.device_us, self.system_ns, exposure_us)


class Told(NamedTuple):
    """What stands before the pixels of a capture."""

    text: bytes
    label: Label
    images: tuple[Described, ...]
    """Depth, IR and color."""


@dataclass(frozen=True, slots=True)
class RingHead:
    """What the head of a ring says of the whole of it."""

    settings: DeviceSettings
    captures: int
    """How many are whole at any time; there is a place for one more."""
    first: int
    """Where the first place begins."""
    place_nbytes: int

    @classmethod
    def of(cls, settings: DeviceSettings, captures: int) -> RingHead:
        """Plan a ring of so many captures of a device."""
        place_nbytes = _rounded_up(PIXELS + most_nbytes(settings))
        return cls(settings, captures, _rounded_up(_SETTINGS + len(_text_of(settings))), place_nbytes)

    @classmethod
    def read(cls, map_: mmap.mmap) -> RingHead:
        """Read the head of a mapped file; ValueError where this is no ring, or one that is not made yet."""
        if len(map_) < _SETTINGS:
            raise ValueError("it is too short for a ring")
        is_made = map_[: len(_MAGIC)] == _MAGIC
        fence()
        _, place_nbytes, captures, told = _HEAD.unpack_from(map_, 0)
        end = _SETTINGS + told
        first = _rounded_up(end)
        if not is_made or not captures or place_nbytes < PIXELS or place_nbytes % mmap.PAGESIZE:
            raise ValueError("it is no ring")
        if len(map_) != first + (captures + 1) * place_nbytes:
            raise ValueError("its size is not what its head says")
        settings = DeviceSettings.model_validate_json(map_[_SETTINGS:end])
        return cls(settings, captures, first, place_nbytes)

    def write(self, map_: mmap.mmap) -> None:
        """Write the head; the magic comes last, as a reader may be there already."""
        settings = _text_of(self.settings)
        head = _HEAD.pack(_MAGIC, self.place_nbytes, self.captures, len(settings))
        map_[_SETTINGS : _SETTINGS + len(settings)] = settings
        map_[len(_MAGIC) : len(head)] = head[len(_MAGIC) :]
        fence()
        map_[: len(_MAGIC)] = _MAGIC

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return self.first + (self.captures + 1) * self.place_nbytes

    @property
    def room(self) -> int:
        """Bytes for the images of a capture."""
        return self.place_nbytes - PIXELS

    def place_of(self, number: int) -> int:
        """Return where the capture of a number stands: its stamp is the first word there."""
        return self.first + number % (self.captures + 1) * self.place_nbytes


def ring_nbytes(settings: DeviceSettings, captures: int) -> int:
    """Return the room that a ring of so many captures takes, before anybody has asked the device."""
    return RingHead.of(settings, captures).nbytes


def most_nbytes(settings: DeviceSettings) -> int:
    """Return what the images of one capture of a device take at most."""
    color, depth = settings.color_resolution.size, settings.depth_mode.size
    gray = settings.has_depth + settings.has_ir
    return round(color[0] * color[1] * _COLOR_BYTES[settings.color_format]) + 2 * gray * depth[0] * depth[1]


def told_of(
    number: int,
    pulse: int | None,
    hole: HoleReason | None,
    moments_ns: tuple[int, int],
    images: Iterable[Image | None],
) -> bytes:
    """Write what is told of a capture: `moments_ns` are when it was published and received."""
    label = _LABEL.pack(number, -1 if pulse is None else pulse, _HOLES.index(hole), *moments_ns)
    return label + b"".join(map(_described, images))


def write_told(map_: mmap.mmap, place: int, told: bytes) -> None:
    """Put what is told of a capture into a place, its number first: no part is taken for another's."""
    start, rest = place + _STAMP_NBYTES, place + _STAMP_NBYTES + _NUMBER_NBYTES
    map_[start:rest] = told[:_NUMBER_NBYTES]
    fence()
    map_[rest : start + _TOLD] = told[_NUMBER_NBYTES:]


def read_text(map_: mmap.mmap, place: int) -> bytes:
    """Copy what `write_told` put into a place."""
    return map_[place + _STAMP_NBYTES : place + _STAMP_NBYTES + _TOLD]


def read_told(map_: mmap.mmap, place: int) -> Told | None:
    """Read what is told of the capture in a place; None where there is none, or nobody of us wrote that."""
    text = read_text(map_, place)
    number, pulse, hole, published_ns, host_time_ns = _LABEL.unpack_from(text)
    if not number or not 0 <= hole < len(_HOLES):
        return None
    depth, ir, color = images = tuple(Described(*each) for each in _IMAGE.iter_unpack(text[_LABEL.size :]))
    gray = depth if depth.nbytes else ir
    label = Label(
        number,
        pulse if pulse >= 0 else None,
        _HOLES[hole],
        color.device_us if color.nbytes else None,
        gray.device_us if gray.nbytes else None,
        host_time_ns,
        published_ns,
        depth.nbytes + ir.nbytes + color.nbytes,
    )
    return Told(text, label, images)


def arrays_in(pixels: NDArray[np.uint8], described: Sequence[Described]) -> Iterator[NDArray[Any] | None]:
    """Yield depth, IR and color as views of their pixels; ValueError where bytes and sizes do not agree."""
    at = 0
    for each in described:
        part: NDArray[Any] = pixels[at : at + each.nbytes]
        at += each.nbytes
        if at > pixels.size:
            raise ValueError("more is told of than there is room for")
        if each.width:
            part = part.view(np.uint16).reshape(each.height, each.width)
        yield part if each.nbytes else None


def _described(image: Image | None) -> bytes:
    if image is None:
        return _IMAGE.pack(0, 0, 0, 0, 0, -1)
    gray = image.data.dtype.itemsize == 2
    height, width = image.data.shape[:2] if gray else (0, 0)
    exposure_us = -1 if image.exposure_us is None else image.exposure_us
    times = (image.device_timestamp_usec, image.system_timestamp_nsec)
    return _IMAGE.pack(image.nbytes, width, height, *times, exposure_us)


def _text_of(settings: DeviceSettings) -> bytes:
    return settings.model_dump_json().encode()


def _rounded_up(nbytes: int) -> int:
    return -(-nbytes // mmap.PAGESIZE) * mmap.PAGESIZE

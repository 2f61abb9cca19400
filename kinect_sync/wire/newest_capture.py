"""The newest capture of a device, in a file that both sides map: a worker publishes it, a viewer reads it.

Nobody waits for anybody. There are two buffers, each with a number and a CRC, and no lock: the worker fills
the one that is not the newest, so that a reader has a whole period to copy the other. One that is overtaken
all the same, or that sees the bytes come in another order, finds that the CRC does not fit, and reads again.
A worker that died leaves what its device gave last, with the moment when it did.

A plain file and no `SharedMemory`: before Python 3.13 its tracker removes what belongs to others.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinect_sync.captures import Capture, Image, as_bytes
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.steady import steady_ns

NEWEST = ".newest"
"""How the names of these files end; before it stands the device's name."""
TRIES = 4
AGAIN_S = 0.001
"""From one try to the next; a buffer is filled in a tenth of that."""

_MAGIC = b"KSYNCNC1"
_HEAD = struct.Struct("<8sQI")
"""Magic, how large each of the two buffers is, and the size of what follows: the device's settings, as JSON.

All numbers are little-endian."""
_FIRST = 4096
"""Where the first buffer begins: at a page."""
_STAMP = struct.Struct("<QI4x")
"""The number of the capture, 0 while it is written, and the CRC-32 of all that follows."""
_CAPTURE = struct.Struct("<Qqq")
"""The number again, when it was published, and when the reader received it, in ns of the host's clock."""
_IMAGE = struct.Struct("<IHHqqi4x")
"""Bytes, width and height (0 of color), device and system timestamp, exposure in µs (-1 where none is told).

Depth, IR, then color, whose size may be odd. An image that is not there has no bytes.
"""
_PIXELS = _STAMP.size + _CAPTURE.size + 3 * _IMAGE.size
_COLOR_BYTES = {ColorFormat.MJPG: 1.0, ColorFormat.NV12: 1.5, ColorFormat.YUY2: 2.0, ColorFormat.BGRA32: 4.0}
"""Of a pixel, at most: a camera's JPEG has a quarter of this, and a simulated one of noise half of it."""


def newest_name(device: str) -> str:
    """Return the name of the file with a device's newest capture."""
    return f"{device}{NEWEST}"


@dataclass(frozen=True, slots=True)
class Published:
    """A capture that was published."""

    capture: Capture
    settings: DeviceSettings
    """What its device was started with."""
    number: int
    """Counts what was published from 1 on."""
    published_ns: int
    """When, on the steady clock of its host."""


class NewestCaptureWriter:
    """The writer's side: one file of fixed size, which is there from the beginning, and has its room."""

    def __init__(self, path: Path, settings: DeviceSettings, clock_ns: Callable[[], int] = steady_ns) -> None:
        """Create the file, which must not exist; OSError where it can't be, or where there is no room.

        A file with holes would end the process at the first capture for which the disk has no room.
        """
        text = settings.model_dump_json().encode()
        self._buffer_nbytes = _rounded_up(_PIXELS + most_nbytes(settings))
        self._clock_ns = clock_ns
        self._number = 0
        nbytes = _FIRST + 2 * self._buffer_nbytes
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _make_room(descriptor, nbytes)
            self._map = mmap.mmap(descriptor, nbytes)
        finally:
            os.close(descriptor)
        self._map[_HEAD.size : _HEAD.size + len(text)] = text
        _HEAD.pack_into(self._map, 0, _MAGIC, self._buffer_nbytes, len(text))

    def publish(self, capture: Capture) -> None:
        """Put a capture in the place of the one before the newest.

        Color that is larger than any camera's is left out, as there is no room for it.
        """
        self._number += 1
        at = _FIRST + self._number % 2 * self._buffer_nbytes
        images = self._fitting(capture)
        head = _CAPTURE.pack(self._number, self._clock_ns(), capture.host_time_ns)
        head += b"".join(map(_described, images))
        _STAMP.pack_into(self._map, at, 0, 0)
        start = at + _STAMP.size
        self._map[start : start + len(head)] = head
        crc, place = _crc()(head, 0), at + _PIXELS
        for pixels in (as_bytes(image) for image in images if image is not None):
            crc = _crc()(pixels, crc)
            self._map[place : place + pixels.nbytes] = pixels.data
            place += pixels.nbytes
        _STAMP.pack_into(self._map, at, self._number, crc)

    def close(self) -> None:
        """Let go of the file, which stays as it is; harmless when closed."""
        self._map.close()

    def _fitting(self, capture: Capture) -> tuple[Image | None, Image | None, Image | None]:
        fits = _PIXELS + capture.nbytes <= self._buffer_nbytes
        return (capture.depth, capture.ir, capture.color if fits else None)


class NewestCaptureReader:
    """The reader's side. It may come before the writer, and stay after it."""

    def __init__(self, path: Path, pause: Callable[[], object] = lambda: time.sleep(AGAIN_S)) -> None:
        """Name the file; `pause` waits from one try to the next."""
        self._path = path
        self._pause = pause
        self._mapped: _Mapped | None = None

    def read(self, after: int = 0) -> Published | None:
        """Return the newest capture; None where there is none whole, or none with a number above `after`."""
        if self._mapped is None:
            with suppress(OSError, ValueError):
                self._mapped = _Mapped(self._path)
        if self._mapped is None:
            return None
        for tried in range(TRIES):
            if tried:
                self._pause()
            numbers = self._mapped.numbers()
            if max(numbers) <= after:
                return None
            if (found := self._read(self._mapped, numbers)) is not None:
                return found if found.number > after else None
        return None

    def close(self) -> None:
        """Let go of the file; harmless when closed."""
        if self._mapped is not None:
            self._mapped.close()
            self._mapped = None

    def _read(self, mapped: _Mapped, numbers: tuple[int, int]) -> Published | None:
        """Read the newer buffer, or else the other one, where that is whole."""
        for which in (0, 1) if numbers[0] > numbers[1] else (1, 0):
            if numbers[which] and (found := mapped.copy(which)) is not None:
                return found
        return None


class _Mapped:
    """A file as a reader maps it."""

    def __init__(self, path: Path) -> None:
        """Map a file; OSError where there is none, ValueError where it is none of these, or not made yet."""
        with path.open("rb") as stream:
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._buffer_nbytes, self._settings = _read_head(self._map)
        except ValueError:
            self._map.close()
            raise

    def close(self) -> None:
        self._map.close()

    def numbers(self) -> tuple[int, int]:
        first, second = (_STAMP.unpack_from(self._map, self._place(which))[0] for which in (0, 1))
        return first, second

    def copy(self, which: int) -> Published | None:
        """Copy a buffer and see that the copy is whole: what is mapped may change while one looks."""
        at = self._place(which)
        stamp, told = _STAMP.unpack_from(self._map, at), bytes(self._map[at + _STAMP.size : at + _PIXELS])
        described = [_Described(*_IMAGE.unpack_from(told, place)) for place in _IMAGE_PLACES]
        nbytes = sum(each.nbytes for each in described)
        if _PIXELS + nbytes > self._buffer_nbytes:
            return None
        pixels = bytes(self._map[at + _PIXELS : at + _PIXELS + nbytes])
        number, published_ns, host_time_ns = _CAPTURE.unpack_from(told, 0)
        if stamp != (number, _crc()(pixels, _crc()(told, 0))):
            return None
        try:
            depth, ir, color = _images(described, pixels)
        except ValueError:  # a file that somebody else wrote
            return None
        return Published(Capture(color, depth, ir, host_time_ns), self._settings, number, published_ns)

    def _place(self, which: int) -> int:
        return _FIRST + which * self._buffer_nbytes


class _Described(NamedTuple):
    """What stands before the pixels of an image."""

    nbytes: int
    width: int
    height: int
    device_us: int
    system_ns: int
    exposure_us: int


_IMAGE_PLACES = tuple(_CAPTURE.size + which * _IMAGE.size for which in range(3))


def most_nbytes(settings: DeviceSettings) -> int:
    """Return what the images of one capture of a device take at most."""
    color, depth = settings.color_resolution.size, settings.depth_mode.size
    gray = settings.has_depth + settings.has_ir
    return round(color[0] * color[1] * _COLOR_BYTES[settings.color_format]) + 2 * gray * depth[0] * depth[1]


def _described(image: Image | None) -> bytes:
    if image is None:
        return _IMAGE.pack(0, 0, 0, 0, 0, -1)
    gray = image.data.dtype.itemsize == 2
    height, width = image.data.shape[:2] if gray else (0, 0)
    exposure_us = -1 if image.exposure_us is None else image.exposure_us
    times = (image.device_timestamp_usec, image.system_timestamp_nsec)
    return _IMAGE.pack(image.nbytes, width, height, *times, exposure_us)


def _images(described: list[_Described], pixels: bytes) -> Iterator[Image | None]:
    """Yield depth, IR and color as views of the copy; ValueError where bytes and sizes do not agree."""
    at = 0
    for each in described:
        part: NDArray[Any] = np.frombuffer(pixels, np.uint8, each.nbytes, at)
        at += each.nbytes
        if each.width:
            part = part.view(np.uint16).reshape(each.height, each.width)
        exposure_us = None if each.exposure_us < 0 else each.exposure_us
        yield Image(part, each.device_us, each.system_ns, exposure_us) if each.nbytes else None


def _read_head(map_: mmap.mmap) -> tuple[int, DeviceSettings]:
    """Return the size of a buffer, and the settings; ValueError where this is no such file."""
    magic, nbytes, told = _HEAD.unpack_from(map_, 0) if len(map_) >= _FIRST else (b"", 0, 0)
    if magic != _MAGIC or nbytes < _PIXELS or len(map_) != _FIRST + 2 * nbytes:
        raise ValueError("it holds no captures")
    return nbytes, DeviceSettings.model_validate_json(map_[_HEAD.size : _HEAD.size + told])


def _make_room(descriptor: int, nbytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, nbytes)
    else:  # Windows takes the room with the size
        os.ftruncate(descriptor, nbytes)


def _rounded_up(nbytes: int) -> int:
    return -(-nbytes // mmap.PAGESIZE) * mmap.PAGESIZE


@cache
def _crc() -> Callable[[Any, int], int]:
    """Return what reckons CRC-32: ISA-L in a fortieth of the time, or zlib where there is none."""
    try:
        crc32: Callable[[Any, int], int] = import_module("isal.isal_zlib").crc32
    except ImportError:
        return zlib.crc32
    return crc32

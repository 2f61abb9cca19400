"""FFV1 of 16 bit gray by PyAV (extra `archive`): the smallest that ffmpeg, mpv and VLC play.

Every image stands for itself, so that images may be decoded in any order and on all cores. The decoder gives
a wrong image of a flipped bit without an error, so the checksums of the slices are looked at here.
"""

from __future__ import annotations

import threading
import zlib
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings.archive import PYAV_MISSING

_OPTIONS = {"level": "3", "coder": "range_def", "context": "0", "slices": "4", "slicecrc": "1", "g": "1"}
"""Version 3 with the range coder and the small context model in four slices (one does not open)."""
_GRAY = "gray16le"
_TIME_BASE = Fraction(1, 1_000_000)
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# Behind each slice: its size in 3 bytes, a status, 4 bytes that make the CRC-32 of all of it 0 (RFC 9043).
_SIZE_AT, _SIZE_END = 8, 5


class Ffv1Encoder:
    """Packs images of one size; for any number of threads, each of which has a codec of its own."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Take images of `size`, (width, height); UsageError (`pyav-missing`) without PyAV."""
        self._size = size
        self._own = threading.local()
        self.extradata = bytes(self._codec().extradata or b"")
        """What a decoder needs to know before the first image; the same for every encoder of this size."""

    def encode(self, image: NDArray[np.uint16]) -> bytes:
        """Return an image, shape (height, width)."""
        av, codec = _load(), self._codec()
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image, "<u2"), format=_GRAY)
        frame.pts = self._own.count = self._own.count + 1
        packets = codec.encode(frame)
        if len(packets) != 1:
            raise RuntimeError(f"FFV1 gave {len(packets)} packets of one image")
        return bytes(packets[0])

    def _codec(self) -> Any:
        codec = getattr(self._own, "codec", None)
        if codec is None:
            codec = self._own.codec = _context("w", self._size)
            codec.options = _OPTIONS
            codec.time_base = _TIME_BASE
            codec.open()
            self._own.count = 0
        return codec


class Ffv1Decoder:
    """Unpacks the images of one track; for any number of threads."""

    def __init__(self, extradata: bytes, size: tuple[int, int]) -> None:
        """Take what the encoder said before the first image, and (width, height)."""
        _load()
        self._extradata = extradata
        self._size = size
        self._own = threading.local()

    def decode(self, data: bytes) -> NDArray[np.uint16]:
        """Return an image, shape (height, width); ValueError where it can't be unpacked."""
        av = _load()
        if not _is_whole(data):
            raise ValueError("the FFV1 image is damaged: a checksum is wrong")
        codec = getattr(self._own, "codec", None)
        if codec is None:
            codec = self._own.codec = _context("r", self._size)
            codec.extradata = self._extradata
        try:
            frames = codec.decode(av.Packet(data))
        except (av.error.FFmpegError, ValueError) as error:
            self._own.codec = None
            raise ValueError(f"the FFV1 image can't be unpacked: {error}") from error
        width, height = self._size
        if len(frames) != 1 or (frames[0].width, frames[0].height) != self._size:
            raise ValueError(f"the FFV1 data are no image of {width} × {height} pixels")
        image: NDArray[np.uint16] = frames[0].to_ndarray()
        return image


def _is_whole(data: bytes) -> bool:
    """Tell whether the checksums of all slices are right.

    FFV1's CRC takes the highest bit of a byte first, zlib's the lowest: so it is that of reversed bytes.
    """
    end = len(data)
    while end > _SIZE_AT:
        start = end - _SIZE_AT - int.from_bytes(data[end - _SIZE_AT : end - _SIZE_END], "big")
        if start < 0 or zlib.crc32(data[start:end].translate(_REVERSED), 0xFFFFFFFF) != 0xFFFFFFFF:
            return False
        end = start
    return end == 0 < len(data)


def _context(mode: str, size: tuple[int, int]) -> Any:
    codec = _load().CodecContext.create("ffv1", mode)
    codec.width, codec.height = size
    codec.pix_fmt = _GRAY
    codec.thread_count = 1
    return codec


def _load() -> Any:
    try:
        import av
    except ImportError as error:
        what = "FFV1 needs PyAV, which is not installed"
        raise UsageError(PYAV_MISSING.found(what)) from error
    av.logging.set_level(None)
    return av

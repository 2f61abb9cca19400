"""What packs depth and IR."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.packing.ffv1 import Ffv1Encoder
from kinect_sync.takes.packing.gray_png import encode_gray_png
from kinect_sync.takes.packing.packings import Packing


class GrayEncoder(Protocol):
    """Packs the images of one track; for any number of threads."""

    @property
    def extradata(self) -> bytes:
        """What a decoder must know before the first image."""

    def encode(self, image: NDArray[np.uint16]) -> bytes:
        """Return an image, shape (height, width), in any byte order."""


class PngEncoder:
    """Packs as PNG, which needs to know nothing."""

    extradata = b""

    def encode(self, image: NDArray[np.uint16]) -> bytes:
        """Return an image, shape (height, width), in any byte order."""
        return encode_gray_png(image)


def gray_encoder(size: tuple[int, int], packing: Packing) -> GrayEncoder:
    """Return what packs images of (width, height); UsageError (`pyav-missing`) where that needs PyAV."""
    return Ffv1Encoder(size) if packing is Packing.FFV1 else PngEncoder()

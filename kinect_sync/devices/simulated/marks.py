"""Marks in simulated images: which device, which pulse, so that a test can prove what it holds.

JPEG: a comment segment right after SOI, `ksync serial=XXXXXXXXXXXX capture=N`. Raw images: six 16-bit
words at the start: 0x4B53, the serial number in groups of four digits (0 where it has other characters),
the low and the high half of the capture number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x4B53
WORDS = 6
_SOI = b"\xff\xd8"
_COM = b"\xff\xfe"


def make_words(serial: str, number: int) -> NDArray[np.uint16]:
    """Make the mark of a raw image, six words."""
    digits = serial if len(serial) == 12 and serial.isdigit() else "0" * 12
    groups = (int(digits[i : i + 4]) for i in (0, 4, 8))
    return np.array([MAGIC, *groups, number & 0xFFFF, number >> 16 & 0xFFFF], dtype="<u2")


def make_jpeg_head(serial: str, number: int) -> bytes:
    """Make what stands in the place of a JPEG's first two bytes: SOI and the comment."""
    text = b"ksync serial=%s capture=%d" % (serial.encode(), number)
    return _SOI + _COM + (len(text) + 2).to_bytes(2, "big") + text

"""How a stream is written for programs of any language: one message after the other, each with its sizes.

A message is a prefix of 16 bytes, a head in JSON, and a payload. Heads and images begin at multiples of
`GRID`, counted from the message's first byte, so that a program in C, or a typed array of JavaScript, may use
pixels where they lie. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"KSR1"
"""Its digit is the version: a reader of version 1 needs to look at nothing else."""
PREFIX = struct.Struct("<4sIQ")
"""Magic, bytes of the head, bytes of the payload."""
GRID = 8

Part = bytes | memoryview
Place = tuple[int, int]
"""From the payload's first byte, and how many bytes."""


class Payload:
    """Gathers what follows a head, without copying it, and says where each part of it comes to lie."""

    def __init__(self) -> None:
        """Begin empty."""
        self.parts: list[Part] = []
        self.nbytes = 0

    def add(self, data: Part) -> Place:
        """Add bytes behind what is there; the place that a head tells of them."""
        at = self.nbytes
        self.parts.append(data)
        self.nbytes += len(data)
        if gap := -self.nbytes % GRID:
            self.parts.append(bytes(gap))
            self.nbytes += gap
        return at, len(data)


def framed(head: str, payload: Payload) -> Sequence[Part]:
    """Return a message in parts, to be sent one after the other; the head ends with spaces, as JSON may."""
    text = head.encode()
    text += b" " * (-(PREFIX.size + len(text)) % GRID)
    return (PREFIX.pack(MAGIC, len(text), payload.nbytes) + text, *payload.parts)


def little_endian(image: NDArray[np.uint16]) -> memoryview:
    """Return the pixels of depth or IR as they are sent: row by row; no copy where that is so already."""
    pixels: NDArray[Any] = np.ascontiguousarray(image, "<u2").reshape(-1).view(np.uint8)
    return pixels.data

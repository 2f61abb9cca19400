"""Which capture is this? Reads the mark that simulated and virtual devices put into every image.

A JPEG carries `ksync serial=XXXXXXXXXXXX capture=N` as a comment segment right after SOI. Depth, IR and raw
color begin with little-endian 16-bit words: 0x4B53, the serial's digits 0-3, 4-7 and 8-11 as three numbers
(0 where the serial is not 12 digits), the capture number's low and high 16 bits.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mark = tuple[str, int]

_SOI_AND_COMMENT = b"\xff\xd8\xff\xfe"
_TEXT = re.compile(rb"ksync serial=(\S+) capture=(\d+)")
_MAGIC = 0x4B53
_WORDS = 6


def read_color_mark(data: Any) -> Mark | None:
    """Read (serial, capture number) from a color image of any format; None where there is no mark."""
    head = bytes(memoryview(data).cast("B")[:256])
    if not head.startswith(_SOI_AND_COMMENT):
        return _read_words(np.frombuffer(head[: 2 * _WORDS], dtype="<u2"))
    length = int.from_bytes(head[4:6], "big")
    found = _TEXT.fullmatch(head[6 : 4 + length])
    return (found[1].decode("ascii"), int(found[2])) if found else None


def read_depth_mark(image: NDArray[Any]) -> Mark | None:
    """Read (serial, capture number) from a depth or IR image in host order; None where there is no mark."""
    return _read_words(image.reshape(-1)[:_WORDS])


def _read_words(words: NDArray[Any]) -> Mark | None:
    if len(words) < _WORDS or int(words[0]) != _MAGIC:
        return None
    serial = "".join(f"{int(word):04d}" for word in words[1:4])
    return serial, int(words[4]) | int(words[5]) << 16

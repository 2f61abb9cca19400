"""EBML elements, as far as a Matroska recording needs them: to write them, and to find one's way.

EBML is a tree of (id, size, payload). Ids are numbers whose leading bits tell their own length; sizes are
written the same way, and a size of all ones means "unknown, up to the end of what encloses it". Source:
RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
"""An unknown size in eight bytes, so that a known one fits in its place later."""

MAX_HEAD = 12
"""Longest head of an element: four bytes of id, eight of size."""


class Id:
    """The element ids that occur in an Azure Kinect recording."""

    EBML = 0x1A45DFA3
    EBML_VERSION = 0x4286
    EBML_READ_VERSION = 0x42F7
    EBML_MAX_ID_LENGTH = 0x42F2
    EBML_MAX_SIZE_LENGTH = 0x42F3
    DOC_TYPE = 0x4282
    DOC_TYPE_VERSION = 0x4287
    DOC_TYPE_READ_VERSION = 0x4285
    VOID = 0xEC
    CRC_32 = 0xBF
    SEGMENT = 0x18538067
    SEEK_HEAD = 0x114D9B74
    SEEK = 0x4DBB
    SEEK_ID = 0x53AB
    SEEK_POSITION = 0x53AC
    INFO = 0x1549A966
    TIMESTAMP_SCALE = 0x2AD7B1
    DURATION = 0x4489
    DATE_UTC = 0x4461
    TITLE = 0x7BA9
    MUXING_APP = 0x4D80
    WRITING_APP = 0x5741
    TRACKS = 0x1654AE6B
    TRACK_ENTRY = 0xAE
    TRACK_NUMBER = 0xD7
    TRACK_UID = 0x73C5
    TRACK_TYPE = 0x83
    TRACK_NAME = 0x536E
    CODEC_ID = 0x86
    CODEC_PRIVATE = 0x63A2
    DEFAULT_DURATION = 0x23E383
    VIDEO = 0xE0
    PIXEL_WIDTH = 0xB0
    PIXEL_HEIGHT = 0xBA
    ATTACHMENTS = 0x1941A469
    ATTACHED_FILE = 0x61A7
    FILE_NAME = 0x466E
    FILE_MEDIA_TYPE = 0x4660
    FILE_DATA = 0x465C
    FILE_UID = 0x46AE
    TAGS = 0x1254C367
    TAG = 0x7373
    TARGETS = 0x63C0
    TARGET_TYPE = 0x63CA
    TAG_TRACK_UID = 0x63C5
    TAG_ATTACHMENT_UID = 0x63C6
    SIMPLE_TAG = 0x67C8
    TAG_NAME = 0x45A3
    TAG_STRING = 0x4487
    CLUSTER = 0x1F43B675
    TIMESTAMP = 0xE7
    SIMPLE_BLOCK = 0xA3
    BLOCK_GROUP = 0xA0
    BLOCK = 0xA1
    BLOCK_DURATION = 0x9B
    CUES = 0x1C53BB6B
    CUE_POINT = 0xBB
    CUE_TIME = 0xB3
    CUE_TRACK_POSITIONS = 0xB7
    CUE_TRACK = 0xF7
    CUE_CLUSTER_POSITION = 0xF1


class Head(NamedTuple):
    """The head of an element: what it is and how much follows."""

    id: int
    size: int | None
    """Bytes of payload; None where unknown."""
    length: int
    """Bytes of the head itself."""


class EbmlError(ValueError):
    """These bytes are no EBML element."""


def encode_id(element_id: int) -> bytes:
    """Return the bytes of an element id; its length stands in its leading bits."""
    return element_id.to_bytes((element_id.bit_length() + 7) // 8, "big")


def encode_size(size: int, width: int | None = None) -> bytes:
    """Return a size in the fewest bytes, or in exactly `width` of them."""
    # All ones in a width mean "unknown", so the largest number of a width is one less.
    needed = next(n for n in range(1, 9) if size < (1 << 7 * n) - 1)
    used = width or needed
    if used < needed:
        raise ValueError(f"{size} does not fit into a size of {used} bytes")
    return (size | 1 << 7 * used).to_bytes(used, "big")


def element(element_id: int, *payload: bytes) -> bytes:
    """Return a whole element around the parts of its payload."""
    body = b"".join(payload)
    return encode_id(element_id) + encode_size(len(body)) + body


def uint(element_id: int, number: int) -> bytes:
    """Return an unsigned integer element in the fewest bytes."""
    return element(element_id, number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def text(element_id: int, string: str) -> bytes:
    """Return a UTF-8 string element."""
    return element(element_id, string.encode())


def float64(element_id: int, number: float) -> bytes:
    """Return a floating point element of eight bytes."""
    return element(element_id, struct.pack(">d", number))


def void(total: int) -> bytes:
    """Return a Void element of `total` bytes with its head: room to be filled later, at least 2 bytes."""
    if total < 2:
        raise ValueError("a Void takes at least two bytes")
    width = 1 if total < 2 + 126 else 8
    return encode_id(Id.VOID) + encode_size(total - 1 - width, width) + bytes(total - 1 - width)


def decode_head(data: bytes, at: int = 0) -> Head:
    """Read the head of the element that starts at `at`.

    Raises `EbmlError` where the bytes are none, and `IndexError` where they end too early.
    """
    first = data[at]
    id_length = 9 - first.bit_length()
    if id_length > 4:
        raise EbmlError(f"no element starts with the byte {first:#04x}")
    marker = data[at + id_length]
    width = 9 - marker.bit_length()
    if width > 8:
        raise EbmlError("no size starts with a zero byte")
    end = at + id_length + width
    if end > len(data):
        raise IndexError("the element's head is cut off")
    size = int.from_bytes(data[at + id_length : end], "big") & ((1 << 7 * width) - 1)
    unknown = size == (1 << 7 * width) - 1
    number = int.from_bytes(data[at : at + id_length], "big")
    return Head(number, None if unknown else size, id_length + width)

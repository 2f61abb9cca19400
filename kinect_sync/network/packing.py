"""An answer and the bytes that come with it, as one message."""

from __future__ import annotations

import struct

from kinect_sync.wire.hosts import HOSTS_PROTOCOL, read_answer
from kinect_sync.wire.lines import Answered

_LENGTH = struct.Struct(">I")
"""Bytes of the answer, which is JSON; whatever follows it are the bytes of a file."""


def pack(answered: Answered) -> bytes:
    """Write an answer."""
    return _framed(answered.answer.model_dump_json(by_alias=True).encode(), answered.payload)


def pack_version() -> bytes:
    """Write the answer to another version's request: the version, which every version can read."""
    return _framed(b'{"protocol":%d}' % HOSTS_PROTOCOL)


def unpack(message: bytes) -> Answered:
    """Read an answer; OtherVersion for another version's, ValueError for none of ours."""
    if len(message) < _LENGTH.size:
        raise ValueError("it is too short for an answer")
    (nbytes,) = _LENGTH.unpack_from(message)
    end = _LENGTH.size + nbytes
    if len(message) < end:
        raise ValueError("it is shorter than it says")
    return Answered(read_answer(message[_LENGTH.size : end]), message[end:])


def _framed(answer: bytes, payload: bytes = b"") -> bytes:
    return _LENGTH.pack(len(answer)) + answer + payload

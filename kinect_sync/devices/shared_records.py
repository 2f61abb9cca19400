"""How the processes of a bench leave word for one another: small records in a directory that they share.

A record is rewritten in place with a checksum before it, because Windows refuses to replace a file that
another process is reading. A reader that meets a half-written record reads again.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TypeVar

from kinect_sync.values import Value

_SIZE = 512
_ATTEMPTS = 100
V = TypeVar("V", bound=Value)


def write_record(path: Path, value: Value) -> None:
    """Write `value` in one piece of fixed size, over what stood there."""
    text = value.model_dump_json().encode().ljust(_SIZE - 9)
    if len(text) > _SIZE - 9:
        raise ValueError(f"{type(value).__name__} does not fit into a record of {_SIZE} bytes")
    path.touch(exist_ok=True)  # "w" would empty the record first
    with path.open("r+b", buffering=_SIZE) as stream:
        stream.write(b"%08x\n" % zlib.crc32(text) + text)


def read_record(path: Path, model: type[V]) -> V | None:
    """Read the record; None when there is none, or its writer died half-way."""
    for _ in range(_ATTEMPTS):
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if len(content) == _SIZE and content[:8] == b"%08x" % zlib.crc32(content[9:]):
            return model.model_validate_json(content[9:])
    return None

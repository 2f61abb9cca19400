"""What a recording says without its images, as bytes for another computer: header and times of blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.reader import OffsetSource, Recording, TrackBlocks

_FACTS = TypeAdapter(Facts)
_TIME = np.dtype("<i8")
_BYTES = ("fourcc", "extradata")
"""Fields of a track that are bytes."""


def pack_times(recording: Recording) -> bytes:
    """Write a line of JSON, and after it the times of each track's blocks, in the order that it says."""
    header = {
        "facts": _FACTS.dump_python(recording.facts),
        "blocks": {name: len(track.timestamps_us) for name, track in recording.tracks.items()},
        "start_offset_us": recording.start_offset_us,
        "start_offset_from": recording.start_offset_from.value,
        "complete": recording.complete,
        "truncated_bytes": recording.truncated_bytes,
    }
    times = (track.timestamps_us.astype(_TIME).tobytes() for track in recording.tracks.values())
    return b"\n".join([json.dumps(header, default=_text).encode(), b"".join(times)])


def unpack_times(packed: bytes, path: Path) -> Recording:
    """Return a recording of another host, as if it were at `path`; where its images are is not told.

    ValueError where these are not times that were packed.
    """
    line, _, content = packed.partition(b"\n")
    try:
        header = json.loads(line)
        counts = {str(name): int(count) for name, count in header["blocks"].items()}
        times = np.frombuffer(content, _TIME).astype(np.int64)
        if sum(counts.values()) != len(times) or min(counts.values(), default=0) < 0:
            raise ValueError("it has more or fewer times than it says")
        return Recording(
            path=path,
            facts=_facts(header["facts"]),
            tracks=dict(zip(counts, _tracks(times, list(counts.values())), strict=True)),
            start_offset_us=int(header["start_offset_us"]),
            start_offset_from=OffsetSource(header["start_offset_from"]),
            complete=bool(header["complete"]),
            truncated_bytes=int(header["truncated_bytes"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"these are no times of a recording: {error}") from error


def _text(value: object) -> str:
    """Write what is bytes in a header, codes of pixel formats and of decoders: any byte has a character."""
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is not written")
    return value.decode("latin-1")


def _facts(told: dict[str, Any]) -> Facts:
    tracks = [
        {**each, **{name: _bytes(each[name]) for name in _BYTES if name in each}} for each in told["tracks"]
    ]
    return _FACTS.validate_python({**told, "tracks": tracks})


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _tracks(times: np.ndarray[tuple[int], np.dtype[np.int64]], counts: list[int]) -> list[TrackBlocks]:
    ends = np.cumsum(counts)
    parts = [times[end - count : end] for end, count in zip(ends.tolist(), counts, strict=True)]
    return [TrackBlocks(part, np.full(len(part), -1), np.zeros(len(part), np.int64)) for part in parts]

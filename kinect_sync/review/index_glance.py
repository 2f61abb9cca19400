"""What only the index of a take knows, without reading all of it: reasons of holes, times of arrival.

Recordings hold neither. An hour of nine devices is six million fields, and nearly all of them repeat what
the recordings say; so rows without a reason are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kinect_sync.takes.index import FIELDS

ARRIVALS = 300
"""Rows whose times of arrival are looked at: enough to meet a capture that came without delay."""

_REASON = re.compile(rb"[a-z]")
_COLOR, _DEPTH, _HOST, _HOLE = (FIELDS.index(name) for name in ("color_us", "depth_us", "host_ns", "hole"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """When one capture was taken, and when it reached the host."""

    color_us: int | None
    depth_us: int | None
    host_time_ns: int


@dataclass(frozen=True, slots=True)
class IndexGlance:
    """What an index says beyond the recordings."""

    rows: int = 0
    reasons: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """By device and pulse: why there is no whole capture."""
    arrivals: Mapping[str, tuple[Arrival, ...]] = field(default_factory=dict)
    """By device, of the first pulses."""


def glance_at_index(path: Path) -> IndexGlance | None:
    """Look into an index; None where there is none that can be understood."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]  # a kill may cut the last line off
        names = _names(lines[0].decode())
        reasons: dict[str, dict[int, str]] = {name: {} for name in names}
        for line in lines[1:]:
            if _REASON.search(line):
                _note_reasons(line.decode().split(","), names, reasons)
        arrivals = {
            name: tuple(_arrivals(lines[1 : ARRIVALS + 1], place)) for place, name in enumerate(names)
        }
    except (OSError, ValueError, IndexError):
        return None
    return IndexGlance(len(lines) - 1, reasons, arrivals)


def _names(heading: str) -> list[str]:
    words = heading.split(",")
    names = [word.rpartition(".")[0] for word in words[1 :: len(FIELDS)]]
    if words != ["pulse", *(f"{name}.{each}" for name in names for each in FIELDS)] or not names:
        raise ValueError("this is not the heading of an index")
    return names


def _note_reasons(row: list[str], names: list[str], reasons: dict[str, dict[int, str]]) -> None:
    for name, reason in zip(names, row[1 + _HOLE :: len(FIELDS)], strict=True):
        if reason:
            reasons[name][int(row[0])] = reason


def _arrivals(lines: list[bytes], place: int) -> list[Arrival]:
    start = 1 + place * len(FIELDS)
    found = []
    for line in lines:
        cell = line.decode().split(",")[start : start + len(FIELDS)]
        color, depth, host = (int(cell[each]) if cell[each] else None for each in (_COLOR, _DEPTH, _HOST))
        if host is not None and (color is not None or depth is not None):
            found.append(Arrival(color, depth, host))
    return found

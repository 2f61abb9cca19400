"""What only the index of a take knows, without reading all of it: reasons of holes, times of arrival.

Recordings hold neither. An hour of nine devices is six million fields, and nearly all of them repeat what
the recordings say; so rows without a reason are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.findings import Finding, Severity
from kinect_sync.takes.index import FIELDS
from kinect_sync.takes.manifest import INDEX, Manifest
from kinect_sync.timing.table import MISSING

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
    host_ns: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """By device: when its capture of each pulse reached the host, shape (rows,), `MISSING` where unknown."""


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
        host_ns = _host_times(lines[1:], names)
    except (OSError, ValueError, IndexError, OverflowError):
        return None
    return IndexGlance(len(lines) - 1, reasons, arrivals, host_ns)


def index_oddities(
    folder: Path | None, manifest: Manifest | None, index: IndexGlance | None
) -> tuple[Finding, ...]:
    """Say what is wrong with the index of a take; recordings that are no take have none."""
    if folder is None or manifest is None:
        return ()
    code = what = ""
    if index is None and not (folder / INDEX).exists():
        code, what = "index-missing", f"{INDEX} is not in {folder}"
    elif index is None:
        code, what = "index-unreadable", f"{folder / INDEX} is no index of ksync's"
    elif manifest.report is not None and index.rows != manifest.report.pulses:
        code = "index-disagrees"
        what = f"{INDEX} has {index.rows} whole rows, and take.json says {manifest.report.pulses} pulses"
    if not code:
        return ()
    what += ": reasons of holes and times of arrival are not known"
    aside = "" if code == "index-missing" else "put it aside and "
    remedy = f"bring it back, or {aside}run `ksync inspect {folder} --rebuild`"
    return (Finding(code=code, severity=Severity.WARNING, what=what, remedy=remedy),)


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


def _host_times(lines: list[bytes], names: list[str]) -> dict[str, NDArray[np.int64]]:
    texts = (text for line in lines for text in line.split(b",")[1 + _HOST :: len(FIELDS)])
    try:
        times = np.array([int(text) if text else MISSING for text in texts], np.int64)
        times = times.reshape(len(lines), len(names))
    except ValueError:
        return {}  # a row is damaged: what else the index says is worth having
    return {name: times[:, place] for place, name in enumerate(names)}


def _arrivals(lines: list[bytes], place: int) -> list[Arrival]:
    start = 1 + place * len(FIELDS)
    found = []
    for line in lines:
        cell = line.decode().split(",")[start : start + len(FIELDS)]
        color, depth, host = (int(cell[each]) if cell[each] else None for each in (_COLOR, _DEPTH, _HOST))
        if host is not None and (color is not None or depth is not None):
            found.append(Arrival(color, depth, host))
    return found

"""The last row of load.csv while a take is recorded: how queues and disk stand now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kinect_sync.files import open_regular
from kinect_sync.takes.load import DeviceLoad, TakeLoad, heading

_HEADING_NBYTES = 1 << 16
_TAIL_NBYTES = 1 << 14
"""More than two rows of any rig."""


class LastLoad(NamedTuple):
    """One row."""

    take: TakeLoad
    devices: Mapping[str, DeviceLoad]


def read_last_load(path: Path) -> LastLoad | None:
    """Return the last whole row; None where there is none, or nothing that ksync wrote."""
    try:
        with open_regular(path) as stream:
            words = stream.readline(_HEADING_NBYTES).decode().rstrip("\n").split(",")
            begin = stream.tell()
            stream.seek(max(begin, stream.seek(0, os.SEEK_END) - _TAIL_NBYTES))
            lines = stream.read().split(b"\n")
        return _row(words, lines[-2]) if len(lines) > 1 else None
    except (OSError, ValueError, TypeError):
        return None


def _row(words: list[str], line: bytes) -> LastLoad:
    """Read one row; ValueError or TypeError where it is not what the heading says."""
    first, width = len(TakeLoad._fields), len(DeviceLoad._fields)
    names = [word.rpartition(".")[0] for word in words[first::width]]
    values = [int(field) for field in line.split(b",")]
    if words != heading(names) or len(values) != len(words):
        raise ValueError("it is no row of a load")
    devices = {name: values[first + width * place :][:width] for place, name in enumerate(names)}
    return LastLoad(TakeLoad(*values[:first]), {name: DeviceLoad(*row) for name, row in devices.items()})

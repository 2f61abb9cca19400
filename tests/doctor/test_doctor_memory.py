"""Memory against the number of devices, in a container too."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.host.computer import MEMINFO, MEMORY_LIMIT
from tests.doctor.examining import OK, UNKNOWN, WARNING, Row, expect
from tests.host.made_up import good, has, holds, nothing, unreadable

MEGABYTES = "MemAvailable: {} kB\n"
ROWS = [
    Row("memory", nothing, OK, "16.4 GB", number=9),
    Row("little memory", holds(MEMINFO, MEGABYTES.format(900000)), WARNING, "0.9 GB", "close"),
    Row("a container's memory", holds(MEMORY_LIMIT, "1000000000"), WARNING, "1.0 GB", "close"),
    Row("memory without limit", holds(MEMORY_LIMIT, "max"), OK, "16.4 GB"),
    Row("unreadable memory", unreadable(MEMINFO), UNKNOWN, "is a directory", "half a", number=1),
    Row("no MemAvailable", holds(MEMINFO, "MemTotal: x kB\n"), UNKNOWN, "does not", "half", number=1),
    Row("memory on Windows", has(system="win32"), UNKNOWN, "win32", "half a gigabyte", number=1),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "memory", good(tmp_path))

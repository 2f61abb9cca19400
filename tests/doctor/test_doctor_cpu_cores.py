"""Cores against the number of devices, in a container too."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.host.computer import CPU_QUOTA
from tests.doctor.examining import OK, UNKNOWN, WARNING, Row, expect
from tests.host.made_up import good, has, holds, nothing

ROWS = [
    Row("a core each", nothing, OK, "8 cores for 8 devices", number=8),
    Row("few cores", has(cores=2), WARNING, "2 cores for 5 devices", "fewer devices", number=5),
    Row("one core is too few for one", has(cores=1), WARNING, "1 core for 1", "close", number=1),
    Row("a container's limit", holds(CPU_QUOTA, "150000 100000"), WARNING, "1.5", "close", number=2),
    Row("a container without one", holds(CPU_QUOTA, "max 100000"), OK, "8 cores", number=2),
    Row("a strange limit", holds(CPU_QUOTA, "5 0"), OK, "8 cores", number=2),
    Row("nobody counts cores", has(cores=None), UNKNOWN, "does not tell", "one per", number=2),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "cpu-cores", good(tmp_path))

"""A graphics device to compute depth on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import OK, WARNING, Row, expect, told
from tests.host.made_up import good, lacks, nothing

ROWS = [
    Row("a graphics card", nothing, OK, "/dev/dri"),
    Row("no graphics card", lacks("/dev/dri/card0"), OK, "/dev/dri"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "gpu", good(tmp_path))


def test_no_graphics_device_at_all(tmp_path: Path) -> None:
    it = good(tmp_path)
    it.remove("/dev/dri/card0")
    (it.root / "dev/dri").rmdir()
    (result,) = told("gpu", it)
    assert (result.status, "graphics driver" in (result.remedy or "")) == (WARNING, True)

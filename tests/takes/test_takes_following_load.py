"""load.csv while it grows: its last whole row, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.takes.following.load import read_last_load
from kinect_sync.takes.load import DeviceLoad, LoadFile, TakeLoad


def test_the_last_whole_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    assert read_last_load(path) is None
    load = LoadFile(path, ["front", "left"])
    assert read_last_load(path) is None
    for number in range(3000):
        load.append(TakeLoad(number, 30 * number, 10**12, 7), [DeviceLoad(number, 2, 3), DeviceLoad(4, 5, 6)])
    load.close()
    with path.open("ab") as file:
        file.write(b"3000,1,")
    last = read_last_load(path)
    assert last is not None
    assert last.take == TakeLoad(2999, 89_970, 10**12, 7)
    assert last.devices == {"front": DeviceLoad(2999, 2, 3), "left": DeviceLoad(4, 5, 6)}


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\n\xff\n", b"host_ns\n1\n2\n"])
def test_what_is_no_load_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "load.csv"
    path.write_bytes(content)
    assert read_last_load(path) is None

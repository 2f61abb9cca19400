from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinect_sync.errors import UsageError
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.index_reader import MISSING, read_index
from kinect_sync.takes.mkv.calibration import read_calibration
from tests.calibration import make_calibration
from tests.takes.recorded import settings, writer


@pytest.fixture
def index(tmp_path: Path) -> Path:
    path = tmp_path / "alignment.csv"
    file = IndexFile(path, ["front", "left-2"])
    file.append(0, [(0, 100, 110, 5_000_000_000_000, 0.0, None), (0, 101, None, None, 1.0, "half_capture")])
    file.append(
        1, [(1, 200, 210, 5_033_000_000_000, 0.0, None), (None, None, None, None, None, "sensor_dropped")]
    )
    file.append(2, [(2, 300, 310, 5_066_000_000_000, 0.0, None), (1, 298, 310, 1, -2.5, None)])
    file.close()
    return path


def test_what_was_written_is_read_back(index: Path) -> None:
    read = read_index(index)
    front, left = read.devices["front"], read.devices["left-2"]
    assert len(read) == 3
    assert front.capture.tolist() == [0, 1, 2]
    assert front.host_ns.tolist()[0] == 5_000_000_000_000
    assert left.capture.tolist() == [0, MISSING, 1]
    assert left.depth_us.tolist() == [MISSING, MISSING, 310]
    assert left.hole == ("half_capture", "sensor_dropped", "")
    assert np.array_equal(left.residual_us, [1.0, np.nan, -2.5], equal_nan=True)


def test_complete_is_without_a_hole_of_those_that_count(index: Path) -> None:
    read = read_index(index)
    assert read.complete().tolist() == [False, False, True]
    assert read.complete(["front"]).tolist() == [True, True, True]


def test_a_line_that_a_kill_cut_off_is_left_out(index: Path) -> None:
    whole = index.read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 1):
        index.write_bytes(whole[:-cut])
        assert len(read_index(index)) == 2


def test_a_heading_alone_is_an_index_without_pulses(index: Path) -> None:
    index.write_bytes(index.read_bytes().splitlines(keepends=True)[0])
    assert len(read_index(index)) == 0
    assert read_index(index).complete().tolist() == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("pulse,", "puls,", ":1: its heading", id="another heading"),
        pytest.param("\n1,1,", "\n1,", ":3: it has not the 13 fields", id="a field too few"),
        pytest.param(",200,", ",zwei,", "zwei", id="a word for a number"),
    ],
)
def test_what_ksync_does_not_write_is_refused_with_its_line(
    index: Path, old: str, new: str, told: str
) -> None:
    index.write_text(index.read_text().replace(old, new, 1))
    with pytest.raises(UsageError) as raised:
        read_index(index)
    assert raised.value.findings[0].code == "index-broken"
    assert told in raised.value.findings[0].what


def test_a_recording_gives_the_calibration_that_it_was_given(tmp_path: Path) -> None:
    device = settings()
    with writer(tmp_path / "with.mkv", device), writer(tmp_path / "without.mkv", device, calibration=False):
        pass
    assert read_calibration(tmp_path / "with.mkv") == make_calibration(device.serial)
    assert read_calibration(tmp_path / "without.mkv") is None

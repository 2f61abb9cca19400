from __future__ import annotations

from pathlib import Path

from kinect_sync.takes.mkv.calibration import read_calibration
from tests.factory_calibration import make_calibration
from tests.takes.recorded import settings, writer


def test_a_recording_gives_the_calibration_that_it_was_given(tmp_path: Path) -> None:
    device = settings()
    with writer(tmp_path / "with.mkv", device), writer(tmp_path / "without.mkv", device, calibration=False):
        pass
    assert read_calibration(tmp_path / "with.mkv") == make_calibration(device.serial)
    assert read_calibration(tmp_path / "without.mkv") is None

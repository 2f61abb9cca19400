"""The alignment made again from the files alone, and the tail that a dead worker had not told of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.takes.capture_times import read_capture_times
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.table import align
from kinect_sync.wire.messages import RecordingFile, Recover, Recovered
from kinect_sync.worker.recovery import recover
from tests.director.scripted import chain
from tests.factory_calibration import make_calibration

FIRST_US = 319_555
NOTHING = Recovered(entries=(), captures=0, written_bytes=0)


def small_rig() -> RigFields:
    return chain(camera={"depth_mode": "nfov_2x2binned"})


def recovered(path: Path, settings: DeviceSettings, *, after_pulse: int = -1) -> Recovered:
    file = RecordingFile(take="take", name=path.name)
    order = Recover(file=file, settings=settings, anchor_us=FIRST_US, after_pulse=after_pulse)
    return recover(path, order)


def capture(pulse: int, *, drift_ppm: float = 0.0, half: bool = False) -> Capture:
    at_us = round((FIRST_US + pulse * 1e6 / 30) * (1 + drift_ppm * 1e-6))
    depth = Image(np.zeros((288, 320), np.uint16), at_us, 0)
    color = Image(np.frombuffer(b"\xff\xd8\xff\xd9", np.uint8), at_us, 0)
    return Capture(color, None if half else depth, None if half else depth, 0)


def record(path: Path, settings: DeviceSettings, captures: list[Capture], *, close: bool = True) -> None:
    calibration = make_calibration(settings.serial)
    writer = MkvWriter(
        path, settings, color_firmware="1.6.110", depth_firmware="1.6.80", calibration=calibration
    )
    for each in captures:
        writer.write(each)
    if close:
        writer.close()


def test_an_index_is_made_again_from_the_files_alone(tmp_path: Path) -> None:
    rig = small_rig()
    settings = [rig.settings_of(device) for device in rig.devices]
    dropped = {"left": {5, 6}, "right": {17}}
    recordings = []
    for number, each in enumerate(settings):
        pulses = [pulse for pulse in range(30) if pulse not in dropped.get(each.name, ())]
        drift_ppm = (number - 1) * 300.0
        record(tmp_path / f"{each.name}.mkv", each, [capture(p, drift_ppm=drift_ppm) for p in pulses])
        recordings.append(read_capture_times(tmp_path / f"{each.name}.mkv", each))
    table = align(recordings, "front", 30)
    rows = list(table.rows())
    assert len(rows) == 30
    holes = {
        (row.pulse, each.name)
        for row in rows
        for each, cell in zip(settings, row.cells, strict=True)
        if cell.hole is HoleReason.NOT_RECORDED
    }
    assert holes == {(5, "left"), (6, "left"), (17, "right")}


def test_what_a_dead_worker_had_written_is_not_lost(tmp_path: Path) -> None:
    settings = small_rig().settings_of(small_rig().devices[1])
    path = tmp_path / "left.mkv"
    captures = [capture(pulse, half=pulse == 8) for pulse in range(10)]
    record(path, settings, captures)
    found = recovered(path, settings, after_pulse=5)
    entries = found.entries
    assert [(e.pulse, e.capture) for e in entries] == [(6, 6), (7, 7), (8, 8), (9, 9)]
    assert [e.hole for e in entries] == [None, None, HoleReason.HALF_CAPTURE, None]
    assert entries[0].color_us == captures[6].color.device_timestamp_usec
    assert (found.captures, found.written_bytes) == (10, path.stat().st_size)


def test_a_worker_that_died_before_it_wrote_leaves_nothing(tmp_path: Path) -> None:
    settings = small_rig().settings_of(small_rig().devices[1])
    assert recovered(tmp_path / "none.mkv", settings) == NOTHING
    (tmp_path / "empty.mkv").touch()
    assert recovered(tmp_path / "empty.mkv", settings) == NOTHING


@pytest.mark.parametrize("track", ["DEPTH", "IR"])
def test_a_capture_that_a_death_cut_is_no_half_capture_of_the_device(track: str, tmp_path: Path) -> None:
    rig = small_rig()
    settings = rig.settings_of(rig.devices[0])
    path = tmp_path / "front.mkv"
    record(path, settings, [capture(pulse, half=pulse == 3) for pulse in range(6)], close=False)
    last = read_recording(path).tracks[track]
    with path.open("r+b") as file:
        file.truncate(int(last.offsets[-1]) + int(last.sizes[-1]) // 2)
    entries = recovered(path, settings).entries
    holes = {entry.pulse: entry.hole for entry in entries if entry.hole}
    assert holes == {3: HoleReason.HALF_CAPTURE, 5: HoleReason.DEVICE_LOST}
    assert (entries[-1].capture, entries[-1].color_us) == (5, capture(5).color.device_timestamp_usec)


def test_depth_without_its_infrared_is_half_a_capture_even_if_no_infrared_is_in_the_file(
    tmp_path: Path,
) -> None:
    rig = small_rig()
    settings = rig.settings_of(rig.devices[0])
    path = tmp_path / "front.mkv"
    record(path, settings, [capture(0)], close=False)
    infrared = read_recording(path).tracks["IR"]
    with path.open("r+b") as file:
        file.truncate(int(infrared.offsets[0]) + 1)
    assert len(read_recording(path).ir_us) == 0 < len(read_recording(path).depth_us)
    assert read_capture_times(path, settings).half.tolist() == [True]


def test_a_disk_that_refuses_to_be_read_is_no_empty_file(tmp_path: Path) -> None:
    settings = small_rig().settings_of(small_rig().devices[1])
    (tmp_path / "left.mkv").mkdir()
    with pytest.raises(OSError, match="left"):
        recovered(tmp_path / "left.mkv", settings)

"""Packed recordings as devices: what is played is what the same recording gives where it is not packed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.benches.packed_reel import PackedReel, open_reel
from kinect_sync.captures import Capture
from kinect_sync.devices.playback import PlaybackBench, PlaybackDevice
from kinect_sync.devices.playback.reel_file import ReelFile
from kinect_sync.devices.port import StreamEnded
from kinect_sync.devices.programme import Programme, Reel
from kinect_sync.errors import DeviceLost, ImageDamaged
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, DepthMode, Role
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.packing.packings import Packing
from tests.takes.recorded import capture, settings, writer

BASE = settings(depth_mode=DepthMode.NFOV_2X2BINNED, role=Role.MASTER, depth_delay_off_color_usec=-160)
RAW = settings(color_format=ColorFormat.YUY2, depth_delay_off_color_usec=12_000)
PASSIVE = settings(depth_mode=DepthMode.PASSIVE_IR)


def film(device: DeviceSettings) -> list[Capture]:
    """Captures of which some lack an image, some are missing, and one whose depth is too far off."""
    made = []
    for pulse in range(9):
        color_us = 400_000 + pulse * 33_333
        depth_us = color_us + device.depth_delay_off_color_usec + (17_500 if pulse == 6 else 0)
        lacks = {2: (None, depth_us), 4: (color_us, None)}
        if pulse != 7:
            made.append(capture(device, *lacks.get(pulse, (color_us, depth_us)), seed=pulse))
    return made


def record(path: Path, device: DeviceSettings, packing: Packing | None) -> Reel:
    with writer(path, device, packing=packing) as mkv:
        for each in film(device):
            mkv.write(each)
    return Reel(path=path, packed=packing is not None)


def played(file: ReelFile) -> list[dict[str, tuple[int, bytes]]]:
    """Everything that a recording gives."""
    found = []
    try:
        while True:
            read = file.read()
            images = {"color": read.color, "depth": read.depth, "ir": read.ir}
            found.append(
                {
                    name: (image.device_timestamp_usec, image.data.tobytes())
                    for name, image in images.items()
                    if image is not None
                }
            )
    except StreamEnded:
        return found


@pytest.mark.parametrize("device", [BASE, RAW, PASSIVE], ids=["far apart", "raw color", "passive IR"])
def test_a_packed_recording_plays_as_the_unpacked_one(tmp_path: Path, device: DeviceSettings) -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    plain = open_reel(record(tmp_path / "plain.mkv", device, None), device)
    packed = open_reel(record(tmp_path / "packed.mkv", device, Packing.PNG), device)
    assert isinstance(packed, PackedReel)
    assert not isinstance(plain, PackedReel)
    try:
        first = played(packed)
        assert first == played(plain)
        assert len(first) >= 8
        packed.rewind()
        assert played(packed) == first
        assert packed.calibration() == plain.calibration()
        assert packed.differences(device) == plain.differences(device) == []
        other = device.model_copy(update={"fps": 15, "depth_mode": DepthMode.WFOV_2X2BINNED})
        for file in (packed, plain):
            words = (each.what.split(" is to be")[0] for each in file.differences(other))
            assert sorted(word.removeprefix("camera_") for word in words) == ["depth_mode", "fps"]
    finally:
        packed.close()
        plain.close()


def test_a_damaged_image_costs_itself_and_is_told_once(tmp_path: Path) -> None:
    reel = record(tmp_path / "front.mkv", BASE, Packing.PNG)
    blocks = read_recording(reel.path).tracks["DEPTH"]
    data = bytearray(reel.path.read_bytes())
    for number in (0, 3):
        data[int(blocks.offsets[number]) + 100] ^= 0x10
    reel.path.write_bytes(data)
    programme = Programme(reels={BASE.serial: reel}, source=BASE.serial, directory=tmp_path, fast=True)
    device = PlaybackBench(programme, open_reel).open(BASE)
    try:
        device.start(BASE)
        with pytest.raises(ImageDamaged) as told:
            device.get_capture(1000)
        (finding,) = told.value.findings
        assert (finding.code, finding.device) == ("recorded-image-damaged", "front")
        assert "depth of the capture at 399840 µs" in finding.what
        captures = rest_of(device)
        lacking = [n for n, each in enumerate(captures) if each.depth is None]
        assert lacking[0] == 0
        assert len(lacking) == 4, "two are damaged, one was never recorded, and one came far too late"
        assert all(each.ir is not None for each in captures[:2])
    finally:
        device.close()


def test_a_packed_file_that_can_not_be_read_is_told_by_device(tmp_path: Path) -> None:
    with pytest.raises(DeviceLost) as lost:
        PackedReel(Reel(path=tmp_path / "absent.mkv", packed=True), named("left"))
    assert [(each.code, each.device) for each in lost.value.findings] == [("recording-unreadable", "left")]


def rest_of(device: PlaybackDevice) -> list[Capture]:
    captures: list[Capture] = []
    try:
        while True:
            captures += [capture for capture in [device.get_capture(1000)] if capture]
    except StreamEnded:
        return captures


def named(name: str) -> DeviceSettings:
    return BASE.model_copy(update={"name": name})

"""Depth and IR packed as they are recorded: read, cut off, damaged, and unpacked again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorResolution, DepthMode, Role
from kinect_sync.takes.mkv.reader import OffsetSource, read_image, read_recording
from kinect_sync.takes.mkv.repair import assess, complete
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.takes.unpacking import unpack_recording
from tests.takes.recorded import abandon, expected, imu_samples, play, settings, take, writer

DEVICES = {
    "all": settings(imu=True, role=Role.SUBORDINATE, depth_delay_off_color_usec=160),
    "far apart": settings(depth_delay_off_color_usec=-40_000, fps=5),
    "passive IR": settings(depth_mode=DepthMode.PASSIVE_IR),
    "depth alone": settings(color_resolution=ColorResolution.OFF),
    "color alone": settings(depth_mode=DepthMode.OFF),
}
COUNT = 5


def record(
    path: Path, device: DeviceSettings, *, packing: Packing | None = Packing.PNG, killed: bool = False
) -> list[Capture]:
    """Record some captures, and IMU samples where they are asked for."""
    captures = take(device, COUNT)
    with writer(path, device, packing=packing) as mkv:
        for capture in captures:
            if device.imu:
                mkv.write_imu(imu_samples(capture.images[0].device_timestamp_usec - 20_000, 30))
            mkv.write(capture)
        if killed:
            abandon(mkv, path)
    return captures


def images_in(path: Path) -> dict[str, list[tuple[int, bytes]]]:
    """What ksync reads from a file, as `expected` tells it."""
    recording = read_recording(path)
    names = [name for name in ("COLOR", "DEPTH", "IR") if name in recording.tracks]
    times = {name: recording.tracks[name].timestamps_us.tolist() for name in names}
    read = {
        name: [(time_us, read_image(recording, name, n)) for n, time_us in enumerate(times[name])]
        for name in names
    }
    return {"COLOR": [], "DEPTH": [], "IR": [], **read}


def unpack(source: Path) -> Path:
    target = source.with_name("unpacked.mkv")
    with ThreadPoolExecutor(2) as executor:
        assert unpack_recording(source, target, executor, lambda _nbytes: None) == []
    return target


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_a_packed_recording_holds_what_an_unpacked_one_holds(tmp_path: Path, device: DeviceSettings) -> None:
    captures = record(tmp_path / "packed.mkv", device)
    record(tmp_path / "plain.mkv", device, packing=None)
    assert images_in(tmp_path / "packed.mkv") == expected(captures)
    packed, plain = (read_recording(tmp_path / name) for name in ("packed.mkv", "plain.mkv"))
    assert packed.facts.packing is (Packing.PNG if device.has_ir else None)
    assert packed.complete
    for name in plain.tracks:
        assert packed.tracks[name].timestamps_us.tolist() == plain.tracks[name].timestamps_us.tolist()


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_unpacked_it_is_the_recording_that_would_have_been_made(
    tmp_path: Path, device: DeviceSettings
) -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    record(tmp_path / "packed.mkv", device)
    record(tmp_path / "plain.mkv", device, packing=None)
    plain, unpacked = play(tmp_path / "plain.mkv"), play(unpack(tmp_path / "packed.mkv"))
    assert repr(plain) == repr(unpacked)  # temperatures are NaN, which no file holds
    assert sum(map(len, plain.images.values())) >= COUNT
    kept, made = (read_recording(tmp_path / name).facts for name in ("packed.mkv", "unpacked.mkv"))
    renamed = {name.replace("KSYNC_", "K4A_"): value for name, value in kept.tags.items()}
    assert made.tags == renamed, "tracks have the numbers by which other files may know them"
    assert (made.created_utc_ns, made.writer, made.packing) == (kept.created_utc_ns, kept.writer, None)


def test_libk4arecord_opens_a_packed_recording_and_gives_color_and_calibration(tmp_path: Path) -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    captures = record(tmp_path / "a.mkv", DEVICES["all"])
    played = play(tmp_path / "a.mkv", calibrated=True)
    assert played.images["COLOR"] == expected(captures)["COLOR"]
    assert played.images["DEPTH"] == played.images["IR"] == []
    assert len(played.imu) > 0


@pytest.mark.parametrize("share", [0.3, 0.62, 0.97, 1.0])
def test_what_a_kill_left_is_read_completed_and_unpacked(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.mkv"
    wanted = expected(record(path, DEVICES["all"], killed=True))
    data = path.read_bytes()
    header = int(read_recording(path).tracks["COLOR"].offsets[0]) + 1
    path.write_bytes(data[: header + round((len(data) - header) * share)])
    found = images_in(path)
    counts = [len(found[name]) for name in wanted]
    assert all(found[name] == wanted[name][:count] for name, count in zip(wanted, counts, strict=True))
    assert counts[0] - 1 <= min(counts[1:]) <= max(counts) == counts[0]
    assert not read_recording(path).complete
    unpacked = read_recording(unpack(path))
    assert images_in(unpacked.path) == found
    assert unpacked.complete
    if max(counts):
        assert assess(path).start_offset_from is OffsetSource.TAG
        complete(path, assess(path).start_offset_us, OffsetSource.TAG)
        assert images_in(path) == found
        assert read_recording(path).complete


def test_a_damaged_image_is_told_by_its_time_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    wanted = expected(record(path, DEVICES["all"]))
    recording = read_recording(path)
    blocks = recording.tracks["IR"]
    data = bytearray(path.read_bytes())
    data[int(blocks.offsets[2]) + int(blocks.sizes[2]) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="PNG"):
        read_image(recording, "IR", 2)
    with ThreadPoolExecutor(2) as executor:
        damaged = unpack_recording(path, tmp_path / "unpacked.mkv", executor, lambda _nbytes: None)
    assert [(each.track, each.timestamp_us) for each in damaged] == [("IR", wanted["IR"][2][0])]
    del wanted["IR"][2]
    assert images_in(tmp_path / "unpacked.mkv") == wanted


def test_depth_like_a_cameras_takes_less_than_half(tmp_path: Path) -> None:
    device = settings(color_resolution=ColorResolution.OFF, depth_mode=DepthMode.NFOV_UNBINNED)
    width, height = device.depth_mode.size
    rows, columns = np.mgrid[:height, :width]
    noise = np.random.default_rng(1).normal(0, 3, (2, height, width))
    depth, ir = (1500 + rows + columns / 2 + noise[0]), (900 + noise[1] * 5)
    images = [Image(each.astype(np.uint16), 336_277, 0) for each in (depth, ir)]
    sizes = []
    for packing in (None, Packing.PNG):
        path = tmp_path / f"{packing}.mkv"
        with writer(path, device, packing=packing) as mkv:
            mkv.write(Capture(None, *images, host_time_ns=0))
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.5 * sizes[0]

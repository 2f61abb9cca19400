"""Recordings as devices: what is played, when, and how it ends; read by the real libk4arecord."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.captures import Capture
from kinect_sync.devices.playback import PlaybackBench, PlaybackDevice
from kinect_sync.devices.port import StreamEnded
from kinect_sync.devices.programme import Programme, Reel
from kinect_sync.errors import DeviceLost, DeviceNotFound, StartRefused
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorResolution, DepthMode, Role
from tests.review.sets import LEFT, MASTER, Filmed, write_set
from tests.takes.recorded import settings

pytest.importorskip("pyk4a", exc_type=ImportError)

PULSES = 9
FRONT, SIDE = (
    Filmed(each.name, each.serial, each.role, pulses=PULSES, depth=True) for each in (MASTER, LEFT)
)


def settings_of(filmed: Filmed) -> DeviceSettings:
    depth_mode = DepthMode.NFOV_2X2BINNED
    return settings(name=filmed.name, serial=filmed.serial, role=filmed.role, depth_mode=depth_mode)


class Screen:
    """Two recordings that are played; whatever was opened is closed in the end."""

    def __init__(self, folder: Path) -> None:
        write_set(folder, (FRONT, SIDE))
        self.reels = {each.serial: Reel(path=folder / f"{each.name}.mkv") for each in (FRONT, SIDE)}
        self.folder = folder
        self.devices: list[PlaybackDevice] = []

    def show(self, *, fast: bool = True, source: Filmed = FRONT) -> tuple[PlaybackDevice, PlaybackDevice]:
        """Open both and start both, the subordinate first."""
        programme = Programme(reels=self.reels, source=source.serial, directory=self.folder, fast=fast)
        bench = PlaybackBench(programme)
        front, side = (bench.open(settings_of(each)) for each in (FRONT, SIDE))
        self.devices += [front, side]
        for device, filmed in ((side, SIDE), (front, FRONT)):
            device.start(settings_of(filmed))
        return front, side

    def cut(self, filmed: Filmed, **changes: object) -> None:
        """Play another part of a recording."""
        self.reels[filmed.serial] = self.reels[filmed.serial].model_copy(update=changes)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    made = Screen(tmp_path)
    yield made
    for device in made.devices:
        device.close()
        device.close()


def play(device: PlaybackDevice) -> list[Capture]:
    """Everything until the recording has ended."""
    captures: list[Capture] = []
    try:
        while True:
            captures += [capture for capture in [device.get_capture(1000)] if capture]
    except StreamEnded:
        return captures


def times(captures: list[Capture]) -> list[int]:
    return [capture.images[0].device_timestamp_usec for capture in captures]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "real time"])
def test_every_capture_is_given_once_and_then_the_stream_ends(screen: Screen, fast: bool) -> None:
    front, side = screen.show(fast=fast)
    assert (front.pace.captures_wait, side.pace.captures_wait) == (fast, fast)
    for device, filmed in ((front, FRONT), (side, SIDE)):
        played = play(device)
        wanted = [filmed.time_us(pulse) for pulse in range(PULSES)]
        assert times(played) == pytest.approx(wanted, abs=12)  # ticks of 90 kHz
        assert all(capture.color and capture.depth and capture.ir for capture in played)
        with pytest.raises(StreamEnded):
            device.get_capture(0)


def test_fast_captures_come_at_once_and_say_when_they_would_have_come(screen: Screen) -> None:
    front, side = screen.show()
    for device in (front, side):
        played = play(device)
        arrivals_us = [capture.host_time_ns / 1000 for capture in played]
        zeros_us = [at - taken for at, taken in zip(arrivals_us, times(played), strict=True)]
        assert zeros_us == pytest.approx([zeros_us[0]] * PULSES, abs=1)


def test_in_real_time_nothing_comes_before_its_moment(screen: Screen) -> None:
    before_ns = time.monotonic_ns()
    front, _ = screen.show(fast=False)
    for periods in range(4):
        capture = front.get_capture(1000)
        assert capture is not None
        assert capture.host_time_ns - before_ns >= periods * 33_000_000


def test_a_subordinate_is_silent_until_the_master_plays(screen: Screen) -> None:
    programme = Programme(reels=screen.reels, source=FRONT.serial, directory=screen.folder, fast=True)
    bench = PlaybackBench(programme)
    side = bench.open(settings_of(SIDE))
    screen.devices.append(side)
    side.start(settings_of(SIDE))
    assert side.get_capture(30) is None
    front = bench.open(settings_of(FRONT))
    screen.devices.append(front)
    front.start(settings_of(FRONT))
    assert side.get_capture(1000) is not None


def test_only_the_part_that_is_asked_for_is_played(screen: Screen) -> None:
    middle = (FRONT.time_us(3) - 16_000, FRONT.time_us(6) + 16_000)
    screen.cut(FRONT, begin_us=middle[0], end_us=middle[1])
    front, side = screen.show()
    assert times(play(front)) == pytest.approx([FRONT.time_us(pulse) for pulse in (3, 4, 5, 6)], abs=12)
    assert len(play(side)) == PULSES


def test_times_beyond_the_sdks_32_bits_are_made_whole(screen: Screen) -> None:
    screen.cut(FRONT, wrapped_us=2**32)
    front, side = screen.show()
    assert times(play(front))[0] == pytest.approx(FRONT.time_us(0) + 2**32, abs=12)
    assert times(play(side))[0] == pytest.approx(SIDE.time_us(0), abs=12)


def test_a_trigger_that_is_played_fast_lets_nobody_wait(screen: Screen) -> None:
    front, _ = screen.show(source=SIDE)
    assert len(play(front)) == PULSES


def test_what_the_file_says_is_the_devices(screen: Screen) -> None:
    front, _ = screen.show()
    calibration = front.calibration()
    assert calibration is not None
    assert FRONT.serial in calibration.decode()
    controls = front.set_controls(settings_of(FRONT))
    assert controls.exposure_us == settings_of(FRONT).exposure_us


def test_a_recording_that_is_started_again_begins_again(screen: Screen) -> None:
    front, side = screen.show()
    first = times([capture for capture in (side.get_capture(1000), side.get_capture(1000)) if capture])
    play(front)
    for device in (front, side):
        device.stop()
    side.start(settings_of(SIDE))
    assert side.get_capture(30) is None, "the pulses ended with their source"
    front.start(settings_of(FRONT))
    assert times(play(side))[:2] == first
    assert len(play(front)) == PULSES


def test_a_trigger_goes_on_when_the_first_device_stops(screen: Screen) -> None:
    front, side = screen.show(source=SIDE)
    side.stop()
    assert len(play(front)) == PULSES


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"role": Role.STANDALONE}, "wired_sync_mode is to be STANDALONE, and it was recorded with MASTER"),
        ({"fps": 15}, "camera_fps"),
        ({"color_resolution": ColorResolution.RES_1080P}, "RES_1080P"),
        ({"depth_mode": DepthMode.WFOV_2X2BINNED}, "recorded with NFOV_2X2BINNED"),
        ({"depth_delay_off_color_usec": 200}, "is to be 200, and it was recorded with -160"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_was_not_recorded_so_is_not_played(tmp_path: Path, change: dict[str, object], told: str) -> None:
    early = replace(FRONT, depth_delay_us=-160)
    write_set(tmp_path, (early,))
    reels = {early.serial: Reel(path=tmp_path / "front.mkv")}
    as_recorded = settings_of(early).model_copy(update={"depth_delay_off_color_usec": -160})
    device = PlaybackBench(Programme(reels=reels, source=early.serial, directory=tmp_path)).open(as_recorded)
    with pytest.raises(StartRefused) as refused:
        device.start(as_recorded.model_copy(update=change))
    (finding,) = refused.value.findings
    assert told in finding.what
    device.start(as_recorded)
    assert device.get_capture(1000) is not None
    device.close()


def test_other_serials_are_not_found(screen: Screen) -> None:
    bench = PlaybackBench(Programme(reels=screen.reels, source="", directory=screen.folder))
    assert [each.serial for each in bench.discover()] == [FRONT.serial, SIDE.serial]
    stranger = settings_of(FRONT).model_copy(update={"serial": "000999999999"})
    with pytest.raises(DeviceNotFound) as raised:
        bench.open(stranger)
    assert raised.value.findings[0].device == "front"


def test_a_file_that_libk4arecord_refuses_is_told(screen: Screen) -> None:
    screen.reels[FRONT.serial].path.write_bytes(b"no Matroska")
    with pytest.raises(DeviceLost) as raised:
        screen.show()
    (finding,) = raised.value.findings
    assert (finding.code, finding.device) == ("recording-unreadable", "front")
    assert "ksync repair" in (finding.remedy or "")

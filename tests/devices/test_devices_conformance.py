"""What every bench promises, whatever it is made of: each bench of the package passes this suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.captures import Capture, as_bytes
from kinect_sync.devices.playback import PlaybackBench
from kinect_sync.devices.port import Bench, Device
from kinect_sync.devices.programme import Programme, Reel
from kinect_sync.errors import DeviceBusy, DeviceError, DeviceNotFound, StartRefused
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.mkv.writer import MkvWriter
from tests.devices.simulation import Simulation, chain

ONE_PULSE_MS = 2000
"""Longer than any bench needs to its first capture."""


@dataclass(frozen=True)
class BenchUnderTest:
    """A bench with a chain of three devices: the settings of the master, and of two subordinates."""

    bench: Bench
    master: DeviceSettings
    subordinates: tuple[DeviceSettings, ...]
    tells_jacks: bool = True
    """Whether it knows what is plugged in; recordings don't hold that."""

    @property
    def all(self) -> Sequence[DeviceSettings]:
        return (self.master, *self.subordinates)


def build_simulated(request: pytest.FixtureRequest, directory: Path) -> BenchUnderTest:
    simulation = Simulation(directory, chain())
    left, right = simulation.settings("left"), simulation.settings("right")
    return BenchUnderTest(simulation.bench, simulation.settings("front"), (left, right))


def build_played(request: pytest.FixtureRequest, directory: Path, *, fast: bool) -> BenchUnderTest:
    pytest.importorskip("pyk4a", reason="needs the SDK that reads recordings", exc_type=ImportError)
    recordings: Path = request.getfixturevalue("recordings")
    rig = chain()
    front, left, right = (rig.settings_of(device) for device in rig.devices)
    reels = {each.serial: Reel(path=recordings / f"{each.name}.mkv") for each in (front, left, right)}
    programme = Programme(reels=reels, source=front.serial, directory=directory, fast=fast)
    return BenchUnderTest(PlaybackBench(programme), front, (left, right), tells_jacks=False)


BENCHES: dict[str, Callable[[pytest.FixtureRequest, Path], BenchUnderTest]] = {
    "simulated": build_simulated,
    "played in real time": partial(build_played, fast=False),
    "played fast": partial(build_played, fast=True),
}
"""A new bench joins here, and nowhere else."""


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of the simulated bench under test, as many captures as the suite reads of any device."""
    folder = tmp_path_factory.mktemp("recordings")
    simulation = Simulation(folder, chain())
    simulation.start_rig()
    for name, captures in simulation.read_all(8).items():
        writer = MkvWriter(
            folder / f"{name}.mkv",
            simulation.settings(name),
            color_firmware=None,
            depth_firmware=None,
            calibration=simulation.devices[name].calibration(),
        )
        for capture in captures:
            writer.write(capture)
        writer.close()
    simulation.close()
    return folder


@pytest.fixture(params=list(BENCHES))
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> BenchUnderTest:
    return BENCHES[request.param](request, tmp_path)


@pytest.fixture
def opened(under_test: BenchUnderTest) -> Iterator[Callable[[DeviceSettings], Device]]:
    devices: list[Device] = []

    def open_device(settings: DeviceSettings) -> Device:
        devices.append(under_test.bench.open(settings))
        return devices[-1]

    yield open_device
    for device in devices:
        device.close()


def read(device: Device, count: int) -> list[Capture]:
    captures = [device.get_capture(ONE_PULSE_MS) for _ in range(count)]
    return [capture for capture in captures if capture is not None]


def start_rig(under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]) -> list[Device]:
    """Start the subordinates, then the master; the master comes first in the result."""
    devices = [opened(settings) for settings in under_test.all]
    for device, settings in reversed(list(zip(devices, under_test.all, strict=True))):
        device.set_controls(settings)
        device.start(settings)
    return devices


def test_looking_lists_what_discovery_lists_as_often_as_one_likes(under_test: BenchUnderTest) -> None:
    seen = [[device.serial for device in under_test.bench.look()] for _ in range(3)]
    under_test.bench.close()
    under_test.bench.close()
    found = [device.serial for device in under_test.bench.discover()]
    assert seen == [found] * 3, "after closing, every device can be opened again"


def test_discovery_lists_every_device_and_leaves_it_closed(under_test: BenchUnderTest) -> None:
    for _ in range(2):
        found = under_test.bench.discover()
        assert {device.serial for device in found} == {settings.serial for settings in under_test.all}
        assert sorted(device.index for device in found) == [0, 1, 2]
        assert all(device.problem is None for device in found)
        assert all((device.jacks is not None) == under_test.tells_jacks for device in found)


def test_what_is_claimed_is_kept_until_it_is_opened_or_released(under_test: BenchUnderTest) -> None:
    bench = under_test.bench
    claimed = [bench.claim(index) for index in (0, 1, 2)]
    assert bench.claim(3) is None, "there is no fourth device"
    assert {device.serial for device in claimed if device} == {each.serial for each in under_test.all}
    assert [device.index for device in claimed if device] == [0, 1, 2]
    assert all(device.problem is not None for device in bench.discover()), "nobody else opens them"
    first, second = (
        next(each for each in under_test.all if device and each.serial == device.serial)
        for device in claimed[:2]
    )
    device = bench.open(first, 0)
    assert device.serial == first.serial
    bench.release(1)
    bench.release(1)
    bench.open(second, 1).close()
    device.close()
    bench.close()
    bench.close()
    assert all(device.problem is None for device in bench.discover()), "all are given back"


def test_device_is_opened_by_serial_wherever_it_was_seen(under_test: BenchUnderTest) -> None:
    for settings in under_test.all:
        for index in (None, 0, 1, 2, 99):
            device = under_test.bench.open(settings, index)
            assert device.serial == settings.serial
            device.close()


def test_unknown_serial_is_not_found(under_test: BenchUnderTest) -> None:
    with pytest.raises(DeviceNotFound) as raised:
        under_test.bench.open(under_test.master.model_copy(update={"serial": "000999999999"}))
    (finding, *_) = raised.value.findings
    assert finding.device == under_test.master.name
    assert "000999999999" in finding.what
    assert finding.remedy


def test_open_device_is_busy_for_everyone_else(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    opened(under_test.master)
    with pytest.raises(DeviceBusy) as raised:
        under_test.bench.open(under_test.master)
    assert raised.value.findings[0].remedy
    found = under_test.bench.discover()
    (busy,) = [device for device in found if device.serial is None]
    assert busy.problem is not None


def test_jacks_are_those_of_a_chain(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    jacks = [opened(settings).jacks() for settings in under_test.all]
    plugged = [(False, True), (True, True), (True, False)]
    told = plugged if under_test.tells_jacks else [(None, None)] * 3
    assert [(each.sync_in, each.sync_out) for each in jacks] == told


def test_controls_are_read_back_as_the_device_has_them(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    settings = under_test.master.model_copy(
        update={"exposure_us": 8000, "powerline_hz": 60, "gain": 70, "white_balance_k": 4500}
    )
    controls = opened(under_test.master).set_controls(settings)
    assert (controls.exposure_us, controls.powerline_hz) == (8330, 60)
    assert (controls.gain, controls.white_balance_k) == (70, 4500)


def test_a_white_balance_that_is_left_out_is_automatic_whatever_an_earlier_program_set(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    device, wanted = opened(under_test.master), under_test.master
    device.set_controls(wanted.model_copy(update={"white_balance_k": 4500}))
    controls = device.set_controls(wanted.model_copy(update={"white_balance_k": None}))
    assert controls.white_balance_k is None


def test_calibration_is_one_that_the_sdk_reads(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    pyk4a = pytest.importorskip("pyk4a", reason="needs the SDK that reads calibrations", exc_type=ImportError)
    raw = opened(under_test.master).calibration()
    assert raw is not None
    calibration = pyk4a.Calibration.from_raw(
        raw.decode(), pyk4a.DepthMode.NFOV_UNBINNED, pyk4a.ColorResolution.RES_720P
    )
    matrix = calibration.get_camera_matrix(pyk4a.CalibrationType.COLOR)
    assert 550 < matrix[0, 0] < 680
    other = opened(under_test.subordinates[0]).calibration()
    assert other != raw, "every device has its own"


def test_master_delivers_whole_captures_in_order(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    master = start_rig(under_test, opened)[0]
    captures = read(master, 5)
    assert len(captures) == 5
    for capture in captures:
        assert capture.color is not None
        assert capture.depth is not None
        assert capture.ir is not None
        assert bytes(as_bytes(capture.color)[:2]) == b"\xff\xd8"
        assert bytes(as_bytes(capture.color)[-2:]) == b"\xff\xd9"
        for image in (capture.depth, capture.ir):
            assert (image.data.shape, image.data.dtype) == ((576, 640), np.uint16)
            assert image.data.flags.c_contiguous
        assert capture.host_time_ns >= capture.depth.system_timestamp_nsec
        assert capture.depth.device_timestamp_usec == capture.ir.device_timestamp_usec
    stamps = [capture.color.device_timestamp_usec for capture in captures if capture.color]
    assert all(33_000 < step < 34_000 for step in np.diff(stamps))


def test_subordinate_waits_for_the_master(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    left, master = opened(under_test.subordinates[0]), opened(under_test.master)
    left.start(under_test.subordinates[0])
    assert left.get_capture(300) is None
    master.start(under_test.master)
    assert read(left, 3)
    master.stop()
    assert any(left.get_capture(300) is None for _ in range(1000)), "what waits to be read has an end"


def test_no_wait_is_no_wait(under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]) -> None:
    left = opened(under_test.subordinates[0])
    left.start(under_test.subordinates[0])
    assert left.get_capture(0) is None


def test_refused_start_says_why(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    settings = under_test.master.model_copy(update={"subordinate_delay_off_master_usec": 100})
    with pytest.raises(StartRefused) as raised:
        opened(under_test.master).start(settings)
    (finding, *_) = raised.value.findings
    assert finding.device == under_test.master.name
    assert finding.what
    assert finding.remedy


def test_stopped_device_gives_nothing_and_starts_again(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    devices = start_rig(under_test, opened)
    assert all(len(read(device, 2)) == 2 for device in devices)
    for device in devices:
        device.stop()
        device.stop()
    with pytest.raises(DeviceError):
        devices[0].get_capture(10)
    for device, settings in reversed(list(zip(devices, under_test.all, strict=True))):
        device.start(settings)
    assert all(len(read(device, 2)) == 2 for device in devices)


def test_closing_frees_the_device(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    master = opened(under_test.master)
    master.start(under_test.master)
    master.close()
    master.close()
    opened(under_test.master).start(under_test.master)


def test_imu_is_silent_unless_asked_for(
    under_test: BenchUnderTest, opened: Callable[[DeviceSettings], Device]
) -> None:
    master = start_rig(under_test, opened)[0]
    read(master, 3)
    assert not master.get_imu_samples()

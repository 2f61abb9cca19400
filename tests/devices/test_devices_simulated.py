"""The simulated bench behaves as the hardware does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.devices.simulated.journal import Fate
from kinect_sync.devices.simulated.world import build_world
from kinect_sync.errors import DeviceBusy, DeviceError, DeviceLost, DeviceNotFound, RigError, StartRefused
from kinect_sync.readings import Jacks
from kinect_sync.rig.hardware import AZURE_KINECT
from kinect_sync.rig.modes import Role
from tests.devices.simulation import FRONT, LEFT, RIGHT, Simulation, chain, triggered, usecs
from tests.marking import read_color_mark, read_depth_mark

Simulate = Callable[..., Simulation]


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Simulate]:
    made: list[Simulation] = []

    def build(faults: dict[str, Any] | None = None, rig: Any = None) -> Simulation:
        made.append(Simulation(tmp_path / str(len(made)), rig or chain(), faults))
        return made[-1]

    yield build
    for simulation in made:
        simulation.close()


def numbers(captures: list[Any]) -> list[int]:
    marks = [read_color_mark(capture.color.data) for capture in captures]
    return [mark[1] for mark in marks if mark]


# --- pulses and clocks ------------------------------------------------------------------------------------


def test_subordinates_are_silent_until_the_master_runs(simulate: Simulate) -> None:
    rig = simulate()
    rig.start("right", "left")
    assert rig.read("left", 1, 2000) == rig.read("right", 1, 2000) == []
    rig.start("front")
    assert all(rig.read(name, 1) for name in ("left", "right", "front"))


def test_devices_that_saw_the_first_pulse_agree_on_its_time(simulate: Simulate) -> None:
    rig = simulate({"devices": {name: {"drift_ppm": 0} for name in ("front", "left", "right")}})
    rig.start_rig()
    at: dict[str, dict[int, int]] = {}
    for name, captures in rig.read_all(40).items():
        at[name] = dict(zip(numbers(captures), usecs(captures), strict=True))
    common = set(at["front"]) & set(at["left"]) & set(at["right"])
    assert len(common) >= 36
    for number in common:
        assert abs(at["left"][number] - at["front"][number]) < 25
        assert abs(at["right"][number] - at["front"][number]) < 25


def test_first_color_image_comes_where_the_firmware_brings_it(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    first = {name: usecs(rig.read(name, 1))[0] for name in ("front", "left", "right")}
    assert all(219_500 < usec < 219_700 + 3 * 33_400 for usec in first.values())
    assert len(set(first.values())) > 1, "devices do not all begin with the same pulse"


def test_timestamps_stand_on_the_grid_of_90_kHz(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    for usec in usecs(rig.read("left", 50)) + usecs(rig.read("front", 50), "depth"):
        tick = round(usec * 9 / 100)
        assert usec == tick * 100 // 9


@pytest.mark.parametrize(
    ("why", "delays", "color_us", "depth_us"),
    [
        ("no delay", {}, 0, 0),
        ("160 is 14 ticks", {"depth_delay_off_color_usec": 160}, 0, 155.6),
        ("a negative delay is cut toward zero", {"depth_delay_off_color_usec": -80}, 0, -77.8),
        ("both images move", {"subordinate_delay_off_master_usec": 400}, 400, 400),
        (
            "delays add up",
            {"subordinate_delay_off_master_usec": 33_300, "depth_delay_off_color_usec": 500},
            33_300,
            33_800,
        ),
    ],
)
def test_delays_are_whole_ticks(
    simulate: Simulate, why: str, delays: dict[str, int], color_us: float, depth_us: float
) -> None:
    devices = [device.model_dump() for device in chain().devices]
    devices[1] |= delays
    still = {name: {"drift_ppm": 0, "jitter_us": 0} for name in ("front", "left", "right")}
    rig = simulate({"devices": still}, chain(devices=devices))
    rig.start_rig()
    captures = rig.read_all(30)
    front = dict(zip(numbers(captures["front"]), usecs(captures["front"]), strict=True))
    pairs = zip(numbers(captures["left"]), captures["left"], strict=True)
    for number, capture in [pair for pair in pairs if pair[0] in front]:
        assert capture.color.device_timestamp_usec - front[number] == pytest.approx(color_us, abs=12)
        assert capture.depth.device_timestamp_usec - front[number] == pytest.approx(depth_us, abs=12)


def test_clocks_drift_apart_but_count_the_same_pulses(simulate: Simulate) -> None:
    rig = simulate({"devices": {"front": {"drift_ppm": 100}, "left": {"drift_ppm": -300}}})
    rig.start_rig()
    first = {name: rig.read(name, 1)[0] for name in ("front", "left")}
    rig.advance(600)
    last = {name: rig.read(name, 8)[-1] for name in ("front", "left")}
    seen = {}
    for name in ("front", "left"):
        (start,), (end,) = numbers([first[name]]), numbers([last[name]])
        seen[name] = (usecs([last[name]])[0] - usecs([first[name]])[0]) / (end - start)
    assert seen["front"] == pytest.approx(1e6 / 30, rel=2e-6), "its own crystal counts out its period"
    assert seen["left"] / seen["front"] - 1 == pytest.approx(-400e-6, abs=5e-6)


def test_device_started_late_counts_from_its_own_first_pulse(simulate: Simulate) -> None:
    rig = simulate()
    rig.start("left", "front")
    rig.advance(10)
    rig.start("right")
    late, known = rig.read("right", 1), rig.read("left", 8)[-1:]
    assert usecs(late)[0] < 400_000 < 9_000_000 < usecs(known)[0]
    assert numbers(late)[0] > 300, "and yet it is the same pulse train"


def test_master_that_stops_starves_the_others(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    rig.read_all(10)
    rig.devices["front"].stop()
    assert len(rig.read("left", 30)) < 10
    assert rig.read("left", 1, 3000) == []
    rig.start("front")
    again = rig.read("left", 3)
    assert numbers(again)[0] >= 1000, "a new train has numbers of its own"
    assert usecs(again)[0] > 3_000_000, "a clock is zeroed by the first pulse after its device's start"


def test_rig_runs_a_second_time(simulate: Simulate) -> None:
    rig = simulate()
    for _ in range(2):
        rig.start_rig()
        captures = rig.read_all(20)
        assert all(usecs(each)[0] < 400_000 for each in captures.values())
        assert min(len(each) for each in captures.values()) >= 19
        for device in rig.devices.values():
            device.stop()


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_every_frame_rate_has_its_period(simulate: Simulate, fps: int) -> None:
    rig = simulate(rig=chain(camera={"fps": fps}))
    rig.start_rig()
    steps = np.diff(usecs(rig.read("left", 30, 1000)))
    assert np.abs(steps - 1e6 / fps).max() < 100


# --- captures ---------------------------------------------------------------------------------------------


def test_images_carry_serial_and_pulse(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    for capture in rig.read("right", 5):
        mark = read_color_mark(capture.color.data)
        assert mark is not None
        assert mark[0] == RIGHT
        assert read_depth_mark(capture.depth.data) == read_depth_mark(capture.ir.data) == mark


def test_captures_are_not_shared(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    held = rig.read("left", 40)
    assert len(set(numbers(held))) == 40
    assert [read_depth_mark(capture.depth.data) for capture in held] == [(LEFT, n) for n in numbers(held)]


def test_queue_keeps_seven_and_silently_loses_the_oldest(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    rig.read("left", 1)
    rig.advance(2.0)
    kept = numbers([rig.devices["left"].get_capture(0) for _ in range(7)])
    assert rig.devices["left"].get_capture(0) is None
    assert kept == list(range(kept[0], kept[0] + 7))
    overrun = [line.number for line in rig.truth("left") if line.fate is Fate.OVERRUN]
    assert 50 <= len(overrun) <= 60
    assert overrun[-1] == kept[0] - 1


def test_capture_comes_some_time_after_its_exposure(simulate: Simulate) -> None:
    rig = simulate()
    rig.start_rig()
    captures = rig.read("left", 30)
    truth = {line.number: line for line in rig.truth("left")}
    for number, capture in zip(numbers(captures), captures, strict=True):
        assert 20e6 <= capture.host_time_ns - truth[number].depth_time_ns <= 41e6
        assert capture.depth.system_timestamp_nsec <= capture.host_time_ns


def test_early_captures_reach_those_who_do_not_ask_for_pairs(simulate: Simulate) -> None:
    rig = simulate(rig=chain(camera={"synchronized_images_only": False}))
    rig.start("left")
    assert rig.read("left", 1, 3000) == [], "not before the pulses"
    rig.start("front")
    early, later = rig.read("left", 2), rig.read("left", 3)
    assert all(capture.color is None for capture in early)
    assert min(usecs(early, "depth")) > 3_600_000_000
    assert all(capture.color is not None for capture in later)
    assert max(usecs(later, "depth")) < 1_000_000


def test_depth_only_device_has_no_color(simulate: Simulate) -> None:
    devices = [device.model_dump() for device in chain().devices]
    devices[1] |= {"color_resolution": "off"}
    rig = simulate(rig=chain(devices=devices))
    rig.start_rig()
    captures = rig.read("left", 10)
    assert all(capture.color is None and capture.depth is not None for capture in captures)


def test_passive_ir_has_no_depth(simulate: Simulate) -> None:
    rig = simulate(rig=chain(camera={"depth_mode": "passive_ir"}))
    rig.start_rig()
    capture = rig.read("left", 1)[0]
    assert capture.depth is None
    assert capture.ir.data.shape == (1024, 1024)


def test_imu_samples_come_when_asked_for(simulate: Simulate) -> None:
    rig = simulate(rig=chain(imu=True))
    rig.start_rig()
    rig.read("left", 1)
    rig.devices["left"].get_imu_samples()
    rig.advance(0.5)
    samples = rig.devices["left"].get_imu_samples()
    assert len(samples) == pytest.approx(833, abs=16)
    assert len(samples) % 8 == 0
    stamps = [sample.acc_timestamp_usec for sample in samples]
    assert set(np.diff(stamps)) <= {588, 589, 599, 600, 601, 611, 612}
    silent = simulate()
    silent.start_rig()
    silent.read("left", 3)
    assert not silent.devices["left"].get_imu_samples()


# --- faults -----------------------------------------------------------------------------------------------

JACK_CASES = [
    ("as the topology has it", {}, (False, True), (True, True), (True, False)),
    ("loose at left", {"left": {"cable": "unplugged"}}, (False, True), (False, True), (True, False)),
    ("no cable to left", {"left": {"cable": "absent"}}, (False, False), (False, True), (True, False)),
    ("dead looks well", {"left": {"cable": "dead"}}, (False, True), (True, True), (True, False)),
    ("swapped at the end", {"right": {"cable": "swapped"}}, (False, True), (True, True), (False, True)),
    ("a lie", {"front": {"jacks": {"sync_out": False}}}, (False, False), (True, True), (True, False)),
]


@pytest.mark.parametrize(
    ("why", "faults", "front", "left", "right"), JACK_CASES, ids=[c[0] for c in JACK_CASES]
)
def test_jacks(simulate: Simulate, why: str, faults: Any, front: Any, left: Any, right: Any) -> None:
    found = {device.serial: device.jacks for device in simulate({"devices": faults}).bench.discover()}
    for serial, (sync_in, sync_out) in ((FRONT, front), (LEFT, left), (RIGHT, right)):
        assert found[serial] == Jacks(sync_in=sync_in, sync_out=sync_out)


HEARING_CASES = [
    ("dead cable", {"left": {"cable": "dead"}}, (), (LEFT,)),
    ("dead at the end", {"right": {"cable": "dead"}}, (FRONT,), ()),
    ("swapped in the middle", {"left": {"cable": "swapped"}}, (), ()),
    ("nobody in the middle", {"left": {"missing": True}}, None, ()),
    ("the master swapped", {"front": {"cable": "swapped"}}, (), (LEFT,)),
]


@pytest.mark.parametrize(("why", "faults", "left", "right"), HEARING_CASES, ids=[c[0] for c in HEARING_CASES])
def test_broken_cable_silences_all_behind_it(
    simulate: Simulate, why: str, faults: Any, left: Any, right: Any
) -> None:
    hears = {device.serial: device.hears for device in simulate({"devices": faults}).world.devices}
    assert (hears.get(LEFT), hears[RIGHT]) == (left, right)


def test_silent_chain_is_silent(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"cable": "dead"}}})
    rig.start_rig()
    assert rig.read("front", 5)
    assert rig.read("left", 1, 2000) == rig.read("right", 1, 2000) == []


def test_cable_that_breaks_ends_the_captures_of_all_behind_it(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"cable_breaks_at": 30}}})
    rig.start_rig()
    captures = rig.read_all(60)
    assert numbers(captures["left"])[-1] == numbers(captures["right"])[-1] == 29
    assert numbers(captures["front"])[-1] > 50


def test_alone_a_device_needs_no_cable(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"cable_breaks_at": 30}}})
    settings = rig.settings("left").model_copy(update={"role": Role.STANDALONE})
    rig.open("left").start(settings)
    assert len(rig.read("left", 60)) == 60


def test_what_happens_at_a_pulse_happens_in_each_start(simulate: Simulate) -> None:
    """A camera that stalls after a second does so again, and is not dead from its start."""
    rig = simulate({"devices": {"left": {"stall_at": 30, "drops": [20]}}})
    lost = []
    for _ in range(2):
        rig.start_rig()
        seen = rig.read_all(60)
        first = numbers(seen["front"])[0] - numbers(seen["front"])[0] % 1000
        lost.append((numbers(seen["left"])[-1] - first, first + 20 in numbers(seen["left"])))
        for device in rig.devices.values():
            device.stop()
        rig.advance(1.0)
    assert lost == [(29, False), (29, False)]


def test_a_subordinate_that_runs_free_exposes_every_period_of_its_own_clock(simulate: Simulate) -> None:
    still = {name: {"drift_ppm": 0, "jitter_us": 0} for name in ("front", "right")}
    rig = simulate({"devices": {**still, "left": {"drift_ppm": 500, "jitter_us": 0, "free_runs_from": 30}}})
    rig.start_rig()
    rig.read_all(120)
    names = ("front", "left", "right")
    front, left, right = ({each.number: each for each in rig.truth(name)} for name in names)
    common = sorted(front.keys() & left.keys() & right.keys())
    assert common[0] < 20
    assert common[-1] > 100
    for number in common:
        pulse_ns = front[number].color_time_ns
        early_us = max(0, number - 29) * 500 / 30
        assert (pulse_ns - left[number].color_time_ns) / 1000 == pytest.approx(early_us, abs=40), number
        assert (pulse_ns - right[number].color_time_ns) == 0, "right still gets the pulses through left"
    steps = np.diff([left[number].color_usec for number in common if number >= 29])
    assert abs(steps.mean() - 1e6 / 30) < 0.2, "by its own clock it is never late"


@pytest.mark.parametrize(("right", "last"), [({}, 29), ({"free_runs_from": 30}, 100)])
def test_behind_a_pulled_cable_a_device_ends_or_runs_free(simulate: Simulate, right: Any, last: int) -> None:
    """The sync out of the device whose cable was pulled mirrors a sync in without pulses."""
    left = {"cable_breaks_at": 30, "free_runs_from": 30}
    rig = simulate({"devices": {"left": left, "right": right}})
    rig.start_rig()
    captures = rig.read_all(120)
    assert numbers(captures["left"])[-1] > 100
    assert numbers(captures["right"])[-1] >= last
    assert right or numbers(captures["right"])[-1] == last


def test_a_device_that_runs_free_outlives_the_master(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"free_runs_from": 20}}})
    rig.start_rig()
    rig.read_all(40)
    rig.devices["front"].stop()
    rig.advance(0.3)
    rig.read("right", 60, 200)
    assert rig.read("right", 1, 1000) == []
    assert len(rig.read("left", 40)) == 40


def test_a_device_that_never_heard_a_pulse_does_not_run_free(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"free_runs_from": 0, "cable": "dead"}}})
    rig.start_rig()
    assert rig.read("front", 5)
    assert rig.read("left", 1, 2000) == []


def test_a_device_that_is_started_after_a_train_has_ended_waits_for_the_next_one(simulate: Simulate) -> None:
    """As when one pair of devices after the other is tried: old pulses must not zero a clock."""
    world = simulate()
    world.start("left", "front")
    world.read("left", 3)
    world.devices["front"].stop()
    world.advance(1.0)
    world.start("right")
    assert world.read("right", 1, 1000) == []
    world.devices["front"].start(world.settings("front"))
    front, right = world.read("front", 5), world.read("right", 5)
    assert len(right) == 5
    for captures in (front, right):
        assert 0 < usecs(captures)[0] < 1_000_000, "the new train has zeroed both clocks"


def test_free_running_device_needs_no_pulses(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"free_running": True}}})
    rig.start("left", "right")
    assert len(rig.read("left", 5)) == 5
    assert rig.read("right", 1) == []


@pytest.mark.parametrize(
    ("why", "fault", "low", "high"),
    [
        ("counts since it was switched on", {"clock_not_reset": True}, 3.6e9, 3e10),
        ("zeroed 7 pulses late", {"misses_pulses": 7}, -7 * 33_333 - 50, -7 * 33_333 + 50),
        ("exposes late", {"bias_us": 1700}, 1670, 1730),
    ],
)
def test_clock_faults(simulate: Simulate, why: str, fault: Any, low: float, high: float) -> None:
    still = {"front": {"drift_ppm": 0}, "left": {"drift_ppm": 0, **fault}}
    rig = simulate({"devices": still})
    rig.start_rig()
    captures = rig.read_all(40)
    front = dict(zip(numbers(captures["front"]), usecs(captures["front"]), strict=True))
    left = dict(zip(numbers(captures["left"]), usecs(captures["left"]), strict=True))
    common = set(front) & set(left)
    assert len(common) > 20
    assert all(low <= left[number] - front[number] <= high for number in common)


def test_an_exposure_settles_over_the_first_captures_of_every_start(simulate: Simulate) -> None:
    still = {"jitter_us": 0, "drift_ppm": 0}
    rig = simulate({"devices": {"front": still, "left": {**still, "unsettled": 3, "unsettled_us": 900}}})
    for _ in range(2):
        rig.start_rig()
        captures = rig.read_all(12)
        front = dict(zip(numbers(captures["front"]), usecs(captures["front"]), strict=True))
        left = zip(numbers(captures["left"]), usecs(captures["left"]), strict=True)
        late = [round((at - front[number]) / 100) for number, at in left if number in front]
        assert late.count(9) in (1, 2, 3)
        assert late == [9] * late.count(9) + [0] * late.count(0)
        assert late.count(0) > 3
        for device in rig.devices.values():
            device.stop()


def test_lost_captures_are_holes_in_the_numbers(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"drops": [20, 21]}, "right": {"drops": {"every": 10, "start": 15}}}})
    rig.start_rig()
    captures = rig.read_all(60)
    left, right = numbers(captures["left"]), numbers(captures["right"])
    assert set(range(left[0], left[-1])) - set(left) == {20, 21}
    assert set(range(right[0], right[-1])) - set(right) >= {15, 25, 35, 45, 55}
    dropped = [line for line in rig.truth("left") if line.fate is Fate.DROPPED]
    assert [(line.number, line.why) for line in dropped] == [(n, "lost by the sensor") for n in (20, 21)]


@pytest.mark.parametrize(
    ("why", "pairs_only", "fates"),
    [
        ("the SDK drops half captures", True, {20: Fate.DROPPED, 25: Fate.DROPPED}),
        ("half captures pass", False, {20: Fate.HALF, 25: Fate.HALF}),
    ],
)
def test_half_captures(simulate: Simulate, why: str, pairs_only: bool, fates: dict[int, Fate]) -> None:
    faults = {"left": {"half": {"color": [20], "depth": [25]}}}
    rig = simulate({"devices": faults}, chain(camera={"synchronized_images_only": pairs_only}))
    rig.start_rig()
    captures = [capture for capture in rig.read("left", 40) if (usecs([capture], "depth") or [0])[0] < 1e9]
    assert {line.number: line.fate for line in rig.truth("left") if line.number in fates} == fates
    halves = [(capture.color is None, capture.depth is None, capture.ir is None) for capture in captures]
    assert halves.count((True, False, False)) == halves.count((False, True, True)) == (0 if pairs_only else 1)


@pytest.mark.parametrize(
    ("fault", "color", "depth", "infrared"),
    [("covered_at", (0, 10), 0, 65_535), ("overexposed_at", (250, 256), None, None)],
)
def test_what_a_device_sees_is_spoilt_from_a_pulse_on(
    simulate: Simulate, fault: str, color: tuple[int, int], depth: int | None, infrared: int | None
) -> None:
    rig = simulate({"devices": {"left": {fault: 20}}})
    rig.start_rig()
    seen = rig.read("left", 24)
    assert {19, 20} < set(numbers(seen))
    for number, capture in zip(numbers(seen), seen, strict=True):
        with Image.open(BytesIO(capture.color.data)) as picture:
            shade = float(np.asarray(picture.convert("L")).mean())
        inside = capture.depth.data[1:], capture.ir.data[1:]
        assert (color[0] <= shade < color[1]) is (number >= 20)
        for image, value in zip(inside, (depth, infrared), strict=True):
            assert value is None or bool((image == value).all()) is (number >= 20)
        assert read_depth_mark(capture.depth.data) == read_depth_mark(capture.ir.data) == (LEFT, number)


def test_stalled_device_only_times_out(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"stall_at": 20}}})
    rig.start_rig()
    assert numbers(rig.read("left", 60))[-1] == 19
    assert rig.devices["left"].get_capture(5000) is None


def test_stream_error_lasts_until_the_next_start(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"stream_error_at": 20}}})
    rig.start_rig()
    for _ in range(2):
        with pytest.raises(DeviceLost, match="left: its stream ended"):
            rig.read("left", 60)
    rig.devices["left"].stop()
    with pytest.raises(DeviceLost, match="do not run"):
        rig.read("left", 1)


class Hanging(Exception):
    pass


def test_hanging_call_never_returns(simulate: Simulate, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = simulate({"devices": {"left": {"hang_at": 20}}})
    rig.start_rig()
    wait, begin_ns = rig.clock.wait_until_ns, rig.clock.now_ns()

    def wait_a_year_at_most(time_ns: int) -> None:
        wait(time_ns)
        if rig.clock.now_ns() - begin_ns > 365 * 86_400 * 10**9:
            raise Hanging

    monkeypatch.setattr(rig.clock, "wait_until_ns", wait_a_year_at_most)
    with pytest.raises(Hanging):
        rig.read("left", 60)


OPEN_CASES = [
    ("held by another program", {"busy": True}, DeviceBusy, "device-busy"),
    ("does not open", {"open_fails": True}, DeviceError, "open-failed"),
    ("not connected", {"missing": True}, DeviceNotFound, "device-not-found"),
    ("another in its place", {"serial": "000999999999"}, DeviceNotFound, "device-not-found"),
]


@pytest.mark.parametrize(("why", "fault", "error", "code"), OPEN_CASES, ids=[case[0] for case in OPEN_CASES])
def test_device_that_cannot_be_opened(
    simulate: Simulate, why: str, fault: Any, error: Any, code: str
) -> None:
    rig = simulate({"devices": {"left": fault}})
    with pytest.raises(error) as raised:
        rig.open("left")
    (finding,) = raised.value.findings
    assert (finding.device, finding.code) == ("left", code)
    found = rig.bench.discover()
    assert LEFT not in [device.serial for device in found]
    assert len(found) == (2 if "missing" in fault else 3)
    assert [device.problem.code for device in found if device.problem] == (
        [code] if code in ("device-busy", "open-failed") else []
    )


def test_unexpected_device_is_listed(simulate: Simulate) -> None:
    found = simulate({"extra": [{"serial": "000777777777"}]}).bench.discover()
    assert "000777777777" in [device.serial for device in found]


def test_controls_that_fail(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"control_fails": True}}})
    with pytest.raises(DeviceError, match="left: the SDK could not set"):
        rig.open("left").set_controls(rig.settings("left"))


def test_start_that_fails(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"start_fails": True}}})
    with pytest.raises(StartRefused, match="left: the SDK could not start"):
        rig.start("left")


def test_fault_of_an_unknown_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RigError, match="did you mean `left`"):
        build_world(chain(), tmp_path, Faults.model_validate({"devices": {"lefft": {"busy": True}}}))


# --- what start_cameras refuses ---------------------------------------------------------------------------

REFUSED = [
    ("a subordinate without a plug", {}, {"left": {"cable": "unplugged"}}, "left", "sync in"),
    ("a master without a plug", {}, {"left": {"cable": "absent"}}, "front", "sync out"),
    ("a master without color", {"color_resolution": "off"}, {}, "front", "color camera"),
    ("a delay beyond a period", {"subordinate_delay_off_master_usec": 33_334}, {}, "left", "33333"),
    ("a delay of a master", {"subordinate_delay_off_master_usec": 1}, {}, "front", "only a subordinate"),
    ("a depth delay beyond a period", {"depth_delay_off_color_usec": -33_334}, {}, "left", "either way"),
    ("no camera", {"color_resolution": "off", "depth_mode": "off"}, {}, "left", "neither"),
    (
        "pairs of one camera",
        {"depth_mode": "off", "synchronized_images_only": True},
        {},
        "left",
        "one camera",
    ),
    (
        "a depth delay of one camera",
        {"depth_mode": "off", "depth_delay_off_color_usec": 5},
        {},
        "left",
        "one camera",
    ),
    ("too fast for the mode", {"depth_mode": "wfov_unbinned"}, {}, "left", "15 fps"),
    ("too fast for the resolution", {"color_resolution": "3072p"}, {}, "left", "15 fps"),
]


@pytest.mark.parametrize(
    ("why", "fields", "faults", "name", "word"), REFUSED, ids=[case[0] for case in REFUSED]
)
def test_refused_start(simulate: Simulate, why: str, fields: Any, faults: Any, name: str, word: str) -> None:
    devices = [device.model_dump() for device in chain().devices]
    for device in devices:
        if device["name"] == name:
            device |= fields
    rig = simulate({"devices": faults}, chain(devices=devices))
    with pytest.raises(StartRefused, match=word):
        rig.start(name)


def test_formats_but_mjpg_and_bgra_are_720p_only(simulate: Simulate) -> None:
    rig = simulate(rig=chain(camera={"color_format": "nv12", "color_resolution": "1080p"}))
    with pytest.raises(StartRefused, match="720p only"):
        rig.start("left")


def test_starting_twice_is_refused(simulate: Simulate) -> None:
    rig = simulate()
    rig.start("left")
    with pytest.raises(StartRefused, match="already run"):
        rig.start("left")


@pytest.mark.parametrize("powerline_hz", [50, 60])
@pytest.mark.parametrize("fps", [5, 15, 30])
@pytest.mark.parametrize("exposure_us", [1, 500, 501, 8330, 33_330, 33_331, 66_670, 200_000])
def test_exposure_is_rounded_as_the_rig_expects(
    simulate: Simulate, powerline_hz: int, fps: int, exposure_us: int
) -> None:
    camera = {"powerline_hz": powerline_hz, "fps": fps, "exposure_us": exposure_us}
    rig = simulate(rig=chain(camera=camera))
    controls = rig.open("left").set_controls(rig.settings("left"))
    assert controls.exposure_us == AZURE_KINECT.exposures.effective_us(exposure_us, powerline_hz, fps)


def test_controls_stay_in_the_device(simulate: Simulate) -> None:
    rig = simulate()
    left, settings = rig.open("left"), rig.settings("left")
    left.set_controls(settings.model_copy(update={"gain": 77, "white_balance_k": 4000}))
    left.close()
    controls = rig.open("left").set_controls(settings)
    assert (controls.gain, controls.white_balance_k) == (77, None), (
        "what is left out is automatic, or as it was"
    )


# --- trigger, star, Femto ---------------------------------------------------------------------------------


def test_trigger_waits_for_the_last_device(simulate: Simulate) -> None:
    rig = simulate({"trigger": {"starts_after_s": 1.0}}, triggered())
    rig.start("front", "right")
    assert rig.read("front", 1, 5000) == []
    rig.start("left")
    assert rig.read("front", 1, 900) == []
    captures = rig.read_all(20)
    assert all(20 >= len(each) > 15 and usecs(each)[0] < 400_000 for each in captures.values())


@pytest.mark.parametrize(
    ("why", "faults", "silent_first", "period_us"),
    [
        ("it already runs", {"already_running": True}, False, 33_333.3),
        ("it runs at its own frequency", {"fps": 29.0}, True, 34_482.8),
    ],
)
def test_trigger_faults(
    simulate: Simulate, why: str, faults: Any, silent_first: bool, period_us: float
) -> None:
    rig = simulate({"trigger": faults}, triggered())
    rig.start("front", "left")
    assert (rig.read("front", 1, 1000) == []) is silent_first
    rig.start("right")
    captures = rig.read("right", 30, 5000)
    assert np.diff(usecs(captures)).mean() == pytest.approx(period_us, rel=3e-4)


def test_trigger_is_stopped_with_the_last_device_and_set_off_again(simulate: Simulate) -> None:
    rig = simulate({"trigger": {"starts_after_s": 1.0}}, triggered())
    for _ in range(2):
        rig.start_rig()
        assert rig.read("front", 1, 500) == [], "it waits until all are armed, each time"
        assert all(len(captures) > 5 for captures in rig.read_all(30).values())
        for device in rig.devices.values():
            device.stop()
        rig.advance(1.0)
    runs_on = simulate({"trigger": {"already_running": True}}, triggered())
    for _ in range(2):
        runs_on.start("front")
        assert len(runs_on.read("front", 1, 2000)) == 1
        runs_on.devices["front"].stop()


def test_trigger_that_never_starts_or_stops(simulate: Simulate) -> None:
    never = simulate({"trigger": {"never_starts": True}}, triggered())
    never.start("front", "left", "right")
    assert never.read("left", 1, 60_000) == []
    stops = simulate({"trigger": {"stops_after_s": 2.0}}, triggered())
    stops.start("front", "left", "right")
    captures = stops.read("left", 100, 5000)
    assert numbers(captures)[-1] == 59


def test_star_feeds_every_device_from_the_master(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"cable": "dead"}}}, chain(topology="star"))
    rig.start_rig()
    assert rig.read("right", 3)
    assert rig.read("left", 1) == []
    jacks = {device.serial: device.jacks for device in rig.world.devices}
    assert jacks[LEFT] == jacks[RIGHT] == Jacks(sync_in=True, sync_out=False)


def test_femto_has_no_detectors_and_the_time_of_day(simulate: Simulate) -> None:
    devices = [device.model_dump() for device in chain().devices]
    devices[1]["depth_delay_off_color_usec"] = -160
    rig = simulate({"devices": {"left": {"cable": "dead"}}}, chain(hardware="femto", devices=devices))
    rig.start_rig()
    assert rig.read("left", 1) == [], "a dead cable is found by behaviour alone"
    assert rig.devices["left"].jacks() == Jacks(sync_in=None, sync_out=None)
    capture = rig.read("front", 1)[0]
    assert usecs([capture])[0] > 1.6e15
    well = simulate(rig=chain(hardware="femto", devices=devices))
    well.start_rig()
    held_back = well.read("left", 1)[0]
    assert usecs([held_back])[0] - usecs([held_back], "depth")[0] == pytest.approx(156, abs=12)


# --- the journal ------------------------------------------------------------------------------------------


def test_journal_tells_what_was_delivered(simulate: Simulate) -> None:
    rig = simulate({"devices": {"left": {"drops": [25]}}})
    rig.start_rig()
    captures = rig.read("left", 30)
    rig.advance(0.2)
    rig.devices["left"].get_capture(0)
    rig.devices["left"].stop()
    lines = rig.truth("left")
    delivered = [line for line in lines if line.fate is Fate.DELIVERED]
    assert [line.number for line in delivered][:30] == numbers(captures)
    assert [line.color_usec for line in delivered][:30] == usecs(captures)
    assert sorted(line.number for line in lines) == list(range(lines[0].number, lines[0].number + len(lines)))
    assert {line.fate for line in lines} == {Fate.DELIVERED, Fate.DROPPED, Fate.UNREAD}

"""The virtual Kinects behave as Kinects do; what other tests prove rests on it."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.host.graphics import serves_display
from kinect_sync.host.view import Host
from tests.cli.commands import PATIENCE_S, wait_until
from tests.marking import read_color_mark
from tests.virtual_k4a.bench import LONG_QUEUE, TRIGGER, VirtualBench, VirtualDevice, chain, star
from tests.virtual_k4a.fixtures import require_virtual_k4a
from tests.virtual_k4a.screen import reserve_display

ROOT = Path(__file__).parents[2]
A, B, C = "000123456712", "000234567812", "000345678912"
STANDALONE, MASTER, SUBORDINATE = 0, 1, 2
FAST = {"first_us": 5000, "start_us": 0, "queue": LONG_QUEUE}


_launched: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _no_process_outlives_its_test() -> Iterator[None]:
    yield
    while _launched:
        with _launched.pop() as process:
            process.kill()


def launch(
    bench: VirtualBench, program: str, plan: Any, here: tuple[str, ...] = (), **pipes: Any
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.virtual_k4a.programs", program, json.dumps(plan)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
    process = subprocess.Popen(command, env=bench.environment(*here), cwd=ROOT, text=True, **pipes)
    _launched.append(process)
    return process


def finish(process: subprocess.Popen[str]) -> Any:
    stdout, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, stderr
    return json.loads(stdout)


def wait_for(process: subprocess.Popen[str], condition: Callable[[], bool], what: str) -> None:
    """Wait for what must come to pass while a process runs."""

    def came() -> bool:
        assert process.poll() is None
        return condition()

    wait_until(came, what)


def run(bench: VirtualBench, program: str, plan: Any) -> Any:
    return finish(launch(bench, program, plan))


@pytest.fixture
def make_bench(tmp_path: Path) -> Any:
    require_virtual_k4a()
    return lambda *devices: VirtualBench(tmp_path, devices)


STARTS = [
    ("plain", {}, None, "standalone, both cameras"),
    ("plain", {"wired_sync_mode": SUBORDINATE}, "no-sync-in", "a subordinate needs a plug in sync in"),
    ("plain", {"wired_sync_mode": MASTER}, "no-sync-out", "a master needs a plug in sync out"),
    ("wired", {"wired_sync_mode": MASTER}, None, "a master may have a plug in sync in"),
    (
        "wired",
        {"wired_sync_mode": MASTER, "color_resolution": 0},
        "master-without-color",
        "a master needs color",
    ),
    (
        "wired",
        {"wired_sync_mode": SUBORDINATE, "subordinate_delay_off_master_usec": 33333},
        None,
        "one period",
    ),
    (
        "wired",
        {"wired_sync_mode": SUBORDINATE, "subordinate_delay_off_master_usec": 33334},
        "subordinate-delay",
        "more",
    ),
    (
        "plain",
        {"subordinate_delay_off_master_usec": 1},
        "delay-of-no-subordinate",
        "a delay on no subordinate",
    ),
    ("plain", {"depth_delay_off_color_usec": -33333}, None, "depth a period before color"),
    ("plain", {"depth_delay_off_color_usec": 33334}, "depth-delay", "depth too late"),
    ("plain", {"camera_fps": 0, "depth_delay_off_color_usec": 200000}, None, "a period at 5 fps"),
    ("plain", {"color_resolution": 0, "depth_mode": 0}, "no-camera", "both cameras off"),
    ("plain", {"depth_mode": 0}, "synchronized-one-camera", "synchronized with one camera"),
    ("plain", {"depth_mode": 0, "synchronized_images_only": False}, None, "color alone"),
    (
        "plain",
        {"color_resolution": 0, "synchronized_images_only": False, "depth_delay_off_color_usec": 1},
        "depth-delay-of-one-camera",
        "a depth delay without color",
    ),
    (
        "plain",
        {"color_resolution": 0, "synchronized_images_only": False, "color_format": 4},
        "color-format",
        "unused",
    ),
    ("plain", {"depth_mode": 4}, "too-fast", "WFOV unbinned at 30 fps"),
    ("plain", {"depth_mode": 4, "camera_fps": 1}, None, "WFOV unbinned at 15 fps"),
    ("plain", {"color_resolution": 6}, "too-fast", "3072p at 30 fps"),
    ("plain", {"color_resolution": 6, "camera_fps": 1}, None, "3072p at 15 fps"),
    ("plain", {"color_format": 1, "color_resolution": 2}, "format-of-resolution", "NV12 in 1080p"),
    ("plain", {"color_format": 3, "color_resolution": 2}, None, "BGRA in 1080p"),
    (
        "femto",
        {"wired_sync_mode": MASTER, "color_resolution": 0, "synchronized_images_only": False},
        None,
        "lax",
    ),
    (
        "femto",
        {"wired_sync_mode": SUBORDINATE, "camera_fps": 0, "subordinate_delay_off_master_usec": 33334},
        "subordinate-delay",
        "a Femto's delays end at 33333 whatever the frame rate",
    ),
]


def test_the_start_is_refused_by_the_rules_of_libk4a(make_bench: Any) -> None:
    bench = make_bench(
        VirtualDevice(A, **FAST),
        VirtualDevice(B, sync_in=True, sync_out=True, **FAST),
        VirtualDevice("CL8K14101E3", femto=True, **FAST),
    )
    index = {"plain": 0, "wired": 1, "femto": 2}
    results = run(bench, "starts", [{"device": index[device], **changes} for device, changes, _, _ in STARTS])
    outcomes = [
        event.details["rule"] if event.what == "refused" else None
        for event in bench.events()
        if event.what in ("start", "refused")
    ]
    for (_, _, rule, sentence), result, outcome in zip(STARTS, results, outcomes, strict=True):
        assert (outcome, result) == (rule, int(rule is not None)), sentence


def test_a_chain_shares_pulses_and_clock_across_its_drift(make_bench: Any) -> None:
    master, left, right = chain(A, B, C, queue=LONG_QUEUE)
    bench = make_bench(master, left, right)
    plan = {"start": [[2, SUBORDINATE, 0], [1, SUBORDINATE, 0], [0, MASTER, 0]], "captures": 4}
    report = run(bench, "stream", plan)
    times = {(row[0], row[1]): row[2] for rows in report.values() for row in rows}
    for (serial, number), usec in times.items():
        assert abs(usec - (219_555 + round(number * 100_000 / 3))) <= 12, serial
    assert {serial for serial, _ in times} == {A, B, C}


def test_clocks_run_at_their_own_rate(make_bench: Any) -> None:
    master = VirtualDevice(A, sync_out=True, first_us=200_000, drift_ppm=-1500, queue=LONG_QUEUE)
    slow, fast = (
        VirtualDevice(s, sync_in=True, fed_by=A, first_us=200_000, drift_ppm=d, queue=LONG_QUEUE)
        for s, d in ((B, 0), (C, 2500))
    )
    bench = make_bench(master, slow, fast)
    plan = {"start": [[1, SUBORDINATE, 0], [2, SUBORDINATE, 0], [0, MASTER, 0]], "captures": 1}
    report = run(bench, "stream", plan)
    first = {index: report[index][0][2] for index in "012"}
    assert abs(first["0"] - 200_000) <= 12
    assert abs(first["1"] - 200_300) <= 12
    assert abs(first["2"] - 200_800) <= 12


def test_a_late_subordinate_counts_from_a_later_pulse(make_bench: Any) -> None:
    bench = make_bench(*star(A, B, queue=LONG_QUEUE))
    plan = {"start": [[0, MASTER, 0], [1, SUBORDINATE, 0.2]], "captures": 3}
    report = run(bench, "stream", plan)
    zero = next(int(event.details["pulse"]) for event in bench.events(B) if event.what == "zero")
    assert zero >= 6
    for _, number, usec, _ in report["1"]:
        assert abs(usec - (219_555 + round((number - zero) * 100_000 / 3))) <= 12


CABLES = [
    ([], ["timeout", "timeout"], "whole cables"),
    ([1], ["timeout", "timeout"], "the first cable cut: nobody downstream hears"),
    ([2], [None, "timeout"], "the second cable cut"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="a socket that is a name alone is Linux's")
def test_each_display_that_is_reserved_is_another_whoever_asks_and_is_served() -> None:
    """Benches that are made in several threads at once ask before any of them has its answer."""
    reserved = [reserve_display() for _ in range(2)]
    assert reserved[0] != reserved[1]
    assert all(serves_display(Host(), name.lstrip(":")) for name in reserved)


@pytest.mark.parametrize(("cut", "silent", "sentence"), CABLES, ids=["whole", "first", "second"])
def test_a_cut_cable_silences_what_is_behind_it_though_jacks_report_a_plug(
    cut: list[int], silent: list[str | None], sentence: str, make_bench: Any
) -> None:
    devices = chain(A, B, C)
    broken = [
        VirtualDevice(d.serial, d.sync_in, d.sync_out, d.fed_by, cut=place in cut, **FAST)
        for place, d in enumerate(devices)
    ]
    plan = {
        "start": [[1, SUBORDINATE, 0], [2, SUBORDINATE, 0], [0, MASTER, 0]],
        "captures": 1,
        "timeout_ms": 300,
    }
    report = run(make_bench(*broken), "stream", plan)
    heard = [report["1"][0] == "timeout", report["2"][0] == "timeout"]
    expected = [bool(cut) and answer == "timeout" for answer in silent]
    assert heard == expected, sentence


def test_a_slow_reader_finds_the_newest_seven_and_has_lost_the_rest(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, drop=(3,), first_us=5000, start_us=0))
    starting, asked = run(bench, "read_late", {"after_s": 0.5})
    started = next(event.host_time_ns for event in bench.events(A) if event.what == "zero")
    read = next(event.host_time_ns for event in bench.events(A) if event.what == "capture")
    least, most = (int((passed - 17e6) * 30e-9) for passed in (asked - started, read - starting))
    oldest = bench.log(A)[0]
    assert least <= oldest.number + 6 <= most, "the newest when it was picked"
    assert oldest.lost == oldest.number - 1


FAULTS = [
    ({"drop": (1, 2)}, [0, 3, 4, 5], "dropped captures"),
    ({"stall_after": 2}, [0, 1, "timeout", "timeout"], "a stall"),
    ({"error_after": 1}, [0, "failed", "failed", "failed"], "a stream error stays"),
    (
        {"no_color": (0,), "no_depth": (2,)},
        [1, 3, 4, 5],
        "halves are dropped where only whole ones are asked for",
    ),
    ({"garbage": 2}, [2, 3, 4, 5], "times from before the reset are dropped as well"),
    ({"skip_first": 2}, [2, 3, 4, 5], "a slow beginning"),
]


@pytest.mark.parametrize(("faults", "expected", "sentence"), FAULTS, ids=[row[2] for row in FAULTS])
def test_a_fault_shows_in_the_stream(
    faults: dict[str, Any], expected: list[Any], sentence: str, make_bench: Any
) -> None:
    bench = make_bench(VirtualDevice(A, **FAST, **faults))
    plan = {"start": [[0, STANDALONE, 0]], "captures": 4, "timeout_ms": 250}
    rows = run(bench, "stream", plan)["0"]
    assert [row if isinstance(row, str) else row[1] for row in rows] == expected, sentence


def test_bias_jitter_and_grid(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, **FAST), VirtualDevice(B, bias_us=2000, jitter_us=300, **FAST))
    plan = {"start": [[0, STANDALONE, 0], [1, STANDALONE, 0]], "captures": 5}
    report = run(bench, "stream", plan)
    errors = [row[2] - (5000 + row[1] * 100_000 / 3) for row in report["1"]]
    assert all(1680 <= error <= 2320 for error in errors)
    assert max(errors) - min(errors) > 20
    for row in report["0"] + report["1"]:
        ticks = -(-row[2] * 9 // 100)
        assert ticks * 100 // 9 == row[2]


def test_an_exposure_settles_over_the_first_captures_of_every_start(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, unsettled=3, unsettled_us=900, skip_first=2, **FAST))
    for _ in range(2):
        rows = run(bench, "stream", {"start": [[0, STANDALONE, 0]], "captures": 6})["0"]
        late = [row[2] - (5000 + row[1] * 100_000 / 3) for row in rows]
        assert [round(each, -2) for each in late] == [900, 900, 900, 0, 0, 0]


def lateness(rows: list[Any]) -> list[int]:
    """By how much each capture is later than its pulse says, in µs."""
    return [round(row[2] - (5000 + row[1] * 100_000 / 3)) for row in rows]


def test_the_first_captures_of_every_start_are_as_late_as_they_are_told_to_be(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, late_us=(900, -300), skip_first=2, **FAST))
    for _ in range(2):
        rows = run(bench, "stream", {"start": [[0, STANDALONE, 0]], "captures": 4})["0"]
        assert [round(late, -2) for late in lateness(rows)] == [900, -300, 0, 0]


def test_a_bias_may_move_from_start_to_start(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, bias_us=500, bias_moves_us=2000, **FAST))
    plan = {"start": [[0, STANDALONE, 0]], "captures": 1}
    lates = [lateness(run(bench, "stream", plan)["0"])[0] for _ in range(3)]
    assert [round(late, -2) for late in lates] == [500, 2500, 500]


def test_delays_may_have_coarser_steps_than_ticks(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, delay_grid_us=1000, **FAST))
    plan = {
        "start": [[0, STANDALONE, 0]],
        "captures": 1,
        "settings": {"depth_delay_off_color_usec": 2700},
    }
    ((_, _, color_us, depth_us),) = run(bench, "stream", plan)["0"]
    assert depth_us - color_us == pytest.approx(2000, abs=12)


@pytest.mark.parametrize(("trained", "expected_us"), [(True, 0), (False, 1e6 / 3 * 0.01)])
def test_pulses_may_train_a_clock(trained: bool, expected_us: float, make_bench: Any) -> None:
    first, second = star(A, B, **FAST)
    bench = make_bench(first, replace(second, drift_ppm=10_000, trained=trained, skip_first=0))
    plan = {"start": [[1, SUBORDINATE, 0], [0, MASTER, 0]], "captures": 11}
    report = run(bench, "stream", plan)
    passed = [rows[-1][2] - rows[0][2] for rows in (report["0"][:11], report["1"][:11])]
    assert passed[1] - passed[0] == pytest.approx(expected_us, abs=25)


def test_a_light_is_in_the_images_of_all_devices_at_once(make_bench: Any) -> None:
    bench = make_bench(*(VirtualDevice(serial, **FAST) for serial in (A, B)))
    bench.flash(0.0, lasting_s=3600)
    lit = run(bench, "brightness", {"devices": [0, 1]})
    bench.flash()
    dark = run(bench, "brightness", {"devices": [0, 1]})
    assert all(lit[index] - dark[index] > 30 for index in ("0", "1"))


def test_a_free_running_subordinate_needs_no_pulse(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, sync_in=True, free_running=True, **FAST))
    report = run(bench, "stream", {"start": [[0, SUBORDINATE, 0]], "captures": 1})
    assert report["0"][0][1] == 0


def test_a_femto_counts_from_the_epoch(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice("CL8K14101E3", femto=True, **FAST))
    report = run(bench, "stream", {"start": [[0, STANDALONE, 0]], "captures": 1})
    assert report["0"][0][2] > 1_600_000_000_000_000


def test_controls_stay_from_one_program_to_the_next_and_exposure_is_rounded_up(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A))
    assert run(bench, "controls", {})["0"][1] == 0
    run(bench, "controls", {"set": [[9, 1], [0, 2501], [8, 17]]})
    found = run(bench, "controls", {})
    assert found["8"] == [17, 1]
    assert found["9"] == [1, 1]
    # The next program knows nothing of 50 Hz until it sets it, as with libk4a.
    assert found["0"] == [16670, 1]
    assert run(bench, "controls", {"set": [[9, 1]]})["0"] == [10000, 1]


def test_a_device_in_use_by_another_process_cannot_be_opened_until_that_dies(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, **FAST))
    holder = launch(bench, "hold", {"device": 0, "mode": STANDALONE}, stdin=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "started\n"
    refused = launch(bench, "controls", {})
    refused.communicate(timeout=PATIENCE_S)
    assert refused.returncode != 0
    holder.kill()
    holder.communicate()
    assert run(bench, "controls", {})["9"] == [2, 1]


def test_pulses_end_when_the_masters_process_is_killed(make_bench: Any) -> None:
    bench = make_bench(
        *(VirtualDevice(d.serial, d.sync_in, d.sync_out, d.fed_by, **FAST) for d in star(A, B))
    )
    holder = launch(bench, "hold", {"device": 0, "mode": MASTER}, stdin=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "started\n"
    plan = {"start": [[1, SUBORDINATE, 0]], "captures": 2000, "timeout_ms": 200, "until_silent": True}
    reader = launch(bench, "stream", plan)
    wait_for(reader, lambda: len(bench.log(B)) >= 3, "there are captures")
    holder.kill()
    holder.communicate()
    rows = finish(reader)["1"]
    assert rows[0] != "timeout"
    assert rows[-1] == "timeout"


def test_devices_of_two_computers_are_seen_at_their_own_and_share_their_pulses(make_bench: Any) -> None:
    bench = make_bench(
        *(VirtualDevice(d.serial, d.sync_in, d.sync_out, d.fed_by, **FAST) for d in star(A, B))
    )
    plan = {"start": [[0, SUBORDINATE, 0]], "captures": 2, "timeout_ms": 60_000}
    reader = launch(bench, "stream", plan, here=(B,))
    wait_for(reader, lambda: any(event.what == "start" for event in bench.events(B)), "it is started")
    holder = launch(bench, "hold", {"device": 0, "mode": MASTER}, here=(A,), stdin=subprocess.PIPE)
    rows = finish(reader)["0"]
    assert [row[:2] for row in rows] == [[B, 0], [B, 1]]
    holder.communicate(timeout=PATIENCE_S)
    assert run(bench, "opens", [0, 1]) == [True, True]
    second = launch(bench, "opens", [0, 1], here=(B,))
    assert finish(second) == [True, False]


def test_a_killed_masters_pulses_do_not_come_back_when_it_is_opened_again(make_bench: Any) -> None:
    bench = make_bench(
        *(VirtualDevice(d.serial, d.sync_in, d.sync_out, d.fed_by, **FAST) for d in star(A, B))
    )
    holder = launch(bench, "hold", {"device": 0, "mode": MASTER}, stdin=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "started\n"
    holder.kill()
    holder.communicate()
    report = run(bench, "stream", {"start": [[1, SUBORDINATE, 0], [0, MASTER, 0.1]], "captures": 2})
    assert [row[1] for row in report["1"]] == [row[1] for row in report["0"]] == [0, 1]


def test_a_device_that_dies_takes_its_process_along(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, die_after=2, **FAST))
    process = launch(bench, "stream", {"start": [[0, STANDALONE, 0]], "captures": 5})
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL
    assert [event.what for event in bench.events(A)][-3:] == ["capture", "capture", "die"]


def test_a_hung_device_never_returns(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, hang_after=1, **FAST))
    process = launch(bench, "stream", {"start": [[0, STANDALONE, 0]], "captures": 2})
    wait_for(process, lambda: any(event.what == "hang" for event in bench.events(A)), "it hangs")
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.1)
    process.kill()
    process.communicate()


def test_an_external_trigger_drives_subordinates(make_bench: Any) -> None:
    first = VirtualDevice(A, sync_in=True, sync_out=True, fed_by=TRIGGER, **FAST)
    bench = make_bench(first, VirtualDevice(B, sync_in=True, fed_by=A, **FAST))
    plan = {"start": [[0, SUBORDINATE, 0], [1, SUBORDINATE, 0]], "captures": 3, "timeout_ms": 60_000}
    reader = launch(bench, "stream", plan)
    wait_for(reader, lambda: sum(event.what == "start" for event in bench.events()) == 2, "both are started")
    assert bench.log() == []
    bench.start_trigger(30)
    report = finish(reader)
    assert [row[1] for row in report["0"]] == [0, 1, 2]
    assert report["1"][0][2] - report["0"][0][2] == pytest.approx((report["1"][0][1]) * 100_000 / 3, abs=12)
    bench.stop_trigger()


def test_the_scene_is_a_whole_jpeg_with_the_mark_in_it(make_bench: Any) -> None:
    from PIL import Image

    bench = make_bench(VirtualDevice(A))
    scene = (bench.directory / "color.1280x720.jpg").read_bytes()
    text = b"ksync serial=000123456712 capture=70000"
    marked = scene[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + scene[2:]
    assert read_color_mark(marked) == (A, 70000)
    assert read_color_mark(scene) is None
    with Image.open(io.BytesIO(marked)) as image:
        image.load()
        assert image.size == (1280, 720)


def test_opening_takes_its_time_and_fails_where_another_began_just_before(make_bench: Any) -> None:
    slow = {"open_us": 50_000, "crowd_us": 10_000_000}
    bench = make_bench(VirtualDevice(A, **slow), VirtualDevice(B, **slow), VirtualDevice(C))
    assert run(bench, "opens", [0, 1, 2]) == [True, False, True]
    assert [event.what for event in bench.events(B)] == ["open-crowded"]
    (opened,) = (event for event in bench.events(A) if event.what == "open")
    (tried,) = bench.events(B)
    assert tried.host_time_ns - opened.host_time_ns < 10e9


def test_color_may_be_later_on_the_host_than_depth(make_bench: Any) -> None:
    bench = make_bench(VirtualDevice(A, color_us=80_000, **FAST))
    color_ns, depth_ns = run(bench, "arrivals", {})
    assert color_ns - depth_ns == 80_000_000

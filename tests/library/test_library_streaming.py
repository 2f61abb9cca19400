"""Rows that programs take while a rig runs: killed, stopped, slow and interrupted, beside a take or alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinect_sync as ks
from kinect_sync.findings.recording import TAKE_EXISTS
from kinect_sync.findings.rig_file import FAULTS_UNREADABLE
from tests.cli.commands import ALL, Command, count_rows, wait_until
from tests.cli.reaper import read_proc
from tests.library.programs import program, run_program
from tests.review.small_takes import make_take, small_rig
from tests.virtual_k4a.bench import VirtualDevice
from tests.virtual_k4a.fixtures import MakeBench

pytestmark = pytest.mark.realtime

_REST = """
topology: {topology}
camera: {{color_resolution: 720p, depth_mode: nfov_2x2binned, fps: 30, exposure_us: 8330, gain: 128,
          powerline_hz: 60}}
devices:
  - {{name: left, serial: "000123456712", role: {role}}}
"""
ALONE = "name: alone" + _REST.format(topology="standalone", role="standalone")
"""A rig that starts at once."""
PAIR = (
    "name: pair"
    + _REST.format(topology="daisy_chain", role="master")
    + '  - {name: right, serial: "000234567812", role: subordinate, depth_delay_off_color_usec: 200}\n'
)

TELLING = """
import json, sys, zlib
import kinect_sync as ks

def told(capture):
    if capture.hole:
        return str(capture.hole)
    images = (capture.color_jpeg, capture.depth.tobytes(), capture.ir.tobytes())
    times = (capture.color_timestamp_us, capture.depth_timestamp_us, capture.host_time_ns)
    return [*times, capture.residual_us, *map(zlib.crc32, images)]

rig = ks.parse_rig(sys.argv[1])
with ks.stream(rig, bench=ks.simulated(), record=sys.argv[2], name="take") as rows:
    for row in rows:
        try:
            captures = {name: told(capture) for name, capture in row.hold().items()}
        except ks.UsageError:  # a busy machine
            captures = {}
        print(json.dumps([row.pulse, row.missed_before, captures]), flush=True)
print(rows.report.model_dump_json())
"""


class Telling:
    """A program that tells each row, and records beside."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.command = command
        self.folder = folder
        self.rows: list[tuple[int, int, dict[str, Any]]] = []

    def hear(self) -> tuple[int, int, dict[str, Any]]:
        """Return the next row."""
        assert self.command.process.stdout is not None
        line = self.command.process.stdout.readline()
        assert line, "the program ended"
        pulse, missed, captures = json.loads(line)
        self.rows.append((pulse, missed, captures))
        return self.rows[-1]

    def hear_until(self, pulse: int) -> None:
        while self.hear()[0] < pulse:
            continue

    def hear_seen(self, device: str, rows: int) -> None:
        """Hear until so many more rows had an image of a device: a busy machine costs some."""
        while rows:
            rows -= isinstance(self.hear()[2].get(device), list)

    @property
    def recorded(self) -> int:
        """Rows of the take so far."""
        return count_rows(self.folder / "take")

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "take" / "take.json").read_bytes()))

    @property
    def director(self) -> int:
        module = b"kinect_sync.benches.director_process"
        (pid,) = [each for each in self.command.processes() if module in read_proc(each, "cmdline")]
        return pid


def memory(folder: Path) -> tuple[Path, dict[str, str]]:
    """Return a folder in the place of memory, and the environment that names it: others run programs too."""
    place = folder / "memory"
    place.mkdir()
    return place, {**os.environ, "KSYNC_MEMORY": str(place)}


def rings(place: Path) -> list[Path]:
    """The folders of rings that are there."""
    return list(place.glob("ksync-rig-*"))


@dataclass
class Story:
    """What befell a program, and what is left."""

    folder: Path
    rows: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    lost_at: int = 0
    rings_left: list[Path] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A program is stopped, goes on, loses a device, and is killed."""
    if sys.platform == "win32":
        pytest.skip("SIGSTOP is known to POSIX alone")
    it = Story(tmp_path_factory.mktemp("takes"))
    place, environment = memory(it.folder)
    with program(TELLING, PAIR, it.folder, environment=environment) as command:
        telling = Telling(command, it.folder)
        telling.hear_seen("right", 15)
        assert rings(place)
        command.process.send_signal(signal.SIGSTOP)
        recorded = telling.recorded
        wait_until(lambda: telling.recorded > recorded + 40, "the take has gone on")
        command.process.send_signal(signal.SIGCONT)
        telling.hear_until(telling.recorded + 6)
        os.kill(command.worker_of("right").pid, signal.SIGKILL)
        while telling.hear()[2].get("right") != "device_lost":
            continue
        it.lost_at = telling.rows[-1][0]
        telling.hear_seen("left", 10)
        command.process.kill()
        wait_until(lambda: not command.processes(), "the director and its workers have left")
    it.rows, it.rings_left = telling.rows, rings(place)
    it.manifest = json.loads((it.folder / "take" / "take.json").read_bytes())
    return it


def test_a_take_of_a_killed_program_is_finished_and_nothing_else_is_left(story: Story) -> None:
    report = story.manifest["report"]
    assert (story.manifest["state"], report["verdict"]) == ("finished", "incomplete")
    assert "worker-died" in [each["code"] for each in report["findings"]]
    assert story.rings_left == []


def test_what_a_program_was_given_is_in_the_take_bit_for_bit(story: Story) -> None:
    recorded = {row.pulse: row for row in ks.open_take(story.folder / "take").rows(complete=False)}
    last_of_right = max(pulse for pulse, row in recorded.items() if row["right"].hole is None)
    compared = 0
    for pulse, _, captures in story.rows:
        for name, told in captures.items():
            kept = recorded[pulse][name]
            if isinstance(told, str):
                assert kept.hole is not None or told == "late"
            elif kept.hole is None:
                compared += 1
                was_late = name != "left" and captures["left"] == "late"
                assert told == as_told(kept, told[2], reference_was_late=was_late), (pulse, name)
            else:  # in memory, and its process was killed before it was in the file
                assert (name, kept.hole) == ("right", ks.HoleReason.DEVICE_LOST)
                assert pulse > last_of_right
    assert compared > 30


def as_told(capture: ks.TakeCapture, host_time_ns: int, *, reference_was_late: bool) -> list[Any]:
    """Return what is told of a capture; of those that a worker was killed with, its file has no host time.

    Where the reference was late, there was nothing yet to compare it with.
    """
    images = (capture.color_jpeg, capture.depth.tobytes(), capture.ir.tobytes())
    host_time_ns = capture.host_time_ns or host_time_ns
    residual_us = None if reference_was_late else capture.residual_us
    times = (capture.color_timestamp_us, capture.depth_timestamp_us, host_time_ns, residual_us)
    return [*times, *map(zlib.crc32, images)]


def test_a_program_that_is_stopped_misses_rows_by_name_and_the_take_none(story: Story) -> None:
    pulses = [pulse for pulse, _, _ in story.rows]
    gaps = [missed for _, missed, _ in story.rows[1:]]
    assert sum(gaps) == pulses[-1] - pulses[0] + 1 - len(pulses)
    assert max(gaps) > 20
    left = story.manifest["report"]["devices"][0]
    assert (left["name"], left["lost"]) == ("left", False)
    assert left["dropped"] < story.manifest["report"]["pulses"] / 2


def test_a_lost_device_is_a_hole_from_then_on_and_the_others_go_on(story: Story) -> None:
    after = [captures for pulse, _, captures in story.rows if pulse >= story.lost_at and captures]
    assert {captures["right"] for captures in after} <= {"late", "device_lost"}
    assert after[-1]["right"] == "device_lost"
    assert any(not isinstance(captures["left"], str) for captures in after)


def test_a_director_that_is_killed_ends_the_rows_and_no_file(tmp_path: Path) -> None:
    place, environment = memory(tmp_path)
    with program(TELLING, ALONE, tmp_path, environment=environment) as command:
        telling = Telling(command, tmp_path)
        telling.hear_until(5)
        os.kill(telling.director, signal.SIGKILL)
        ended = command.finish()
    report = json.loads(ended.out.splitlines()[-1])
    assert (ended.code, ended.err, report["verdict"]) == (0, "", "failed")
    assert "director-died" in [each["code"] for each in report["findings"]]
    assert report["given"] >= len(telling.rows)
    wait_until(lambda: not command.processes(), "the workers have left")
    assert rings(place) == []
    inspection = ks.inspect(tmp_path / "take", max_drop_percent=100.0)
    assert inspection.devices[0].complete
    assert inspection.pulses > 5


def test_the_run_of_a_program_that_stays_stopped_ends_where_its_director_is_told_to(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("SIGSTOP is known to POSIX alone")
    place, environment = memory(tmp_path)
    with program(TELLING, ALONE, tmp_path, environment=environment) as command:
        telling = Telling(command, tmp_path)
        telling.hear_until(5)
        command.process.send_signal(signal.SIGSTOP)
        os.kill(telling.director, signal.SIGTERM)
        wait_until(lambda: telling.manifest["state"] == "finished", "the take is whole")
        pulses = telling.manifest["report"]["pulses"]
        assert pulses > 5
        assert command.workers() == []
        assert rings(place)
        command.process.send_signal(signal.SIGCONT)
        ended = command.finish()
    assert json.loads(ended.out.splitlines()[-1])["pulses"] == pulses
    assert rings(place) == []


# --- in the program ---------------------------------------------------------------------------------------


def test_tasks_take_the_newest_and_ctrl_c_ends_the_run_properly() -> None:
    rows = ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(), mode="newest", max_drop_percent=ALL)

    async def take_three() -> None:
        async with rows:
            waiting = asyncio.ensure_future(anext_of(rows))
            await asyncio.sleep(0)
            waiting.cancel()  # what comes of it is the next
            count = 0
            async for row in rows:
                assert row.complete
                count += 1
                if count == 3:
                    raise KeyboardInterrupt
                await asyncio.sleep(0.1)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(take_three())
    report = rows.report
    assert (report.verdict, report.given, report.missed) == ("in_sync", 3, 0)
    assert report.skipped > 0
    assert report.before + report.given + report.skipped + report.untaken == report.pulses
    assert rows.next() is None


async def anext_of(rows: ks.Rows) -> ks.LiveRow:
    return await rows.__aiter__().__anext__()


GIVING_UP = """
import asyncio, sys
from contextlib import suppress
from pathlib import Path
import kinect_sync as ks

rows = ks.stream(ks.parse_rig(sys.argv[1]), bench=ks.simulated())

def children():
    found = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            found += path.read_text().split()
    return found

async def give_up():
    starting = asyncio.ensure_future(rows.__aenter__())
    while not children():
        await asyncio.sleep(0.01)
    starting.cancel()
    try:
        await starting
    except asyncio.CancelledError:
        print("cancelled", children())

asyncio.run(give_up())
try:
    rows.__enter__()
except RuntimeError as error:
    print(error)
"""


def test_a_start_that_is_cancelled_leaves_no_rig_running_and_a_stream_is_one_run() -> None:
    ended = run_program(GIVING_UP, ALONE)
    assert ended.out.splitlines() == ["cancelled []", "a stream is one run: make another one for the next"]


def test_a_question_ends_it_and_a_slow_handler_is_told_what_it_missed() -> None:
    handled: list[int] = []

    def handle(row: ks.LiveRow) -> None:
        handled.append(row.pulse)
        time.sleep(0.5 if len(handled) == 1 else 0.0)  # as a handler that computes

    rig = ks.parse_rig(ALONE)
    with ks.stream(
        rig,
        bench=ks.simulated(),
        ring_captures=4,
        max_drop_percent=ALL,
        stopping=lambda: len(handled) > 10,
    ) as rows:
        rows.each(handle)
        assert rows.ended
    report = rows.report
    assert (report.verdict, report.given) == ("in_sync", len(handled))
    assert report.missed == sum(last - first + 1 for first, last in report.missed_pulses) > 0
    assert handled[-1] == report.pulses - 1
    assert (report.before + report.given + report.missed, report.untaken) == (report.pulses, 0)
    assert "rows-missed" in [each.code for each in report.findings]


def test_a_recording_is_played_as_fast_as_a_program_takes_it_and_none_is_missed(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=40, holes={"right": {7: "sensor_dropped"}})
    pulses = 0
    with ks.stream(
        small_rig(), bench=ks.playback(take, fast=True), ring_captures=3, record=tmp_path / "again"
    ) as rows:
        for row, was in zip(rows, ks.open_take(take).rows(complete=False), strict=True):
            pulses += 1
            time.sleep(0.2 if pulses == 5 else 0.0)  # slower than what is played
            assert [each.hole for each in row.values()] == [each.hole for each in was.values()]
            assert np.array_equal(row["left"].depth, was["left"].depth)
            assert row["left"].color_jpeg == was["left"].color_jpeg
        taken = rows.take
    assert (pulses, rows.report.missed, rows.report.pulses) == (40, 0, 40)
    assert taken is not None
    assert rows.report.take == str(taken)


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "newestt"},
        {"patience_ms": 0},
        {"patience_ms": -5},
        {"patience_ms": float("nan")},
        {"patience_ms": float("inf")},
        {"ring_captures": 0},
        {"ring_captures": 10**7},
        {"most_held_bytes": -1},
        {"captures": 0},
        {"captures": 2**53},
        {"duration_s": float("nan")},
        {"name": "take"},
        {"reserve_bytes": 10**9},
        {"compress": True},
    ],
    ids=str,
)
def test_what_can_not_be_meant_is_a_mistake_of_the_program_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(wrong))} is "):
        ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(), **wrong)


@pytest.mark.parametrize("mode", ["every", "newest"])
def test_a_mode_may_be_any_text_for_a_type_checker_as_a_command_line_gives_it(mode: str) -> None:
    assert ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(), mode=mode)


def test_pulses_read_well_where_a_program_is_tried_by_hand() -> None:
    pulses = ks.PulseRanges()
    assert repr(pulses) == "<PulseRanges of 0: none>"
    pulses.add(3, 4)
    pulses.add(10, 30)
    assert repr(pulses) == "<PulseRanges of 21: 3, 10–29>"


def test_what_forbids_a_take_forbids_it_beside_a_stream_and_no_process_is_started(tmp_path: Path) -> None:
    (tmp_path / "take").mkdir()
    rows = ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(), record=tmp_path, name="take")
    with pytest.raises(ks.UsageError) as refused, rows:
        pass
    assert refused.value.findings[0].kind is TAKE_EXISTS
    with pytest.raises(RuntimeError, match="`with`"):
        rows.next()


def test_what_the_director_finds_is_raised_as_it_was_there(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    with pytest.raises(ks.RigError) as refused, ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(faults)):
        pass
    assert refused.value.findings[0].kind is FAULTS_UNREADABLE
    faults.write_text("devices: {left: {missing: true}}\n")
    with pytest.raises(ks.BenchError) as failed, ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(faults)):
        pass
    assert failed.value.findings[0].device == "left"
    with (
        pytest.raises(ks.Interrupted, match=r"^interrupted before"),
        ks.stream(ks.parse_rig(ALONE), bench=ks.simulated(), stopping=lambda: True),
    ):
        pass


SECOND = """
import sys
import kinect_sync as ks

rig = ks.parse_rig(sys.argv[1])
with ks.stream(rig, max_drop_percent=100.0) as rows:
    next(iter(rows))
    try:
        ks.stream(rig).__enter__()
    except ks.BenchError as error:
        print(*(f"{each.device}:{each.code}" for each in error.findings))
    assert rows.next() is not None
print(rows.report.verdict)
"""


def test_a_second_program_on_a_rig_is_refused_with_the_device_and_the_first_goes_on(
    virtual_k4a: MakeBench,
) -> None:
    bench = virtual_k4a([VirtualDevice("000123456712")])
    with program(SECOND, ALONE, environment=bench.environment()) as command:
        ended = command.finish()
    assert (ended.code, ended.left) == (0, [])
    assert ended.out == "left:device-missing None:device-busy\nin_sync\n"

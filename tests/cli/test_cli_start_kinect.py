"""`ksync start` on virtual Kinects beneath the real pyk4a: what stands in the files is what was delivered.

The bench keeps a journal of every call and of every capture that get_capture returned. Its queues are deep:
libk4a's hold seven captures, and a machine that is busy with other things reads some of them too late. How
late they were read is judged over many runs together. One that lost captures all the same is repeated alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.commands import ROOT, Ended, count_rows, ksync, tells_of_slowness, wait_until
from tests.cli.crowd import Runs, asked_for, fresh_folders
from tests.cli.read_back import Take, check_bookkeeping, read_recorded, read_take
from tests.marking import Mark
from tests.virtual_k4a.bench import ALWAYS, TRIGGER, Event, VirtualBench, VirtualDevice, chain, star
from tests.virtual_k4a.fixtures import require_virtual_k4a
from tests.virtual_k4a.scene import draw_scene

pytestmark = pytest.mark.realtime

A, B, C = "000123456712", "000234567812", "000345678912"
BOLTS = ("CL8K14101E1", "CL8K14101E2", "CL8K14101E3")
NAMES = ("front", "left", "right")
POWERLINE, EXPOSURE, GAIN, WHITE_BALANCE = "9", "0", "8", "6"
AUTOMATIC, MANUAL = "0", "1"
CAPTURES = 45
FPS = 30
QUEUE, DEEP_QUEUE = 7, 600
"""Captures that wait to be read in libk4a, and here."""
SPARE = 30
"""So many captures may still wait for the disk when a process ends, and are lost with it."""


@dataclass(frozen=True)
class Case:
    """A rig, the bench that it meets, and what must come out."""

    name: str
    sentence: str
    devices: tuple[VirtualDevice, ...]
    rig: dict[str, Any]
    exit_code: int = 0
    verdict: str = "in_sync"
    findings: tuple[tuple[str, str | None], ...] = ()
    """(code, device) of each error, in order."""
    captures: int = CAPTURES
    ends_early: bool = False
    """Whether the take ends before it has so many."""
    delivers: dict[str, int] = field(default_factory=dict)
    """Devices that end early, and how many captures they deliver in all."""
    missing: dict[str, set[int]] = field(default_factory=dict)
    """Pulses that the device never delivers."""
    halves: dict[str, set[int]] = field(default_factory=dict)
    """Pulses whose captures are recorded without one of their images."""
    busy: int | None = None
    """Index of a device that another program holds."""
    weight: int = 3

    @property
    def key(self) -> str:
        return self.name


def make_rig(*serials: str, topology: str = "daisy_chain", **changes: Any) -> dict[str, Any]:
    """Describe a rig of devices named front, left and right, the first one the master."""
    camera = {"color_resolution": "720p", "depth_mode": "nfov_unbinned", "fps": 30, "exposure_us": 8330}
    roles = ["standalone" if topology == "standalone" else "master", "subordinate", "subordinate"]
    devices: list[dict[str, Any]] = [
        {"name": name, "serial": serial, "role": role}
        for name, serial, role in zip(NAMES, serials, roles, strict=False)
    ]
    for place, device in enumerate(devices):
        if place and topology != "standalone":
            device["depth_delay_off_color_usec"] = 160 * place
    camera |= {"powerline_hz": 60, "gain": 128, **changes.pop("camera", {})}
    return {"name": "virtual", "topology": topology, "camera": camera, "devices": devices, **changes}


def drifting(devices: list[VirtualDevice]) -> tuple[VirtualDevice, ...]:
    """Give every clock a rate of its own, and every exposure a little jitter."""
    rates = (120.0, -180.0, 60.0)
    return tuple(
        replace(each, drift_ppm=rate, jitter_us=8) for each, rate in zip(devices, rates, strict=False)
    )


CHAIN = drifting(chain(A, B, C))
PAIR = drifting(chain(A, B))


def with_fault(place: int, **faults: Any) -> tuple[VirtualDevice, ...]:
    """The chain with something wrong with one of its devices."""
    return tuple(replace(each, **faults) if at == place else each for at, each in enumerate(CHAIN))


def depth_only_rig() -> dict[str, Any]:
    rig = make_rig(A, B)
    del rig["devices"][1]["depth_delay_off_color_usec"]
    rig["devices"][1] |= {"color_resolution": "off", "subordinate_delay_off_master_usec": 160}
    return rig


def triggered_rig() -> dict[str, Any]:
    trigger = {"fps": 30, "pulse_width_us": 100, "drive_current_ma": 10, "polarity": "active_high"}
    rig = make_rig(A, B, external_trigger=trigger)
    rig["devices"][0]["role"] = "subordinate"
    return rig


GOOD = [
    Case("chain", "three in a chain, each with its clock", CHAIN, make_rig(A, B, C)),
    Case(
        "star",
        "two behind a splitter, and the exposures of all settle: the first captures are let go",
        tuple(
            replace(each, unsettled=8, unsettled_us=400 * at)
            for at, each in enumerate(drifting(star(A, B, C)))
        ),
        make_rig(A, B, C, topology="star"),
    ),
    Case(
        "depth-only",
        "a subordinate without color passes on timestamps from before the clock reset: they are not "
        "recorded; and it does not wait for large color images, as the master does",
        (replace(PAIR[0], color_us=75_000), replace(PAIR[1], garbage=2)),
        depth_only_rig(),
        weight=2,
    ),
    Case(
        "pass-through",
        "so does one that is not asked for synchronized images only",
        with_fault(2, garbage=3),
        make_rig(A, B, C, camera={"synchronized_images_only": False}),
    ),
    Case(
        "standalone",
        "one device without cables",
        (VirtualDevice(A, drift_ppm=-200.0),),
        make_rig(A, topology="standalone"),
        weight=1,
    ),
    Case(
        "trigger",
        "nobody is master, and the pulses come from outside",
        (replace(PAIR[0], sync_in=True, fed_by=TRIGGER), PAIR[1]),
        triggered_rig(),
        weight=2,
    ),
    Case("imu", "with the IMU of every device", PAIR, make_rig(A, B, imu=True), weight=2),
    Case(
        "femto",
        "Femtos count from the epoch, and their jacks tell nothing",
        tuple(
            VirtualDevice(serial, femto=True, fed_by=BOLTS[0] if place else "", skip_first=place)
            for place, serial in enumerate(BOLTS)
        ),
        make_rig(*BOLTS, topology="star", hardware="femto", camera={"exposure_us": 8300}),
    ),
]


def failing(name: str, place: int, sentence: str, *findings: tuple[str, str | None], **changes: Any) -> Case:
    """A rig that must not start."""
    devices = with_fault(place, **changes.pop("faults", {}))
    return Case(name, sentence, devices, make_rig(A, B, C), 3, "failed", findings, **{"weight": 1, **changes})


def ending(name: str, place: int, sentence: str, *codes: str, delivers: int, **faults: Any) -> Case:
    """A take that one device does not see to the end."""
    findings = tuple((code, NAMES[place]) for code in (*codes, "captures-device-lost"))
    return Case(
        name,
        sentence,
        with_fault(place, **faults),
        make_rig(A, B, C),
        1,
        "incomplete",
        findings,
        captures=100,
        delivers={NAMES[place]: delivers},
    )


DROPPED = ("captures-sensor-dropped", "left")
HALF = ("captures-half-capture", "left")
FAULTY = [
    failing("cut-cable", 1, "a cut cable looks plugged; the first silent device stands next to it",
            ("device-silent", "left"), faults={"cut": True}),
    ending("hang", 1, "a call into the SDK that never returns", "device-hangs", delivers=40, hang_after=40),
    replace(ending("stall", 1, "timeouts without end, though its IMU runs on", "device-stalled",
                   delivers=40, stall_after=40), rig=make_rig(A, B, C, imu=True)),
    ending("unplugged", 1, "timeouts as well, and the SDK counts a device less", "device-unplugged",
           delivers=40, unplug_after=40),
    Case("unplugged-master", "nobody knows what the others follow, who run on: the take ends",
         (replace(CHAIN[0], unplug_after=40), *(replace(each, runs_on=True) for each in CHAIN[1:])),
         make_rig(A, B, C), 1, "incomplete",
         tuple((code, "front") for code in ("device-unplugged", "source-lost", "captures-device-lost")),
         captures=900, ends_early=True, delivers={"front": 40}),
    ending("stream-error", 1, "get_capture fails", "stream-ended", delivers=40, error_after=40),
    ending("die", 1, "a crash inside the SDK", "worker-died", delivers=40, die_after=40),
    Case("slow-close", "a camera that takes its time to close is given it",
         (VirtualDevice(A, close_us=6_000_000),), make_rig(A, topology="standalone"), weight=1),
    Case("drop", "the sensor loses two captures", with_fault(1, drop=(30, 31)), make_rig(A, B, C),
         1, "incomplete", (DROPPED,), missing={"left": {30, 31}}),
    Case("half", "half captures are recorded where the rig asks for them, and are holes",
         with_fault(1, no_color=(30,), no_depth=(31,)),
         make_rig(A, B, C, camera={"synchronized_images_only": False}),
         1, "incomplete", (HALF,), halves={"left": {30, 31}}),
    Case("bias", "2 ms late", with_fault(1, bias_us=2000), make_rig(A, B, C),
         1, "out_of_sync", (("constant-bias", "left"),)),
    failing("free-running", 1, "captures before the master has started",
            ("free-running", "left"), faults={"free_running": True}),
    failing("no-transfers", 2, "no USB memory is left for the last device: it is started, and silent",
            ("transfers-refused", "right"), faults={"no_transfers": "IO", "submit_errno": 12}),
    failing("start-refused", 1, "start_cameras fails", ("start-refused", "left"),
            faults={"start_fails": ALWAYS}),
    failing("start-refused-master", 0, "the master's start_cameras fails when all others are armed",
            ("start-refused", "front"), faults={"start_fails": ALWAYS}),
    failing("busy", 1, "another program has the device open",
            ("device-missing", "left"), ("device-busy", None), busy=1),
    failing("control-unreadable", 1, "a read that fails looks like 0 and automatic to pyk4a",
            ("control-unreadable", "left"), faults={"control_read_fails": (0,)}),
    failing("calibration-unreadable", 2, "a calibration that cannot be read",
            ("calibration-unreadable", "right"), faults={"calibration_fails": True}),
]  # fmt: skip
CASES = [*FAULTY[:5], *GOOD, *FAULTY[5:]]


@dataclass(frozen=True)
class Outcome:
    """A run that has ended, what it left, and what the bench saw."""

    ended: Ended
    take: Take | None
    bench: VirtualBench
    complete: set[str]

    def delivered(self, serial: str) -> dict[int, tuple[int, int]]:
        """By true pulse: (color, depth) timestamps of what get_capture returned after the clock reset."""
        return {each.number: (each.color_usec, each.depth_usec) for each in self.bench.log(serial)}


class ImageCheck:
    """Sees that each image is the bench's scene with its mark, to the last bit."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.seen = 0

    def __call__(self, track: str, mark: Mark, pixels: Any) -> None:
        self.seen += 1
        if track == "color":
            right = pixels.tobytes() == marked_jpeg(*mark)
        else:
            right = np.array_equal(pixels.reshape(-1)[6:], wall()[track].reshape(-1)[6:])
            right = right and pixels.shape == (576, 640)
        if not right:
            self.wrong.append(f"{track} of {mark}")


def strained(case: Case, outcome: Outcome) -> bool:
    """Whether the take was not begun, or captures of it were lost, because this machine was too slow."""
    slow = tells_of_slowness(outcome.ended.report, (code for code, _ in case.findings), ("error",))
    if outcome.take is None:
        return slow or case.verdict != "failed"
    if slow:
        check_bookkeeping(outcome.take)  # what was lost must be told, whoever lost it
        return True
    begin, rows = outcome.take.begin, len(outcome.take.rows)
    for name, device in zip(NAMES, case.devices, strict=False):
        wanted = set(range(begin, begin + rows)) - case.missing.get(name, set())
        found = set(outcome.delivered(device.serial))
        full = "queue_full" in outcome.take.holes(name).values()
        if full or any(number < max(found) for number in wanted - found):
            check_bookkeeping(outcome.take)  # what was lost must be told, whoever lost it
            return True
    return False


def marked_jpeg(serial: str, number: int) -> bytes:
    scene = draw_scene(1280, 720)
    text = f"ksync serial={serial} capture={number}".encode()
    return scene[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + scene[2:]


@cache
def wall() -> dict[str, Any]:
    """The bench's scene in NFOV unbinned, made anew: a slanted wall with a box before it."""
    y, x = np.mgrid[0:576, 0:640]
    box = (x > 640 // 3) & (x < 640 // 2) & (y > 576 // 3) & (y < 576 * 3 // 4)
    depth = np.where(box, 900, 1500 + 1000 * x // 640)
    return {
        "depth": depth.astype(np.uint16),
        "ir": (2_000_000 // depth + (x * 7 + y * 13) % 31).astype(np.uint16),
    }


def run(case: Case, directory: Path) -> Outcome:
    """Run the command beneath the bench, read what it left, and take that off the disk again."""
    directory.mkdir()
    there = [replace(device, queue=DEEP_QUEUE) for device in case.devices]
    bench = VirtualBench(directory, there[::-1])  # indices are not in the rig's order
    rig = directory / "rig.yaml"
    rig.write_text(json.dumps(case.rig))  # JSON is YAML
    talk = directory / "talk"
    arguments = ["start", rig, "-o", directory / "takes", "--name", "take", "--json"]
    arguments += ["--captures", case.captures]
    holder = hold(bench, case.busy) if case.busy is not None else None
    try:
        with (
            talk.open("wb") as stderr,
            ksync(*arguments, environment=bench.environment(), stderr=stderr) as command,
        ):
            if "external_trigger" in case.rig:
                wait_until(lambda: b"left: waiting for pulses" in talk.read_bytes(), "all devices wait")
                bench.start_trigger(30)
            ended = replace(command.finish(), err=talk.read_text())
    finally:
        if holder is not None:
            with holder:
                holder.kill()
    folder = directory / "takes" / "take"
    if not folder.exists():
        return Outcome(ended, None, bench, set())
    try:
        images = ImageCheck()
        take = read_take(folder, images)
        assert images.seen
        assert images.wrong == []
        return Outcome(ended, take, bench, complete_files(folder))
    finally:
        shutil.rmtree(folder)


def complete_files(folder: Path) -> set[str]:
    from kinect_sync.takes.mkv.reader import read_recording

    return {path.stem for path in folder.glob("*.mkv") if read_recording(path).complete}


def hold(bench: VirtualBench, index: int) -> subprocess.Popen[str]:
    """Let another program open a device."""
    command = [sys.executable, "-m", "tests.virtual_k4a.programs", "hold"]
    plan = json.dumps({"device": index, "mode": 2})
    holder = subprocess.Popen(
        [*command, plan],
        env=bench.environment(),
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "started\n"
    return holder


Session = Runs[Case, Outcome]


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    require_virtual_k4a()
    asked = asked_for(request, __file__, "case")
    cases = [case for case in CASES if case in asked]
    runs = Runs(cases, run, strained, tmp_path_factory.mktemp("virtual"))
    yield runs
    runs.close()


def by_name(case: Case) -> str:
    return case.name


RECORDED = [case for case in CASES if case.verdict != "failed"]
REFUSED = [case for case in CASES if case.verdict == "failed"]


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_the_verdict_and_its_cause(case: Case, runs: Session) -> None:
    ended = runs.outcome(case).ended
    report = ended.report
    told = [(each["code"], each["device"]) for each in report["findings"] if each["severity"] == "error"]
    assert (ended.code, report["verdict"]) == (case.exit_code, case.verdict), (case.sentence, report)
    assert told == list(case.findings), (case.sentence, report["findings"])
    assert "Traceback" not in ended.err
    assert ended.left == []


@pytest.mark.parametrize("case", [each for each in REFUSED if each.name == "no-transfers"], ids=by_name)
def test_a_transfer_that_is_refused_for_want_of_memory_is_told_by_its_number(
    case: Case, runs: Session
) -> None:
    (refused,) = (
        each for each in runs.outcome(case).ended.report["findings"] if each["code"] == "transfers-refused"
    )
    assert "(LIBUSB_ERROR_IO, errno 12): the kernel's memory for USB transfers is used up" in refused["what"]


@pytest.mark.parametrize("case", RECORDED, ids=by_name)
def test_each_file_holds_what_was_delivered_and_nothing_else(case: Case, runs: Session) -> None:
    outcome = runs.outcome(case)
    take = outcome.take
    assert take is not None
    check_bookkeeping(take)
    assert take.printed == outcome.ended.report
    assert (len(take.rows) < case.captures) if case.ends_early else (len(take.rows) == case.captures)
    whole = range(take.begin, take.begin + len(take.rows))
    for name, device in zip(NAMES, case.devices, strict=False):
        recorded, delivered = take.files[name], outcome.delivered(device.serial)
        shots, end = recorded.shots, whole.stop
        if name in case.delivers:
            assert len(outcome.bench.log(device.serial)) == case.delivers[name]
            spare = SPARE if case.name == "die" else 0
            assert max(delivered) - spare <= recorded.pulses[-1] <= max(delivered)
            if case.name == "die" and not recorded.is_whole(shots[-1]):
                shots = shots[:-1]  # the kill cut it
            end = shots[-1].pulse + 1
            assert take.holes(name) == dict.fromkeys(range(end, whole.stop), "device_lost")
        missing = case.missing.get(name, set())
        assert [shot.pulse for shot in shots] == [n for n in range(take.begin, end) if n not in missing], name
        for shot in shots:
            told = tuple(-1 if time is None else time for time in (shot.color_us, shot.depth_us))
            assert told == tuple(t % 2**32 if t >= 0 else t for t in delivered[shot.pulse]), (name, shot)
        assert {n for n, hole in take.holes(name).items() if hole == "half_capture"} == case.halves.get(
            name, set()
        )
        assert take.dropped_by_sensor(name) == missing
    dead = {"left"} if case.name == "die" else set()
    assert outcome.complete == set(take.files) - dead


def captures_behind(outcome: Outcome, serial: str) -> float:
    """How many captures waited at most, beside what is always under way, while a device was read."""
    log = [event for event in outcome.bench.events(serial) if event.what == "capture"]
    due_ns = [event.host_time_ns - int(event.details["n"]) * 1_000_000_000 // FPS for event in log]
    return (max(due_ns) - min(due_ns)) * FPS / 1e9


def test_readers_keep_up_with_a_queue_of_seven(
    request: pytest.FixtureRequest, runs: Session, tmp_path: Path
) -> None:
    """What else goes on here spoils some of these runs; a reader that waits would spoil each."""
    asked = asked_for(request, __file__, "case")
    cases = [case for case in GOOD if case in asked] or pytest.skip("no run was asked for")
    outcomes = [(runs.outcome(case), device.serial) for case in cases for device in case.devices]
    behind = [captures_behind(outcome, serial) for outcome, serial in outcomes]
    case = min(cases, key=lambda case: case.weight)
    for folder in fresh_folders(tmp_path):
        if min(behind) >= QUEUE:  # all of them ran beside others
            outcome = run(case, folder)
            behind += [captures_behind(outcome, device.serial) for device in case.devices]
    assert min(behind) < QUEUE, sorted(behind)


@pytest.mark.parametrize("case", RECORDED, ids=by_name)
def test_each_device_that_answers_is_closed(case: Case, runs: Session) -> None:
    """One whose process is ended before that may need replugging."""
    outcome = runs.outcome(case)
    for device in case.devices:
        whats = [event.what for event in outcome.bench.events(device.serial)]
        if not {"die", "hang"} & set(whats):
            assert whats[-1] == "close", device.serial
    assert "worker-killed" not in {each["code"] for each in outcome.ended.report["findings"]}


@pytest.mark.parametrize("case", RECORDED, ids=by_name)
def test_each_file_says_whose_it_is(case: Case, runs: Session) -> None:
    take = runs.outcome(case).take
    assert take is not None
    modes = {"standalone": 0, "master": 1, "subordinate": 2}
    for described, device in zip(case.rig["devices"], case.devices, strict=True):
        recorded = take.files[described["name"]]
        assert json.loads(recorded.calibration.rstrip("\0")) == json.loads(
            (
                runs.outcome(case).bench.directory / f"calibration.{case.devices[::-1].index(device)}.json"
            ).read_text()
        )
        assert recorded.serials <= {device.serial, "0" * 12}
        assert int(recorded.configuration["wired_sync_mode"]) == modes[described["role"]]
        for key in ("depth_delay_off_color_usec", "subordinate_delay_off_master_usec"):
            assert recorded.configuration[key] == described.get(key, 0)


def at(events: list[Event], what: str) -> list[int]:
    """The host times of all events of a kind."""
    return [event.host_time_ns for event in events if event.what == what]


@pytest.mark.parametrize("case", RECORDED, ids=by_name)
def test_subordinates_are_started_before_the_master_and_are_silent_until_then(
    case: Case, runs: Runs[Case, Outcome]
) -> None:
    bench = runs.outcome(case).bench
    by_role: dict[str, list[list[Event]]] = {"master": [], "subordinate": [], "standalone": []}
    for described in case.rig["devices"]:
        by_role[described["role"]].append(bench.events(described["serial"]))
    for master in by_role["master"]:
        (started_ns,) = at(master, "start")
        for subordinate in by_role["subordinate"]:
            assert at(subordinate, "start")[0] < started_ns
            assert at(subordinate, "capture")[0] > started_ns


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_each_device_is_opened_once_to_record_and_left_closed(case: Case, runs: Session) -> None:
    bench = runs.outcome(case).bench
    for index, device in enumerate(case.devices):
        events = bench.events(device.serial)
        opened = at(events, "open")
        dies = device.die_after >= 0 or device.hang_after >= 0
        if index == case.busy:
            assert at(events, "start")[1:] == []  # the other program's
            continue
        assert len(at(events, "close")) == len(opened) - dies, events
        for started_ns in at(events, "start"):
            assert len(opened) == 1, "the worker that found it keeps it open"
            assert opened[0] < started_ns
        assert len(at(events, "start")) <= 1


@pytest.mark.parametrize("case", RECORDED, ids=by_name)
def test_controls_are_set_once_before_the_start_and_powerline_first(
    case: Case, runs: Runs[Case, Outcome]
) -> None:
    bench = runs.outcome(case).bench
    for described in case.rig["devices"]:
        events = bench.events(described["serial"])
        sets = [event for event in events if event.what == "set"]
        has_color = described.get("color_resolution") != "off"
        wanted = [(POWERLINE, MANUAL), (EXPOSURE, MANUAL), (GAIN, MANUAL), (WHITE_BALANCE, AUTOMATIC)]
        done = [(event.details["command"], event.details["mode"]) for event in sets]
        assert done == (wanted if has_color else [])
        assert all(event.host_time_ns < at(events, "start")[0] for event in sets)


@pytest.mark.parametrize("case", [case for case in CASES if case.name == "stall"], ids=by_name)
def test_imu_samples_are_written_when_captures_come_no_more(case: Case, runs: Session) -> None:
    take = runs.outcome(case).take
    assert take is not None
    stalled = take.files["left"]
    assert stalled.shots[-1].color_us is not None
    assert stalled.imu_us[-1] > stalled.shots[-1].color_us + 1_000_000
    assert stalled.imu_us == sorted(stalled.imu_us)


def stopped_us(bench: VirtualBench, serial: str) -> int:
    """What a device's clock showed when it was stopped, by the capture that was read soonest."""
    events = bench.events(serial)
    (stop_ns,) = at(events, "stop")
    read = [event for event in events if event.what == "capture"]
    return max(int(each.details["color"]) + (stop_ns - each.host_time_ns) // 1000 for each in read)


@pytest.mark.parametrize("case", [case for case in GOOD if case.name == "imu"], ids=by_name)
def test_imu_samples_span_the_take(case: Case, runs: Session) -> None:
    take = runs.outcome(case).take
    assert take is not None
    for name, recorded in take.files.items():
        first, last = recorded.shots[0].color_us, recorded.shots[-1].color_us
        assert first is not None
        assert last is not None
        assert recorded.imu_us == sorted(recorded.imu_us)
        assert first <= recorded.imu_us[0] < first + 100_000, name
        end = stopped_us(runs.outcome(case).bench, case.devices[NAMES.index(name)].serial)
        assert last - 200_000 < recorded.imu_us[-1] < end + 200_000, name
        assert len(recorded.imu_us) > 1500 * (last - first) / 1e6


@pytest.mark.parametrize("case", REFUSED, ids=by_name)
def test_a_rig_that_does_not_start_leaves_nothing_on_the_disk(case: Case, runs: Session) -> None:
    outcome = runs.outcome(case)
    assert outcome.take is None
    assert outcome.ended.report["take"] is None


ORPHANS = [
    ({}, "workers that answer close their files and their devices"),
    ({"hang_after": 60}, "one that hangs inside the SDK closes its file, and its end frees the device"),
]


@pytest.mark.parametrize(("faults", "sentence"), ORPHANS, ids=["answering", "hanging"])
def test_workers_whose_parent_is_killed_close_everything(
    faults: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    require_virtual_k4a()
    bench = VirtualBench(tmp_path, with_fault(1, **faults))
    rig = tmp_path / "rig.yaml"
    rig.write_text(json.dumps(make_rig(A, B, C)))
    arguments = ["start", rig, "-o", tmp_path, "--name", "take", "--quiet"]
    with ksync(*arguments, environment=bench.environment()) as command:
        wait_until(lambda: all(len(bench.log(serial)) >= 20 for serial in (A, B, C)), "it records")
        wait_until(lambda: not faults or at(bench.events(B), "hang"), "the device hangs")
        wait_until(lambda: count_rows(tmp_path / "take") >= 1, "the take is begun")
        command.process.kill()
        command.process.wait()
        wait_until(lambda: command.processes() == [], "every worker has left")
    assert complete_files(tmp_path / "take") == set(NAMES), sentence
    images = ImageCheck()
    for name, serial in zip(NAMES, (A, B, C), strict=True):
        recorded = read_recorded(tmp_path / "take" / f"{name}.mkv", images)
        delivered = [each.number for each in bench.log(serial)]
        due = delivered[delivered.index(recorded.pulses[0]) :]
        # What a busy machine can't write in the second that it has to leave stays in its queue.
        assert recorded.pulses == due[: len(recorded.pulses)], sentence
        assert len(due) - len(recorded.pulses) <= SPARE
        hangs = name == "left" and bool(faults)
        assert [event.what for event in bench.events(serial)][-2:] == (
            ["capture", "hang"] if hangs else ["stop", "close"]
        )
    assert images.wrong == []

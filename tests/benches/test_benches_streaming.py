"""A program that takes rows of a scripted director: what it waits for, and what it never waits for."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import queue
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.benches import streaming
from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.reading import Reading
from kinect_sync.benches.streaming import Stream
from kinect_sync.benches.wanted import Simulated
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import BenchError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import DISK_FULL
from kinect_sync.findings.streaming import DIRECTOR_HANGS, STREAM_DEVICE_UNREAD, STREAM_RING_UNMAPPED
from kinect_sync.geometry.depth_buffer import DepthBuffer
from kinect_sync.geometry.motion import Motion
from kinect_sync.geometry.point_table import PointTable, SightTable
from kinect_sync.geometry.view_pyramid import ViewPyramid
from kinect_sync.library.streaming import Rows
from kinect_sync.review.fusing.request import CloudSettings
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.streaming.live_rows import LiveRow
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.capture_ring import RingWriter, ring_name
from kinect_sync.wire.direction import Alive, Began, DeviceChanged, LensesRead, Over, StreamedDevice
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport
from tests.director.scripted import chain
from tests.factory_calibration import make_calibration
from tests.limits import no_more_files
from tests.review.fused import STANDING, UPRIGHT, calibration_of
from tests.takes.recorded import take

RIG = chain(2)
FRONT, LEFT = (RIG.settings_of(each) for each in RIG.devices)
PULSES = 3
ORDER = StreamOrder(
    plan=TakePlan(rig=RIG, directory=Path()), bench=Simulated(), keeps=True, ring=12, studio=Path()
)
OVER = Over(report=StreamReport(verdict=Verdict.IN_SYNC, rig=RIG.name, pulses=PULSES, findings=()))


class ScriptedDirector:
    """What directs: it tells what the test says, and, unless it hangs, that all is over at the end."""

    pid = 4711

    def __init__(self, *told: Value, hangs: bool = False) -> None:
        self._hangs = hangs
        self._told: queue.SimpleQueue[Value] = queue.SimpleQueue()
        for each in told:
            self._told.put(each)

    def __call__(self, _order: StreamOrder) -> Any:
        return self

    def hear(self, timeout_s: float = 0.0) -> Value | None:
        try:
            return self._told.get(block=timeout_s > 0, timeout=timeout_s or None)
        except queue.Empty:
            return None

    def tell(self, message: Value) -> None:
        self._told.put(message)

    def ask(self, message: Value) -> None:
        pass

    def leave(self) -> None:
        if not self._hangs:
            self._told.put(OVER)

    def join(self) -> bool:
        return True


def began(folder: Path, *, waits: bool = False) -> Began:
    devices = tuple(StreamedDevice(settings=each, captures_wait=waits) for each in (FRONT, LEFT))
    return Began(devices=devices, reference=FRONT.name, folder=folder, take=None, findings=())


def changed(device: str, standing: Any, *findings: Finding) -> DeviceChanged:
    return DeviceChanged(device=device, standing=standing, findings=findings)


def stream_of(*told: Value, hangs: bool = False) -> Stream:
    return Stream(lambda: ORDER, Reading(), ScriptedDirector(*told, hangs=hangs))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rings, in which only that of `front` ever comes."""
    monkeypatch.setattr(streaming, "RINGS_S", 3600.0)  # to wait for it is to hang
    folder = tmp_path / "rings"
    folder.mkdir()
    fill(folder, FRONT)
    return folder


def fill(folder: Path, device: DeviceSettings) -> None:
    """Put captures of a device into a ring."""
    ring = RingWriter(folder / ring_name(device.name), device, captures=12)
    for pulse, capture in enumerate(take(device, PULSES)):
        ring.put(capture, pulse, None)
    ring.close()


FULL = DISK_FULL.found("no room for its file", device=LEFT.name)
UNREAD = STREAM_DEVICE_UNREAD.found("no room for it in memory", device=LEFT.name)


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(changed(LEFT.name, "lost", FULL), id="lost when it was to record"),
        pytest.param(changed(LEFT.name, "delivers", UNREAD), id="recorded, without room for it in memory"),
    ],
)
def test_nobody_waits_for_the_ring_of_a_device_that_gives_nothing_here(
    folder: Path, lost: DeviceChanged
) -> None:
    with stream_of(began(folder), lost, OVER) as rows:
        given = list(rows)
    assert [row.pulse for row in given] == list(range(PULSES))
    assert {row[FRONT.name].hole for row in given} == {None}
    assert {row[LEFT.name].hole for row in given} == {HoleReason.DEVICE_LOST}
    assert rows.findings == ()  # the report has what its director found


def device_report(device: DeviceSettings) -> StreamDeviceReport:
    return StreamDeviceReport(
        name=device.name, serial=device.serial, role=device.role, captures=PULSES, dropped=0, holes={},
        lost=False, bias_us=0.0, jitter_us=0.0, drift_ppm=0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("take_holes", "differ"),
    [
        pytest.param(
            {FRONT.name: ((1, 1),), LEFT.name: ((2, 2),)},
            [(0, 1), (2, 0)],
            id="one dropped by the disk, two late",
        ),
        pytest.param({FRONT.name: (), LEFT.name: ((0, PULSES - 1),)}, [(0, 0), (0, 0)], id="alike"),
        pytest.param(None, [(None, None), (None, None)], id="nothing is kept"),
    ],
)
def test_where_rows_and_the_take_differ_is_counted(folder: Path, take_holes: Any, differ: list[Any]) -> None:
    """Rows have all of one device, and nothing of the other."""
    told = OVER.report.model_copy(update={"devices": (device_report(FRONT), device_report(LEFT))})
    over = Over(report=told, take_holes=take_holes)
    with stream_of(began(folder), changed(LEFT.name, "lost", FULL), over) as rows:
        assert len(list(rows)) == PULSES
    assert [(each.only_in_take, each.only_in_rows) for each in rows.report.devices] == differ


def test_rows_beyond_the_end_of_the_take_differ_from_nothing(folder: Path) -> None:
    """It ends where an end was asked for, and some rows were given ahead."""
    told = OVER.report.model_copy(update={"devices": (device_report(LEFT),), "pulses": PULSES - 1})
    lost = changed(LEFT.name, "lost", FULL)
    director = ScriptedDirector(began(folder), lost)
    with Stream(lambda: ORDER, Reading(), director) as rows:
        assert [rows.next() is not None for _ in range(PULSES)] == [True] * PULSES
        director.tell(Over(report=told, take_holes={LEFT.name: ()}))
        assert list(rows) == []
    assert [(each.only_in_take, each.only_in_rows) for each in rows.report.devices] == [(PULSES - 1, 0)]


def test_a_start_in_which_every_device_was_lost_is_told_as_one_that_failed(tmp_path: Path) -> None:
    lost = (
        changed(FRONT.name, "lost", DISK_FULL.found("no room", device=FRONT.name)),
        changed(LEFT.name, "lost", FULL),
    )
    with pytest.raises(BenchError) as failed, stream_of(began(tmp_path / "rings"), *lost):
        pass
    assert [each.device for each in failed.value.findings] == [FRONT.name, LEFT.name]


def test_a_take_goes_on_of_whose_devices_none_has_room_in_memory(folder: Path) -> None:
    (folder / ring_name(FRONT.name)).unlink()
    unread = (changed(each.name, "delivers", UNREAD) for each in (FRONT, LEFT))
    with stream_of(began(folder), *unread, OVER) as rows:
        assert {capture.hole for row in rows for capture in row.values()} <= {HoleReason.DEVICE_LOST}
    assert rows.report.verdict is Verdict.IN_SYNC


def test_a_ring_that_the_system_does_not_let_a_program_map_is_told_and_waited_for_by_nobody(
    folder: Path,
) -> None:
    fill(folder, LEFT)
    rows = stream_of(began(folder), OVER)
    with no_more_files(2):  # one ring takes one for as long as it is mapped, and two meanwhile
        rows.__enter__()
    given = list(rows)
    rows.__exit__(None, None, None)
    assert [(row[FRONT.name].hole, row[LEFT.name].hole) for row in given] == [
        (None, HoleReason.DEVICE_LOST)
    ] * PULSES
    (finding,) = rows.report.findings
    assert (finding.kind, finding.device) == (STREAM_RING_UNMAPPED, LEFT.name)
    assert "Too many open files" in finding.what


@pytest.mark.parametrize(
    ("left", "waits"),
    [
        pytest.param(0, False, id="there would be no row"),
        pytest.param(2, True, id="the rig would wait for the program without end"),
        pytest.param(3, True, id="mapped, but it can't be told that it may go on"),
    ],
)
def test_without_rings_that_rows_need_a_stream_does_not_begin(folder: Path, left: int, waits: bool) -> None:
    fill(folder, LEFT)
    with (
        no_more_files(left),
        pytest.raises(BenchError) as failed,
        stream_of(began(folder, waits=waits), OVER),
    ):
        pass
    told = [(each.kind, each.device) for each in failed.value.findings]
    assert told == [(STREAM_RING_UNMAPPED, FRONT.name), (STREAM_RING_UNMAPPED, LEFT.name)]


def test_a_director_that_hangs_is_waited_for_until_somebody_asks_again(folder: Path) -> None:
    """To wait for it is to hang."""
    rows = stream_of(began(folder), changed(LEFT.name, "lost", FULL), hangs=True).__enter__()
    assert rows.director == ScriptedDirector.pid
    rows.finish()
    rows.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert rows.director is None


class InterruptedOnce(ScriptedDirector):
    """A director for which one waits until Ctrl-C."""

    def hear(self, timeout_s: float = 0.0) -> Value | None:
        if self.told_once:
            return super().hear(timeout_s)
        self.told_once = True
        raise KeyboardInterrupt

    told_once = False


def test_a_director_that_hangs_at_the_start_is_not_waited_for_by_whoever_asks_again() -> None:
    """To wait for it is to hang."""
    stream = Stream(lambda: ORDER, Reading(stopping=lambda: True), InterruptedOnce(hangs=True))
    with pytest.raises(KeyboardInterrupt):
        stream.__enter__()


# --- clouds -----------------------------------------------------------------------------------------------

SMALL = {"color_resolution": "720p", "color_format": "bgra32", "depth_mode": "nfov_2x2binned", "fps": 30}
COLORED = chain(2, camera=SMALL)
TABLES = PointTable, SightTable, DepthBuffer, ViewPyramid, Motion


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[type]:
    """The tables that were computed so far, by their kind."""
    made: list[type] = []

    def note(kind: Any) -> None:
        compute = kind.of
        monkeypatch.setattr(kind, "of", lambda *lenses: (made.append(kind), compute(*lenses))[1])

    for kind in TABLES:
        note(kind)
    return made


def calibrated_stream(folder: Path, known: Sequence[str], *, makes_clouds: bool) -> Rows:
    """A stream of two devices that tell their lenses, of which a calibration knows some."""
    devices = [COLORED.settings_of(each) for each in COLORED.devices]
    for each in devices:
        fill(folder, each)
    lenses = (LensesRead(device=each.name, calibration=make_calibration(each.serial)) for each in devices)
    told = Began(
        devices=tuple(StreamedDevice(settings=each) for each in devices),
        reference="front",
        folder=folder,
        take=None,
        findings=(),
    )
    poses = {name: pose for name, pose in {"front": STANDING, "left": UPRIGHT}.items() if name in known}
    calibration = calibration_of(poses, {each.name: each.serial for each in devices})
    plan = TakePlan(rig=COLORED, directory=Path(), calibration=calibration)
    order = ORDER.model_copy(update={"plan": plan})
    return Rows(lambda: order, Reading(makes_clouds=makes_clouds), ScriptedDirector(*lenses, told, OVER))


def test_the_first_cloud_finds_its_tables_computed_while_the_rig_started(
    tmp_path: Path, made: list[type]
) -> None:
    with calibrated_stream(tmp_path, ["front", "left"], makes_clouds=True) as rows:
        before = list(made)
        cloud = next(iter(rows)).cloud(CloudSettings(keep_edges=True))
    assert set(before) == set(TABLES)
    assert len(cloud.points) > 0
    assert made == before


def test_nothing_is_computed_for_clouds_that_nobody_may_ask_for(tmp_path: Path, made: list[type]) -> None:
    with calibrated_stream(tmp_path, ["front", "left"], makes_clouds=False) as rows:
        assert rows.factory_calibration("left") == make_calibration("000000000001")
    assert made == []


def test_a_device_that_the_calibration_does_not_know_costs_no_row(tmp_path: Path, made: list[type]) -> None:
    with calibrated_stream(tmp_path, ["left"], makes_clouds=True) as rows:
        row = next(iter(rows))
        with pytest.raises(UsageError, match="does not know the device"):
            row.cloud()
        before = len(made)
        row.cloud(devices=["left"])
    assert len(made) == before > 0


def test_what_is_held_has_its_world_when_the_stream_is_over(tmp_path: Path) -> None:
    with calibrated_stream(tmp_path, ["front", "left"], makes_clouds=False) as rows:
        held = next(iter(rows)).hold()
    assert len(held.cloud(CloudSettings(keep_edges=True)).points) > 0
    assert held.view("front.color", "left").depth.shape == (720, 1280)
    assert held.undistorted("left").depth is not None
    assert rows.factory_calibration("left") == make_calibration("000000000001")
    assert rows.geometry("left").color is not None


def test_rows_that_go_to_another_process_share_one_world_there(tmp_path: Path, made: list[type]) -> None:
    with calibrated_stream(tmp_path, ["front", "left"], makes_clouds=True) as rows:
        held = [row.hold() for row in rows][:2]
    settings = CloudSettings(keep_edges=True)
    cloud, before = held[0].cloud(settings), len(made)
    assert len(pickle.dumps(held[0])) < len(pickle.dumps(dict(held[0]))) + 100_000, "no tables"
    there = [pickle.loads(pickle.dumps(row)) for row in held]
    assert np.array_equal(there[0].cloud(settings).points, cloud.points)
    assert len(made) == 2 * before, "computed once more"
    assert len(there[1].cloud(settings).points) > 0
    assert len(made) == 2 * before


def test_lenses_of_a_device_that_there_is_not_are_refused_with_the_names_of_those_there_are(
    folder: Path,
) -> None:
    with Rows(lambda: ORDER, Reading(), ScriptedDirector(began(folder), OVER)) as rows:
        for ask in (rows.geometry, rows.factory_calibration):
            with pytest.raises(UsageError, match=r"no device nose.*choose among front, left"):
                ask("nose")
        assert rows.factory_calibration("left") is None, "it told none"


# --- directors that hang ------------------------------------------------------------------------------------

GIVEN_UP_S = 60


class HangingDirector(ScriptedDirector):
    """What says nothing any more, however long one waits; time passes as somebody waits."""

    def __init__(self, *told: Value, busy_s: int = 0) -> None:
        super().__init__(*told, hangs=True)
        self._busy_s = busy_s
        self.waited_s = 0.0
        self.is_killed = False

    def now_s(self) -> float:
        return self.waited_s

    def hear(self, timeout_s: float = 0.0) -> Value | None:
        if (told := super().hear()) is not None:
            return told
        self.waited_s += 0.5
        if self.waited_s == self._busy_s:
            return OVER
        return Alive() if self.waited_s < self._busy_s and self.waited_s % 1 == 0 else None

    def kill(self) -> None:
        self.is_killed = True


def hanging(folder: Path) -> HangingDirector:
    return HangingDirector(began(folder), changed(LEFT.name, "lost", FULL))


def leave(rows: Rows) -> None:
    with rows:
        pass


def take_to_the_end(rows: Rows) -> None:
    with rows:
        rows.finish()
        rows.each(lambda _row: None)


async def leave_as_a_task(rows: Rows) -> None:
    async with rows:
        pass


async def take_to_the_end_as_a_task(rows: Rows) -> None:
    async with rows:
        rows.finish()
        async for _row in rows:
            pass


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(leave, id="left"),
        pytest.param(take_to_the_end, id="asked for its end"),
        pytest.param(lambda rows: asyncio.run(leave_as_a_task(rows)), id="left by a task"),
        pytest.param(lambda rows: asyncio.run(take_to_the_end_as_a_task(rows)), id="asked for by a task"),
    ],
)
def test_a_director_that_hangs_at_its_end_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[[Rows], object]
) -> None:
    """To wait for it is to hang."""
    monkeypatch.setattr(streaming, "HEAR_S", 0.001)  # rows are waited for in real time
    director = hanging(folder)
    rows = Rows(lambda: ORDER, Reading(), director, director.now_s)
    run(rows)
    assert director.is_killed
    assert GIVEN_UP_S < director.waited_s < GIVEN_UP_S + 3
    assert rows.report.verdict is Verdict.FAILED
    assert rows.report.findings[-1].kind is DIRECTOR_HANGS
    assert "had said nothing for 60 s" in rows.report.findings[-1].what
    assert rows.report.pulses == rows.report.given + rows.report.missed
    assert not folder.exists()


def test_a_director_that_hangs_when_nobody_asked_for_an_end_is_given_up_where_no_row_comes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HEAR_S", 0.001)
    director = hanging(folder)
    with Rows(lambda: ORDER, Reading(), director, director.now_s) as rows:
        assert len(list(rows)) == PULSES
    assert director.is_killed
    assert rows.report.findings[-1].kind is DIRECTOR_HANGS


def test_a_director_that_says_that_it_goes_on_is_waited_for_however_long_its_end_takes(folder: Path) -> None:
    director = HangingDirector(began(folder), changed(LEFT.name, "lost", FULL), busy_s=10 * GIVEN_UP_S)
    rows = Rows(lambda: ORDER, Reading(), director, director.now_s)
    leave(rows)
    assert not director.is_killed
    assert rows.report.verdict is Verdict.IN_SYNC


def test_a_director_that_hangs_before_the_first_row_is_given_up_once_an_end_is_asked_for() -> None:
    director = HangingDirector()
    long_ago_s = 10 * GIVEN_UP_S
    stream = Rows(
        lambda: ORDER,
        Reading(stopping=lambda: director.waited_s > long_ago_s),
        director,
        director.now_s,
    )
    with pytest.raises(BenchError) as hangs:
        stream.__enter__()
    assert director.is_killed
    assert hangs.value.findings[0].kind is DIRECTOR_HANGS


# --- who takes rows -----------------------------------------------------------------------------------------


def rows_of_three(folder: Path, reading: Reading | None = None) -> Rows:
    director = ScriptedDirector(began(folder), changed(LEFT.name, "lost", FULL), OVER)
    return Rows(lambda: ORDER, reading or Reading(), director)


async def next_of(rows: AsyncIterator[LiveRow]) -> LiveRow:
    return await anext(rows)


def test_an_iterator_goes_on_after_a_task_that_waited_was_cancelled_and_loses_no_row(folder: Path) -> None:
    go_on = threading.Event()
    go_on.set()

    async def take_after_timeouts(rows: Rows) -> list[int]:
        async with rows:
            go_on.clear()
            it = aiter(rows)
            for _ in range(2):
                waiting = asyncio.ensure_future(next_of(it))
                await asyncio.sleep(0)
                waiting.cancel()
            go_on.set()
            return [row.pulse async for row in it]

    rows = rows_of_three(folder, Reading(stopping=lambda: not go_on.wait()))
    assert asyncio.run(take_after_timeouts(rows)) == list(range(PULSES))


def test_each_row_is_given_to_one_of_several_tasks(folder: Path) -> None:
    async def pulses(rows: Rows) -> list[int]:
        return [row.pulse async for row in rows]

    async def take_in_two_tasks(rows: Rows) -> tuple[list[int], list[int]]:
        async with rows:
            return await asyncio.gather(pulses(rows), pulses(rows))

    one, other = asyncio.run(take_in_two_tasks(rows_of_three(folder)))
    assert sorted([*one, *other]) == list(range(PULSES))
    assert (one, other) == (sorted(one), sorted(other))


def test_rows_are_awaited_in_several_loops_one_after_another_and_an_error_is_told_once(folder: Path) -> None:
    wrongs: list[Exception] = []

    def stopping() -> bool:
        if wrongs:
            raise wrongs.pop()
        return False

    with rows_of_three(folder, Reading(stopping=stopping)) as rows:
        wrongs.append(ValueError("of the program"))
        with pytest.raises(ValueError, match="of the program"):
            asyncio.run(next_of(aiter(rows)))
        given = [asyncio.run(next_of(aiter(rows))) for _ in range(PULSES)]
        assert [row.pulse for row in given] == list(range(PULSES))


def test_one_thread_at_a_time_looks_for_a_row_and_each_row_is_given_once(folder: Path) -> None:
    begun, asked, go_on = (threading.Event() for _ in range(3))
    asking: list[int] = []

    def stopping() -> bool:
        if begun.is_set():
            asking.append(threading.get_ident())
            asked.set()
            go_on.wait()
        return False

    given: list[LiveRow | None] = []
    with rows_of_three(folder, Reading(stopping=stopping)) as rows:
        begun.set()
        other = threading.Thread(target=lambda: given.append(rows.next()), daemon=True)
        other.start()
        asked.wait()
        assert rows.next(0.0) is None
        assert asking == [other.ident]
        go_on.set()
        given += list(rows)
        other.join()
    assert sorted(row.pulse for row in given if row is not None) == list(range(PULSES))


def test_whoever_leaves_waits_for_no_thread_that_waits_for_rows(folder: Path) -> None:
    """To wait for it is to hang: no row comes any more."""
    director = ScriptedDirector(began(folder), changed(LEFT.name, "lost", FULL))
    with Rows(lambda: ORDER, Reading(), director) as rows:
        given = [rows.next() for _ in range(PULSES)]
        other = threading.Thread(target=lambda: given.append(rows.next()), daemon=True)
        other.start()
    other.join()
    assert [row is None for row in given] == [False] * PULSES + [True]


class ListeningDirector(ScriptedDirector):
    """What notes whatever it is told, and says nothing of its end."""

    def __init__(self, *told: Value) -> None:
        super().__init__(*told)
        self.heard: list[object] = []

    def ask(self, message: Value) -> None:
        self.heard.append(message)

    def leave(self) -> None:
        self.heard.append("leave")
        super().leave()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows forks no process")
def test_a_forked_child_that_leaves_ends_nothing_and_gets_no_rows(folder: Path) -> None:
    director = ListeningDirector(began(folder), changed(LEFT.name, "lost", FULL), OVER)
    with Rows(lambda: ORDER, Reading(), director) as rows:
        assert rows.next() is not None
        child = multiprocessing.get_context("fork").Process(target=leave_in_child, args=(rows, director))
        child.start()
        child.join()
        assert child.exitcode == 0
        assert folder.exists()
        assert len(list(rows)) == PULSES - 1
    assert director.heard == ["leave"]
    assert not folder.exists()


def leave_in_child(rows: Rows, director: ListeningDirector) -> None:
    """Do what ends a run."""
    with pytest.raises(RuntimeError, match="in the process that entered"):
        rows.next()
    rows.finish()
    rows.__exit__(None, None, None)
    asyncio.run(rows.__aexit__(None, None, None))
    assert director.heard == []

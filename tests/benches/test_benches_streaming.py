"""A program that takes rows of a scripted director: what it waits for, and what it never waits for."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches import streaming
from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.streaming import Reading, Stream
from kinect_sync.benches.wanted import Simulated
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import DISK_FULL
from kinect_sync.findings.streaming import STREAM_DEVICE_UNREAD, STREAM_RING_UNMAPPED
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.capture_ring import RingWriter, ring_name
from kinect_sync.wire.direction import Began, DeviceChanged, Over, StreamedDevice
from kinect_sync.wire.stream_report import StreamReport
from tests.director.scripted import chain
from tests.limits import no_more_files
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

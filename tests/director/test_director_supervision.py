"""The recording as the director sees it: ends, losses, a full disk, and an index that accounts for all."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from kinect_sync.director.device_state import DISK_STALL_S, STALL_S, Phase
from kinect_sync.director.listener import Listener
from kinect_sync.director.losses import imu_dropped
from kinect_sync.director.observer import Observer
from kinect_sync.director.sink import Beginning
from kinect_sync.director.start_sequence import Anchor
from kinect_sync.director.supervision import FROZEN_END_S, Supervisor
from kinect_sync.director.take_sink import TakeSink
from kinect_sync.director.worker_life import RECOVER_S
from kinect_sync.findings import Finding, Severity
from kinect_sync.host.identity import HostIdentity
from kinect_sync.takes.folder import TakeFolder
from kinect_sync.timing.alignment import MAX_LAG_S, AlignedDevice, Aligner, Entry, Row
from kinect_sync.timing.verification import Verification
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    End,
    Exited,
    Failed,
    FindOnBus,
    Finished,
    Noted,
    OnBus,
    Open,
    Progress,
    Record,
    Recover,
    Recovered,
    Said,
    Stop,
)
from tests.director.scripted import HOST, Script, ScriptedRig, chain

PERIOD_US = 33_333


class Measured(Observer):
    """Measures what it is told, as a run does."""

    def __init__(self, verification: Verification) -> None:
        self.verification = verification

    def on_rows(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.verification.add(row)


class RoomySink(TakeSink):
    """A take on a disk with as much room as it is told."""

    room = 10**12

    @property
    def free_bytes(self) -> int:
        return self.room


class Pacemaker(Listener):
    """Calls something after each round in which the director listened."""

    def __init__(self, on_pumped: Callable[[], None]) -> None:
        self.on_pumped = on_pumped  # type: ignore[method-assign]


class Studio:
    """Three scripted workers and everything that records them."""

    def __init__(self, tmp_path: Path) -> None:
        self.rig = ScriptedRig(chain(), {name: Script() for name in ("front", "left", "right")})
        self.fleet = self.rig.fleet
        folder = TakeFolder(tmp_path / "take")
        self.path = folder.path / "alignment.csv"
        devices = [AlignedDevice.of(state.settings) for state in self.fleet]
        self.verification = Verification(devices, 30)
        self.sink = RoomySink(folder, self.rig.rig, self.fleet, 10**9)
        observers = (Measured(self.verification), self.sink)
        aligner = Aligner(devices, "front", 30)
        self.supervisor = Supervisor(self.rig.rig, self.fleet, aligner, self.sink, observers, source="front")
        self.beginning = Beginning("front", {name: Anchor(0.0, 0) for name in self.fleet.states})
        self.ends: list[int] = []
        self.told: dict[str, int] = dict.fromkeys(self.fleet.states, 0)
        self.end_pulse: int | None = None
        self.lengths: dict[str, int] = {}
        self.paces: dict[str, int] = {}
        self.ahead = 0
        """Pulses whose captures were delivered and wait for the disk."""
        self.lost_from = 10**9
        """The pulse from which on no capture comes but the one that ends the file."""
        self.awaits_reader = False
        """Whether captures wait for whoever reads them from memory."""
        self.closing_s = 0.0
        """How long the disk takes to close a file."""
        self.ended_s: dict[str, float] = {}
        self.frozen: set[str] = set()
        """Workers that neither speak nor hear."""
        self.on_round: Callable[[int], None] = lambda _: None
        """Called before each round, with its number; ten make a second."""
        for state in self.fleet:
            self.fleet.send(state.name, Open(settings=state.settings, index=None))
        self.on_recover: Callable[[str, Recover], None] = self._recover_nothing
        self.answer = self.rig.answer
        self.rig.answer = self._answer

    def _answer(self, name: str, command) -> None:
        if name in self.frozen and not isinstance(command, Recover):
            return
        match command:
            case Record():
                self.end_pulse = command.end_pulse
            case End():
                self.ends.append(command.pulse)
                self.end_pulse = command.pulse
            case Recover():
                self.frozen.discard(name)  # another worker, in its place
                self.on_recover(name, command)
            case _:
                self.answer(name, command)

    def _recover_nothing(self, name: str, _order: Recover) -> None:
        self.rig.say(name, Recovered(entries=(), captures=self.told[name], written_bytes=1))

    def deliver(self, name: str, until: int) -> None:
        """Let a worker report its captures up to a pulse, and that it has finished when it has."""
        end = until if self.end_pulse is None else min(until, self.end_pulse)
        entries = tuple(
            Entry(pulse, pulse, pulse * PERIOD_US, pulse * PERIOD_US, 10**9, None)
            for pulse in range(self.told[name], min(end, self.lost_from))
        )
        self.told[name] = max(self.told[name], end)
        ended = end == self.end_pulse and until >= end
        self.rig.say(
            name,
            Progress(entries=entries, newest_pulse=self.ahead + (end if ended else end - 1),
                     captures=self.told[name], queue_full=0, queued_bytes=0, written_bytes=1,
                     reader_silent_ms=0, clock=HOST.clock, closing=ended,
                     awaits_reader=self.awaits_reader),
        )  # fmt: skip
        now_s = self.rig.clock.now_s
        if ended and now_s - self.ended_s.setdefault(name, now_s) >= self.closing_s:
            self.rig.say(name, Finished(captures=end, written_bytes=1))

    def run(self, stopping=lambda: False, *, pulses: int | None = None) -> None:
        """Record while every device delivers three pulses per round, or so many as its pace is given, but
        not beyond its given length."""
        rounds = {"at": 0}

        def each_round() -> None:
            rounds["at"] += 1
            self.rig.clock.now_s += 0.1
            self.on_round(rounds["at"])
            for state in self.fleet:
                if state.name in self.frozen:
                    continue
                limit = self.lengths.get(state.name)
                reached = rounds["at"] * self.paces.get(state.name, 3)
                if not state.gone and (
                    limit is None or limit > self.told[state.name] or self.told[state.name] == 0
                ):
                    self.deliver(state.name, min(reached, limit or reached))
                elif not state.gone:
                    self.deliver(state.name, self.told[state.name])

        pacemaker = Pacemaker(each_round)
        self.fleet.listeners.append(pacemaker)
        self.sink.begin(self.beginning)
        self.supervisor.begin(self.beginning, pulses)
        self.supervisor.run(stopping)
        self.fleet.listeners.remove(pacemaker)
        self.supervisor.write_off_unfinished()
        self.supervisor.finish()
        self.sink.close()

    def rows(self) -> list[dict[str, str]]:
        with self.path.open(newline="") as stream:
            return list(csv.DictReader(stream))

    def codes(self) -> list[tuple[str, str | None]]:
        return [(f.code, f.device) for f in (*self.fleet.findings, *self.sink.endings)]


def progress(name: str, pulses: Iterable[int], *, silent_ms: int = 0) -> Progress:
    """What a worker of the studio reports of these pulses."""
    entries = tuple(
        Entry(pulse, pulse, pulse * PERIOD_US, pulse * PERIOD_US, 10**9, None) for pulse in pulses
    )
    newest = entries[-1].pulse if entries else 14
    return Progress(
        entries=entries, newest_pulse=newest, captures=newest + 1, queue_full=0, queued_bytes=0,
        written_bytes=1, reader_silent_ms=silent_ms, clock=HOST.clock,
    )  # fmt: skip


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path)
    yield studio
    with suppress(OSError):
        studio.sink.close()


def test_a_take_of_a_given_length_has_just_that_many_rows(studio: Studio) -> None:
    studio.run(pulses=20)
    rows = studio.rows()
    assert [int(row["pulse"]) for row in rows] == list(range(20))
    assert {row[f"{name}.hole"] for row in rows for name in studio.fleet.states} == {""}
    assert studio.verification.complete == 20
    assert studio.codes() == []


def test_imu_samples_that_a_slow_disk_costs_are_told_of_their_device(studio: Studio) -> None:
    told = Progress(entries=(), newest_pulse=-1, captures=0, queue_full=0, imu_dropped=700, queued_bytes=0,
                    written_bytes=0, reader_silent_ms=0, clock=HOST.clock)  # fmt: skip
    studio.rig.say("left", told)
    studio.fleet.pump(0.1)
    assert {state.name: state.imu_dropped for state in studio.fleet} == {"front": 0, "left": 700, "right": 0}
    finding = imu_dropped("left", 700)
    assert (finding.code, finding.device, "700 IMU samples" in finding.what) == ("imu-dropped", "left", True)


def test_the_last_pulses_are_holes_where_every_device_lost_them(studio: Studio) -> None:
    studio.lost_from = 16
    studio.run(pulses=20)
    rows = studio.rows()
    assert [int(row["pulse"]) for row in rows] == list(range(20))
    holes = [{row[f"{name}.hole"] for name in studio.fleet.states} for row in rows]
    assert holes == [{""}] * 16 + [{"sensor_dropped"}] * 4
    assert [state.dropped for state in studio.fleet] == [4, 4, 4]


def test_an_end_that_is_asked_for_is_one_pulse_ahead_of_every_device(studio: Studio) -> None:
    studio.run(stopping=lambda: studio.told["front"] > 30)
    assert len(set(studio.ends)) == 1
    assert studio.ends[0] >= 30 + 0.4 * 30
    assert {studio.fleet.states[n].phase for n in studio.fleet.states} == {Phase.FINISHED}
    assert len(studio.rows()) == studio.ends[0]


def test_an_end_that_is_asked_for_lies_ahead_of_what_waits_for_the_disk(studio: Studio) -> None:
    studio.ahead = 60
    studio.run(stopping=lambda: studio.told["front"] > 30)
    assert studio.ends[0] >= 30 + 60 + 0.4 * 30
    assert len(studio.rows()) == studio.ends[0]


def test_what_was_recorded_beyond_the_end_is_in_no_row(studio: Studio) -> None:
    studio.sink.begin(studio.beginning)
    studio.supervisor.begin(studio.beginning, 20)
    beyond = [Entry(pulse, pulse, pulse * PERIOD_US, pulse * PERIOD_US, 10**9, None) for pulse in range(25)]
    told = Progress(entries=tuple(beyond), newest_pulse=24, captures=25, queue_full=0, queued_bytes=0,
                    written_bytes=1, reader_silent_ms=0, clock=HOST.clock)  # fmt: skip
    for state in studio.fleet:
        studio.rig.say(state.name, told)
    studio.fleet.pump(0)
    studio.supervisor.finish()
    studio.sink.close()
    assert len(studio.rows()) == studio.verification.complete == 20


def test_an_end_that_is_asked_for_at_once_waits_until_it_is_known_where_the_devices_are(
    studio: Studio,
) -> None:
    """They go on while the folder is made: an end that had passed by then would be another for each."""
    deliver, began_s = studio.deliver, studio.rig.clock.now_s

    def report_late(name: str, until: int) -> None:
        if studio.rig.clock.now_s - began_s > 0.5:
            deliver(name, until + 40)

    studio.deliver = report_late  # type: ignore[method-assign]
    studio.run(stopping=lambda: True)
    assert studio.ends[0] >= 40 + 0.4 * 30
    assert len(studio.rows()) == studio.ends[0]
    assert studio.codes() == []


def test_an_end_that_is_asked_for_at_once_does_not_wait_for_who_delivers_nothing(studio: Studio) -> None:
    studio.lengths["left"] = 0
    studio.run(stopping=lambda: True)
    assert len(studio.rows()) == studio.ends[0] < 5 * 30


def test_an_end_that_is_asked_for_never_makes_a_take_longer_than_planned(studio: Studio) -> None:
    studio.run(stopping=lambda: studio.told["front"] > 30, pulses=35)
    assert studio.ends == []
    assert len(studio.rows()) == 35


def test_a_full_disk_ends_the_take_whole(studio: Studio) -> None:
    studio.sink.room = 10**8
    studio.run(pulses=10**6)
    assert studio.codes() == [("disk-full", None)]
    assert "less than 1000 MB were left" in studio.sink.endings[0].what
    assert len(set(studio.ends)) == 1
    assert studio.verification.complete == len(studio.rows()) == studio.ends[0]


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_one_refusal_of_the_index_costs_neither_the_take_nor_a_row(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    refusals = [OSError(5, "Input/output error")]
    real = getattr(os, call)

    def refuse_once(*arguments):
        if studio.told["front"] > 30 and refusals:
            raise refusals.pop()
        return real(*arguments)

    monkeypatch.setattr(os, call, refuse_once)
    studio.run(pulses=120)
    assert not refusals
    assert studio.ends == []
    assert [int(row["pulse"]) for row in studio.rows()] == list(range(120))
    assert studio.codes() == []
    (remark,) = studio.sink.remarks
    assert (remark.code, remark.severity) == ("index-write-failed", Severity.WARNING)
    assert "Input/output error" in remark.what


def test_an_index_that_can_never_be_written_is_told_and_costs_no_recording(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    studio.on_round = lambda round_: monkeypatch.setattr(os, "fsync", refuse)
    studio.run(pulses=120)
    assert studio.codes() == [("index-write-failed", None)]
    assert studio.ends == []
    assert studio.verification.complete == 120
    assert {state.phase for state in studio.fleet} == {Phase.FINISHED}


def test_a_device_that_fails_costs_its_own_captures_only(studio: Studio) -> None:
    def stopping() -> bool:
        if studio.told["left"] == 12 and studio.fleet.states["left"].phase is not Phase.LOST:
            lost = Finding(code="stream-ended", device="left", what="the stream ended", remedy="replug it")
            studio.rig.say("left", Failed(findings=(lost,)))
        return False

    studio.run(stopping, pulses=40)
    rows = studio.rows()
    assert len(rows) == 40
    assert {row["left.hole"] for row in rows[:12]} == {""}
    assert {row["left.hole"] for row in rows[-20:]} == {"device_lost"}
    assert {row["right.hole"] for row in rows} == {""}
    assert studio.codes() == [("stream-ended", "left")]


def test_a_worker_that_dies_before_its_file_exists_is_lost_and_nothing_else(studio: Studio) -> None:
    studio.lengths["right"] = 9

    def stopping() -> bool:
        if studio.told["right"] == 9 and not studio.fleet.states["right"].exited:
            studio.rig.say("right", Exited(code=-9))
        return False

    studio.run(stopping, pulses=30)
    assert studio.codes() == [("worker-died", "right")]
    assert {row["front.hole"] for row in studio.rows()} == {""}


@pytest.mark.parametrize(
    ("case", "answer", "codes"),
    [
        (
            "the second worker tells",
            Recovered(entries=(Entry(9, 9, 1, 1, None, None),), captures=10, written_bytes=7),
            ["worker-died"],
        ),
        ("the second worker dies too", Exited(code=-9), ["worker-died", "last-captures-untold"]),
        (
            "the disk refuses",
            Failed(findings=(Finding(code="worker-failed", what="x"),)),
            ["worker-died", "last-captures-untold"],
        ),
        ("nobody answers", None, ["worker-died", "last-captures-untold"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_dead_worker_had_written_is_asked_for_and_never_waited_for_without_end(
    studio: Studio, case: str, answer: Value | None, codes: list[str]
) -> None:
    studio.lengths["right"] = 9
    began = studio.rig.clock.now_s

    def stopping() -> bool:
        if studio.told["right"] == 9 and studio.fleet.states["right"].phase is not Phase.LOST:
            studio.rig.say("right", Exited(code=-9))
        return False

    def recover(name: str, order: Recover) -> None:
        assert (name, order.after_pulse, order.file.name) == ("right", 8, "right.mkv")
        if answer is not None:
            studio.rig.say(name, answer)

    studio.on_recover = recover
    studio.run(stopping, pulses=30)
    assert studio.codes() == [(code, "right") for code in codes], case
    holes = [row["right.hole"] for row in studio.rows()]
    assert holes == [""] * (10 if isinstance(answer, Recovered) else 9) + ["device_lost"] * (
        20 if isinstance(answer, Recovered) else 21
    )
    assert studio.rig.clock.now_s - began < 100


def test_a_device_that_stalls_is_written_off_after_the_others_have_finished(studio: Studio) -> None:
    studio.lengths["left"] = 15
    studio.run(pulses=600)
    assert studio.codes() == [("device-stalled", "left")]
    rows = studio.rows()
    assert len(rows) == 600
    assert {row["left.hole"] for row in rows[15:]} == {"device_lost"}


def test_a_device_that_is_still_busy_when_the_others_have_finished_is_waited_for(studio: Studio) -> None:
    studio.paces["left"] = 1
    studio.run(pulses=60)
    assert studio.codes() == []
    assert {row["left.hole"] for row in studio.rows()} == {""}


def test_a_disk_that_is_slow_to_close_the_files_is_waited_for(studio: Studio) -> None:
    studio.closing_s = 20.0
    studio.run(pulses=40)
    assert studio.codes() == []
    assert studio.verification.complete == len(studio.rows()) == 40


def test_a_disk_that_never_closes_them_is_not_blamed_on_the_devices(studio: Studio) -> None:
    studio.closing_s = 1e9
    studio.run(pulses=40)
    assert {code for code, _ in studio.codes()} == {"disk-stalled"}
    assert studio.verification.complete == 40


def test_a_worker_that_says_nothing_more_of_its_full_queue_does_not_hold_up_the_end(studio: Studio) -> None:
    deliver = studio.deliver

    def falls_silent(name: str, until: int) -> None:
        if name != "left" or studio.told[name] < 15:
            deliver(name, until)
        elif not studio.fleet.states[name].queued_bytes:
            studio.rig.say(name, Progress(entries=(), newest_pulse=14, captures=15, queue_full=0,
                                          queued_bytes=1, written_bytes=1, reader_silent_ms=0,
                               clock=HOST.clock))  # fmt: skip

    studio.deliver = falls_silent  # type: ignore[method-assign]
    began = studio.rig.clock.now_s
    studio.run(pulses=30)
    assert studio.rig.clock.now_s - began < DISK_STALL_S + 10
    assert studio.codes() == [("device-unfinished", "left")]
    assert {row["front.hole"] for row in studio.rows()} == {""}


def test_a_take_ends_when_no_device_delivers_any_more(studio: Studio) -> None:
    studio.lengths = dict.fromkeys(studio.fleet.states, 15)
    began = studio.rig.clock.now_s
    studio.run(pulses=10**6)
    assert studio.rig.clock.now_s - began < 3 * STALL_S + 20
    assert studio.codes() == [("device-stalled", "front"), ("pulses-ended", None)]
    assert len(studio.rows()) == 15


def test_subordinates_that_starve_are_blamed_on_their_master(studio: Studio) -> None:
    studio.lengths = dict.fromkeys(("left", "right"), 15)

    def stopping() -> bool:
        if studio.told["front"] >= 15 and not studio.fleet.states["front"].exited:
            studio.rig.say("front", Exited(code=-11))
        return False

    studio.run(stopping, pulses=10**6)
    assert studio.codes() == [("worker-died", "front"), ("pulses-ended", None)]


# --- workers and hosts that stand still -------------------------------------------------------------------


def test_a_worker_that_stands_still_for_a_while_costs_no_take_and_is_told(studio: Studio) -> None:
    phases = set()

    def each(round_: int) -> None:
        studio.frozen = {"left"} if 20 <= round_ < 90 else set()
        phases.add(studio.fleet.states["left"].phase)

    studio.on_round = each
    studio.run(pulses=600)
    assert studio.codes() == [("worker-frozen", "left")]
    assert Phase.FROZEN in phases
    assert {row["left.hole"] for row in studio.rows()} == {""}, "what it had queued was told when it went on"
    assert studio.verification.complete == 600


def test_rows_of_the_others_are_kept_while_one_stands_still(studio: Studio) -> None:
    """They wait for what it has written; after half a minute, which is told as late, they do no longer."""
    behind = []

    def each(round_: int) -> None:
        studio.frozen = {"left"} if 20 <= round_ < 520 else set()
        if round_ in (100, 400, 500):
            behind.append(studio.told["front"] - len(studio.rows()))

    studio.on_round = each
    studio.run(pulses=1800)
    assert behind[0] < 30 * 30
    assert behind[1:] == pytest.approx([30 * 30] * 2, abs=6)
    holes = [row["left.hole"] for row in studio.rows()]
    late = holes.count("late")
    assert (len(holes), set(holes)) == (1800, {"", "late"})
    assert late == pytest.approx(20 * 30, abs=6), "what is older than half a minute"
    assert set(holes[60 + late :]) == {""}


def test_a_freeze_of_twenty_seconds_leaves_no_capture_of_a_file_without_its_row(studio: Studio) -> None:
    """Not those that were written and not told, and not those that the SDK still held when it went on."""

    def each(round_: int) -> None:
        studio.frozen = {"left"} if 20 <= round_ < 220 else set()

    studio.on_round = each
    studio.run(pulses=900)
    assert {row["left.hole"] for row in studio.rows()} == {""}


def test_a_worker_that_stands_still_for_good_is_ended_and_its_file_counted(studio: Studio) -> None:
    def each(round_: int) -> None:
        if round_ == 20:
            studio.frozen = {"left"}

    def recover(name: str, order: Recover) -> None:
        entries = tuple(Entry(pulse, pulse, 1, 1, None, None) for pulse in range(order.after_pulse + 1, 62))
        studio.rig.say(name, Recovered(entries=entries, captures=62, written_bytes=7))

    studio.on_round, studio.on_recover = each, recover
    studio.run(pulses=150)
    left = studio.fleet.states["left"]
    assert studio.codes() == [("device-unfinished", "left"), ("worker-killed", "left")]
    assert (left.phase, left.captures) == (Phase.LOST, 62)
    assert studio.rig.killed == ["left"]
    assert [row["left.hole"] for row in studio.rows()] == [""] * 62 + ["device_lost"] * 88
    assert {row["front.hole"] for row in studio.rows()} == {""}


def test_a_take_ends_with_a_master_whose_process_stands_still_and_whose_pulses_do_not_come(
    studio: Studio,
) -> None:
    """Its cable was pulled, and its process waits for the bus."""
    studio.lengths = dict.fromkeys(("left", "right"), 60)

    def each(round_: int) -> None:
        studio.frozen = {"front"} - set(studio.rig.killed) if round_ > 20 else set()

    studio.on_round = each
    began_s = studio.rig.clock.now_s
    studio.run(pulses=10**6)
    assert studio.rig.clock.now_s - began_s < 2 * 2 + FROZEN_END_S + 10
    assert studio.codes() == [
        ("device-unfinished", "front"),
        ("pulses-ended", None),
        ("worker-killed", "front"),
    ]
    assert "which gives them: its process stands still" in studio.fleet.findings[1].what


def test_a_take_ends_with_a_master_whose_process_stands_still_though_the_others_go_on(studio: Studio) -> None:
    """Nobody knows whether they still hear pulses, and nothing measures them."""

    def each(round_: int) -> None:
        studio.frozen = {"front"} - set(studio.rig.killed) if round_ > 20 else set()

    studio.on_round = each
    studio.run(pulses=10**6)
    assert len(studio.rows()) == studio.ends[0] < 60 + (MAX_LAG_S + 2) * 30
    assert [code for code in studio.codes() if code[1] == "front"] == [
        ("device-unfinished", "front"),
        ("source-lost", "front"),
        ("worker-killed", "front"),
    ]
    assert "nobody knows what it gives" in studio.fleet.findings[1].what


def test_a_master_that_stands_still_for_a_while_ends_no_take(studio: Studio) -> None:
    studio.on_round = lambda round_: setattr(studio, "frozen", {"front"} if 20 <= round_ < 90 else set())
    studio.run(pulses=600)
    assert studio.codes() == [("worker-frozen", "front")]
    assert studio.verification.complete == 600


def test_asking_to_stop_ends_a_take_whose_workers_all_stand_still(studio: Studio) -> None:
    def each(round_: int) -> None:
        if round_ == 20:
            studio.frozen = set(studio.fleet.states)

    studio.on_round = each
    began_s = studio.rig.clock.now_s
    studio.run(stopping=lambda: studio.rig.clock.now_s > began_s + 8)
    assert studio.rig.clock.now_s - began_s < 40
    assert {code for code, _ in studio.codes()} == {"device-unfinished", "worker-killed"}
    assert sorted(studio.rig.killed) == sorted(studio.fleet.states)


def test_a_take_waits_a_minute_for_workers_that_all_stand_still(studio: Studio) -> None:
    def each(round_: int) -> None:
        still = 20 <= round_ < 270 or round_ > 300
        studio.frozen = set(studio.fleet.states) - set(studio.rig.killed) if still else set()

    studio.on_round = each
    began_s = studio.rig.clock.now_s
    studio.run()
    assert 30 + 60 < studio.rig.clock.now_s - began_s < 30 + 60 + 60
    assert studio.codes().count(("worker-frozen", "front")) == 1


def test_a_pause_of_the_director_is_held_against_nobody(studio: Studio) -> None:
    def each(round_: int) -> None:
        if round_ == 40:
            studio.rig.clock.now_s += 300

    studio.on_round = each
    studio.run(pulses=300)
    assert studio.codes() == [("host-paused", None)]
    assert "300" in studio.fleet.findings[-1].what
    assert studio.verification.complete == 300


# --- devices that are silent ------------------------------------------------------------------------------


def test_no_row_waits_for_a_device_that_has_stalled(studio: Studio) -> None:
    studio.lengths["left"] = 15
    behind = []
    studio.on_round = lambda round_: behind.append(studio.told["front"] - len(studio.rows()))
    studio.run(pulses=1800)
    assert max(behind) < 4 * 30
    assert {row["left.hole"] for row in studio.rows()} == {"", "device_lost"}


def test_captures_that_wait_for_a_program_are_no_stall(studio: Studio) -> None:
    studio.lengths = dict.fromkeys(studio.told, 15)

    def each(round_: int) -> None:
        studio.awaits_reader = 4 < round_ < 300
        if round_ == 300:
            studio.lengths = {}

    studio.on_round = each
    studio.run(pulses=1000)
    assert len(studio.rows()) == 1000
    assert [state.dropped for state in studio.fleet] == [0, 0, 0]
    assert studio.codes() == []


def test_a_device_that_goes_on_after_a_stall_is_waited_for_again(studio: Studio) -> None:
    studio.lengths["left"] = 15

    def each(round_: int) -> None:
        if round_ == 100:
            studio.told["left"] = studio.told["front"]
            studio.lengths = {}

    studio.on_round = each
    studio.run(pulses=600)
    holes = [row["left.hole"] for row in studio.rows()]
    assert holes[:15] == [""] * 15
    assert set(holes[15:290]) == {"device_lost"}
    assert set(holes[301:]) == {""}
    assert studio.codes() == []


def answer_bus(studio: Studio, *silent: str, **seen) -> None:
    """Let the hosts of devices say how the bus looks."""
    answer = studio.rig.answer

    def tell(name: str, command) -> None:
        answer(name, command)
        if isinstance(command, FindOnBus) and name in silent:
            studio.rig.say(name, OnBus(**seen))

    studio.rig.answer = tell


@pytest.mark.parametrize(
    ("seen", "code", "words"),
    [
        ({"listed": False, "missing": 0}, "device-unplugged", "not on the USB bus any more"),
        ({"listed": True, "missing": 0}, "device-stalled", "is still on the USB bus"),
        ({"listed": None, "missing": 1}, "device-unplugged", "1 fewer are connected than while it delivered"),
        ({"listed": None, "missing": 0}, "device-stalled", "nothing more after pulse 14"),
    ],
    ids=["not listed", "listed", "one is missing", "none is missing"],
)
def test_an_unplugged_device_is_told_from_one_that_has_stalled(
    studio: Studio, seen: dict, code: str, words: str
) -> None:
    studio.lengths["left"] = 15
    answer_bus(studio, "left", **seen)
    studio.run(pulses=300)
    assert studio.codes() == [(code, "left")]
    assert words in studio.fleet.findings[0].what
    asked = [name for name, sent in studio.rig.journal if sent == "FindOnBus"]
    assert asked == ["left", "front", "right"], "once, and then the others, who count without it from now on"


def test_the_end_of_the_others_waits_for_what_the_bus_says(studio: Studio) -> None:
    """A device fell silent so long before the end that its host was asked just as the others were through."""
    studio.lengths["left"] = 15
    answers: list[int] = []
    answer = studio.rig.answer

    def tell(name: str, command: Value) -> None:
        answer(name, command)
        if isinstance(command, FindOnBus) and name == "left":
            answers.append(round(10 * studio.rig.clock.now_s) + 15)

    def each(_round: int) -> None:
        if answers and round(10 * studio.rig.clock.now_s) >= answers[0]:
            studio.rig.say("left", OnBus(listed=None, missing=1))

    studio.rig.answer, studio.on_round = tell, each
    studio.run(pulses=48)
    assert studio.codes() == [("device-unplugged", "left")]


def test_of_two_silent_devices_neither_is_blamed_where_one_is_missing(studio: Studio) -> None:
    studio.lengths = dict.fromkeys(("left", "right"), 15)
    answer_bus(studio, "left", "right", listed=None, missing=1)
    studio.run(pulses=300)
    assert studio.codes() == [("device-stalled", "left"), ("device-stalled", "right")]
    assert "by then 1 of the connected devices were gone" in studio.fleet.findings[0].what


def test_a_device_that_fell_silent_later_stands_not_in_the_way_of_what_is_known(studio: Studio) -> None:
    """The first was unplugged; of the second only its captures ended, long after the first was missed."""
    studio.lengths = {"left": 15, "right": 200}
    answer = studio.rig.answer

    def tell(name: str, command: Value) -> None:
        answer(name, command)
        if isinstance(command, FindOnBus):
            studio.rig.say(name, OnBus(listed=None, missing=int(name == "left")))

    studio.rig.answer = tell
    studio.run(pulses=600)
    assert studio.codes() == [("device-unplugged", "left"), ("device-stalled", "right")]


def test_a_device_of_another_host_is_not_looked_for_on_this_one(studio: Studio) -> None:
    studio.lengths = dict.fromkeys(("left", "right"), 15)
    studio.fleet.states["right"].host = HostIdentity(name="elsewhere", clock="elsewhere")
    answer_bus(studio, "left", listed=None, missing=1)
    studio.run(pulses=300)
    assert studio.codes() == [("device-unplugged", "left"), ("device-stalled", "right")]


def test_those_that_go_on_count_anew_when_a_device_is_lost(studio: Studio) -> None:
    def each(round_: int) -> None:
        if round_ == 20:
            lost = Finding(code="stream-ended", device="left", what="the stream ended", remedy="replug it")
            studio.rig.say("left", Failed(findings=(lost,)))

    studio.on_round = each
    studio.run(pulses=300)
    asked = [name for name, sent in studio.rig.journal if sent == "FindOnBus"]
    assert asked == ["front", "right"]


def test_a_device_that_delivers_is_there_whatever_the_bus_says(studio: Studio) -> None:
    studio.on_round = lambda round_: studio.rig.say("left", OnBus(listed=False, missing=0))
    studio.run(pulses=60)
    assert studio.codes() == []


@pytest.mark.parametrize("listed", [True, False], ids=["stalled", "unplugged"])
def test_a_take_ends_with_its_master_though_the_others_go_on(studio: Studio, listed: bool) -> None:
    """Nobody knows whether they still hear pulses."""
    studio.lengths["front"] = 15
    answer_bus(studio, "front", listed=listed, missing=0)
    studio.run(pulses=10**6)
    assert studio.codes() == [
        ("device-stalled" if listed else "device-unplugged", "front"),
        ("source-lost", "front"),
    ]
    assert len(studio.rows()) == studio.ends[0] < 15 + 5 * 30
    assert {row["left.hole"] for row in studio.rows()} == {""}


def test_what_ends_nothing_is_told_once_and_the_take_goes_on(studio: Studio) -> None:
    def each(round_: int) -> None:
        if 20 <= round_ < 30:
            finding = Finding(code="write-failed", device="left", what=f"refused {round_}")
            studio.rig.say("left", Noted(findings=(finding,)))

    studio.on_round = each
    studio.run(pulses=120)
    assert studio.codes() == [("write-failed", "left")]
    assert studio.fleet.findings[0].what == "refused 29"
    assert studio.verification.complete == 120


# --- what a file holds is told, whatever ends it ----------------------------------------------------------


def test_what_a_hanging_device_had_queued_is_in_the_rows(studio: Studio) -> None:
    """Its worker writes it out when it is told to stop, and only then says that the file is closed."""
    studio.lengths["left"] = 15
    answer, hung = studio.rig.answer, []

    def each(round_: int) -> None:
        if round_ == 20:
            hung.append(progress("left", (), silent_ms=4000))
            studio.rig.say("left", hung[0])

    def closes(name: str, command) -> None:
        if name != "left" or not isinstance(command, Stop) or not hung:
            return answer(name, command)
        studio.rig.say_later(1.0, "left", progress("left", range(15, 25)))
        studio.rig.say_later(1.0, "left", Finished(captures=25, written_bytes=1))
        return studio.rig.say_later(1.5, "left", Exited(code=1))

    studio.on_round, studio.rig.answer = each, closes
    studio.run(pulses=120)
    assert studio.codes() == [("device-hangs", "left")]
    assert [row["left.hole"] for row in studio.rows()] == [""] * 25 + ["device_lost"] * 95
    assert studio.fleet.states["left"].captures == 25


@pytest.mark.parametrize(
    "last_word",
    [Exited(code=0), Failed(findings=(Finding(code="disk-write-failed", what="x"),), closed=False)],
    ids=["it just leaves", "its disk is stuck"],
)
def test_a_worker_that_leaves_without_having_closed_its_file_is_asked_for_it(
    studio: Studio, last_word: Value
) -> None:
    studio.lengths["left"] = 9
    orders: list[Recover] = []

    def each(round_: int) -> None:
        if round_ == 20:
            studio.rig.say("left", last_word)

    def recover(name: str, order: Recover) -> None:
        orders.append(order)
        studio.rig.say(
            name, Recovered(entries=(Entry(9, 9, 1, 1, None, None),), captures=10, written_bytes=1)
        )

    studio.on_round, studio.on_recover = each, recover
    studio.run(pulses=90)
    assert [order.after_pulse for order in orders] == [8]
    assert [row["left.hole"] for row in studio.rows()] == [""] * 10 + ["device_lost"] * 80


def test_what_the_sdk_said_is_told_once_of_a_device_that_is_told_of_twice(studio: Studio) -> None:
    def each(round_: int) -> None:
        if round_ == 10:
            studio.rig.say("left", Said(text="f(). Depth image processing is too slow"))
        if round_ == 20:
            studio.frozen = {"left"}

    studio.on_round = each
    studio.run(pulses=150)
    codes = sorted(code for code, _ in studio.codes())
    assert codes == ["device-unfinished", "sdk-said", "worker-killed"]


@pytest.mark.parametrize(("code", "told"), [(-11, ["worker-left-badly"]), (0, [])])
def test_a_worker_that_crashes_when_its_file_is_closed_is_told(
    studio: Studio, code: int, told: list[str]
) -> None:
    """The files are whole; but its device was not closed, and may not open next time."""
    studio.run(pulses=20)
    studio.rig.say("left", Exited(code=code))
    studio.fleet.pump(0)
    assert studio.codes() == [(each, "left") for each in told]
    assert studio.fleet.states["left"].phase is Phase.FINISHED


def test_what_a_worker_says_that_another_has_taken_the_place_of_counts_no_more(studio: Studio) -> None:
    studio.lengths["right"] = 9
    first = studio.rig.posts["right"]

    def each(round_: int) -> None:
        if round_ == 20:
            studio.rig.say("right", Exited(code=-9))

    def recover(name: str, _order: Recover) -> None:
        first.put((name, progress("right", range(9, 12))))
        studio.rig.say(name, Recovered(entries=(), captures=9, written_bytes=1))

    studio.on_round, studio.on_recover = each, recover
    studio.run(pulses=60)
    assert [row["right.hole"] for row in studio.rows()] == [""] * 9 + ["device_lost"] * 51
    assert studio.fleet.states["right"].captures == 9


def test_asking_to_stop_costs_nothing_of_a_dead_workers_file(studio: Studio) -> None:
    """It is read while the take ends, and whoever asks for the end meanwhile wants the take whole."""
    studio.lengths["right"] = 9
    asked = {"from_s": 10.0**9}

    def each(round_: int) -> None:
        if round_ == 20:
            studio.rig.say("right", Exited(code=-9))

    def recover(name: str, order: Recover) -> None:
        asked["from_s"] = studio.rig.clock.now_s + 3
        entries = (Entry(order.after_pulse + 1, 9, 1, 1, None, None),)
        studio.rig.say_later(RECOVER_S - 1, name, Recovered(entries=entries, captures=10, written_bytes=1))

    studio.on_round, studio.on_recover = each, recover
    studio.fleet.stopping = lambda: studio.rig.clock.now_s > asked["from_s"]
    studio.fleet.interruptible = False
    studio.run(pulses=60)
    assert studio.codes() == [("worker-died", "right")]
    assert [row["right.hole"] for row in studio.rows()] == [""] * 10 + ["device_lost"] * 50


def test_a_dead_workers_file_that_nobody_can_read_is_not_waited_for_without_end(studio: Studio) -> None:
    studio.lengths["right"] = 9
    died_s: list[float] = []

    def each(round_: int) -> None:
        if round_ == 20:
            studio.rig.say("right", Exited(code=-9))
            died_s.append(studio.rig.clock.now_s)

    studio.on_round, studio.on_recover = each, lambda _name, _order: None
    studio.fleet.stopping = lambda: bool(died_s)
    studio.fleet.interruptible = False
    studio.run(pulses=60)
    assert studio.codes() == [("worker-died", "right"), ("last-captures-untold", "right")]
    assert studio.rig.clock.now_s - died_s[0] < RECOVER_S + 2

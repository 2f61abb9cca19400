"""A worker that lodges: whom it obeys, what it keeps, and when it leaves by itself."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

import pytest

from kinect_sync.host.awake import AwakeClock
from kinect_sync.values import Value
from kinect_sync.wire.hosts import LEASE_S
from kinect_sync.wire.lodging import Commanded, Place, Told, Welcome, read_numbered
from kinect_sync.wire.messages import (
    Arm,
    Armed,
    End,
    Failed,
    Finished,
    Open,
    Progress,
    Record,
    RecordingFile,
    Stop,
    as_line,
    read_command,
    read_event,
)
from kinect_sync.worker.lodging import Lodging, ending_with_rest
from kinect_sync.worker.meeting_place import meeting_place
from tests.takes.recorded import settings

FILE = RecordingFile(take="walk", name="front.mkv")
RECORD = Record(file=FILE, anchor_us=0.0, end_pulse=None)
OPEN = Open(settings=settings(name="front"), index=0)
ORPHAN_LIMIT_S = 60.0
FINISHED, FAILED = Finished(captures=5, written_bytes=9), Failed(findings=())


def progress(captures: int) -> Progress:
    return Progress(
        entries=(), newest_pulse=captures - 1, captures=captures, queue_full=0, queued_bytes=0,
        written_bytes=9, reader_silent_ms=0, clock="a boot",
    )  # fmt: skip


class Lodged:
    """A lodging whose time the test lets pass; nobody has to come for what it decides by itself."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder=folder, orphan_limit_s=ORPHAN_LIMIT_S)
        self.now_s = 0.0
        self.lodging = Lodging(self.place, AwakeClock(lambda: self.now_s))
        self._number = 0

    def tell(self, *commands: Value) -> None:
        for command in commands:
            self._number += 1
            self.lodging.take(Told.model_validate({"number": self._number, "command": command}))

    def say(self, *events: Value) -> None:
        for event in events:
            self.lodging.write(as_line(event))

    def let_pass(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + 0.5, until_s)
            self.lodging.tick()

    def left(self) -> list[Value]:
        """What it was told until it left by itself; for ever waits who calls it before."""
        return [read_command(line) for line in self.lodging]

    def rest(self) -> tuple[Welcome, list[Value]]:
        first, *lines = self.place.rest.read_bytes().splitlines()
        return Welcome.model_validate_json(first), [read_event(line) for line in lines]


@pytest.fixture
def lodged(tmp_path: Path) -> Lodged:
    return Lodged(tmp_path)


def is_gone_after(lodged: Lodged, seconds: float) -> None:
    """See that it leaves after so long, and not before."""
    lodged.let_pass(seconds)
    lodged.lodging.take(Told(number=None, command=Arm(settling=7)))  # by the agent, which does not command
    lodged.let_pass(0.5)
    assert lodged.left()[-1] == Arm(settling=7), "it was there before"


def test_commands_are_carried_out_once(lodged: Lodged) -> None:
    for number in (1, 2, 2, 1, 3):
        lodged.lodging.take(Told(number=number, command=Arm(settling=number)))
    lodged.lodging.take(Told(number=None, command=Stop()))
    lodged.lodging.leave()
    assert lodged.left() == [Arm(settling=1), Arm(settling=2), Arm(settling=3), Stop()]


@pytest.mark.parametrize(
    ("bring", "patience_s"),
    [
        pytest.param(lambda _: None, LEASE_S, id="it was told nothing"),
        pytest.param(lambda lodged: lodged.tell(OPEN, Arm()), LEASE_S, id="armed"),
        pytest.param(
            lambda lodged: lodged.tell(OPEN, RECORD.model_copy(update={"file": None})), LEASE_S, id="verifies"
        ),
        pytest.param(lambda lodged: lodged.tell(OPEN, RECORD), ORPHAN_LIMIT_S, id="records"),
        pytest.param(
            lambda lodged: lodged.tell(OPEN, RECORD, End(pulse=3600)),
            120 + ORPHAN_LIMIT_S,
            id="does not come to the end that is planned in two minutes",
        ),
        pytest.param(
            lambda lodged: (lodged.tell(OPEN, RECORD), lodged.say(FINISHED)), LEASE_S, id="has recorded"
        ),
        pytest.param(lambda lodged: (lodged.tell(OPEN, RECORD), lodged.say(FAILED)), LEASE_S, id="failed"),
    ],
)
def test_it_leaves_when_nobody_has_commanded_for_too_long(
    lodged: Lodged, bring: Callable[[Lodged], object], patience_s: float
) -> None:
    bring(lodged)
    lodged.let_pass(patience_s - 1)
    lodged.lodging.take(Commanded(heard=0))
    is_gone_after(lodged, patience_s)


def test_a_pause_of_its_own_is_not_held_against_whoever_commands(lodged: Lodged) -> None:
    lodged.now_s += 3600
    lodged.lodging.tick()
    assert lodged.lodging.alone_s == 1.0


def test_a_recording_that_has_ended_by_itself_is_left_soon_after(lodged: Lodged) -> None:
    lodged.tell(OPEN, RECORD)
    lodged.let_pass(30)
    lodged.say(FINISHED)
    lodged.let_pass(0.5)
    assert lodged.left() == [OPEN, RECORD]


def test_what_nobody_heard_is_kept_for_who_comes_later(lodged: Lodged) -> None:
    lodged.tell(OPEN, Arm(), RECORD)
    lodged.say(Armed(), progress(3), progress(5), FINISHED)
    lodged.lodging.take(Commanded(heard=2))
    lodged.let_pass(2)
    lodged.lodging.close()
    welcome, rest = lodged.rest()
    assert (welcome.first, welcome.last, welcome.told, welcome.alone_s) == (3, 4, 3, 2)
    errand = welcome.errand
    assert (errand.device, errand.take, errand.records, errand.captures) == ("front", "walk", False, 5)
    assert rest == [progress(5), FINISHED]


def test_what_nobody_heard_is_kept_also_where_the_device_hangs(lodged: Lodged) -> None:
    codes: list[int] = []
    lodged.say(Armed())
    ending_with_rest(lodged.lodging, codes.append)(1)
    assert (codes, lodged.rest()[1]) == ([1], [Armed()])


def test_no_room_for_what_nobody_heard_is_no_reason_not_to_leave(lodged: Lodged) -> None:
    lodged.place.rest.mkdir()
    lodged.lodging.close()


@pytest.mark.parametrize(
    ("end_pulse", "newest_pulse", "ends_in_s"),
    [(None, 5, None), (31, 0, 1.0), (31, 30, 0.0), (31, 40, 0.0), (30, -1, 1.0)],
)
def test_a_planned_end_is_known(
    lodged: Lodged, end_pulse: int | None, newest_pulse: int, ends_in_s: float | None
) -> None:
    lodged.tell(OPEN, RECORD.model_copy(update={"end_pulse": end_pulse}))
    lodged.say(progress(1).model_copy(update={"newest_pulse": newest_pulse}))
    lodged.lodging.close()
    assert lodged.rest()[0].errand.ends_in_s == ends_in_s


def hear(agent: Connection) -> tuple[int, Value]:
    number, line = read_numbered(agent.recv_bytes())
    return number, read_event(line)


def test_each_agent_that_comes_is_told_all_that_was_not_heard_and_nobody_else_gets_in(
    lodged: Lodged,
) -> None:
    lodged.place.key.write_bytes(b"the key")
    lodged.lodging.open()
    lodged.tell(OPEN)
    lodged.say(Armed(), progress(3))
    with meeting_place(lodged.place.folder) as address:
        with pytest.raises(AuthenticationError):
            Client(address, authkey=b"another")
        with Client(address, authkey=b"the key") as agent:
            welcome = Welcome.model_validate_json(agent.recv_bytes())
            assert (welcome.first, welcome.told, welcome.errand.device) == (1, 1, "front")
            assert [hear(agent) for _ in range(2)] == [(1, Armed()), (2, progress(3))]
            agent.send_bytes(as_line(Commanded(heard=1)))
            agent.send_bytes(b"what no agent says")
            agent.send_bytes(as_line(Told(number=2, command=Stop())))
            assert [read_command(line) for _, line in zip(range(2), lodged.lodging, strict=False)] == [
                OPEN,
                Stop(),
            ]
        with Client(address, authkey=b"the key") as agent:
            welcome = Welcome.model_validate_json(agent.recv_bytes())
            assert (welcome.first, welcome.last, welcome.told) == (2, 2, 2)
            assert hear(agent) == (2, progress(3))
            lodged.say(FINISHED)
            lodged.lodging.close()
            assert hear(agent) == (3, FINISHED)

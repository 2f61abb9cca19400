"""The way to one host: nothing is told twice or out of order, and nothing is lost but what is not there."""

from __future__ import annotations

import pytest

from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.hosts.allowance import AT_ONCE
from kinect_sync.hosts.host_line import SILENT_S, STARTING_S, HostLine
from kinect_sync.hosts.remote_link import MOST_EARLY, RemoteLink
from kinect_sync.values import Value
from kinect_sync.wire.hosts import KEEP_S, Heard, Launch, Lease, Replay
from kinect_sync.wire.messages import (
    PROTOCOL,
    Armed,
    ClockRead,
    CutOff,
    Exited,
    Failed,
    FindOnBus,
    Finished,
    Healed,
    Noted,
    ReadClock,
    Ready,
    Said,
    Stop,
)
from kinect_sync.wire.messages import End as EndFile
from tests.director.scripted import FakeClock
from tests.hosts.agents import PlayedAgent
from tests.hosts.lines import InProcessLine

HOST = "host-b"
LEASE = Lease(director="studio", run="1", epoch=1)


class Told:
    """What a worker's link passed on."""

    def __init__(self) -> None:
        self.events: list[Value] = []

    def put(self, item: tuple[str, Value]) -> None:
        assert item[0] == "left"
        self.events.append(item[1])

    @property
    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


class Way:
    """A director and one host, in a time that the test lets pass."""

    def __init__(self, *, through_json: bool = False) -> None:
        self.clock = FakeClock()
        self.line = InProcessLine(through_json=through_json)
        self.agent = PlayedAgent(self.line, HOST)
        end = self.line.director(lambda _, heard: self.host.hear(heard), self.notice)
        self.host = HostLine(
            HOST,
            end,
            LEASE,
            clock=self.clock,
            clock_ns=lambda: round(self.clock() * 1e9),
        )
        self.told = Told()
        self.link = self.launch("walk-left-1")

    def notice(self, *_: object) -> None:
        if hasattr(self, "host"):
            self.host.notice()

    def launch(self, worker: str) -> RemoteLink:
        link = RemoteLink("left", worker, HOST, self.told, self.host.put, self.host.wake)
        self.host.add(link, Launch(worker=worker, bench="{}", take="walk"))
        self.host.turn()
        return link

    def pass_s(self, seconds: float) -> None:
        """Let time pass, in which the host's thread does what it has to."""
        for _ in range(round(seconds * 10)):
            self.clock.now_s += 0.1
            self.host.turn()

    def say(self, *numbers: int) -> None:
        """Let the worker say what can be told apart."""
        self.agent.say("walk-left-1", *(note(number) for number in numbers))

    @property
    def heard(self) -> list[int]:
        return [int(event.findings[0].what) for event in self.told.events if isinstance(event, Noted)]


def note(number: int) -> Noted:
    return Noted(findings=(Finding(code="write-failed", what=str(number)),))


@pytest.fixture(params=[False, True], ids=["values", "json"])
def way(request: pytest.FixtureRequest) -> Way:
    return Way(through_json=request.param)


# --- what is told -------------------------------------------------------------------------------------------


def test_a_worker_is_launched_and_what_it_is_told_comes_in_order_and_once(way: Way) -> None:
    way.link.send(FindOnBus())
    way.line.answers_lost.add(HOST)
    way.link.send(EndFile(pulse=7))
    way.pass_s(0.5)
    way.line.answers_lost.clear()
    way.link.send(Stop())
    way.pass_s(0.5)
    assert way.agent.workers == ["walk-left-1"]
    assert way.agent.told["walk-left-1"] == [FindOnBus(), EndFile(pulse=7), Stop()]


def test_what_is_told_while_the_host_is_away_waits_for_it(way: Way) -> None:
    way.line.cut(HOST)
    way.link.send(EndFile(pulse=7))
    way.pass_s(60)
    assert way.agent.told["walk-left-1"] == []
    way.line.heal(HOST)
    way.host.turn()
    assert way.agent.told["walk-left-1"] == [EndFile(pulse=7)]


def test_the_hosts_clock_is_read_between_two_moments_of_the_directors(way: Way) -> None:
    way.agent.clock_ns = 77
    way.link.send(ReadClock(sent_ns=0))
    way.host.turn()
    (read,) = way.told.events
    assert isinstance(read, ClockRead)
    assert (read.clock, read.time_ns) == (HOST, 77)
    assert read.sent_ns == read.heard_ns == round(way.clock() * 1e9), "when it was asked, not before"
    way.line.cut(HOST)
    way.link.send(ReadClock(sent_ns=0))
    way.pass_s(10)
    assert len([event for event in way.told.events if isinstance(event, ClockRead)]) == 1


def test_the_studios_name_of_a_host_is_used_and_not_its_own(way: Way) -> None:
    way.agent.say("walk-left-1", Ready(protocol=PROTOCOL, pid=1, host=HostIdentity(name="pc7", clock="boot")))
    (ready,) = way.told.events
    assert isinstance(ready, Ready)
    assert (ready.host, ready.place) == (HostIdentity(name=HOST, clock="boot"), HOST)


def test_a_worker_that_could_not_be_started_has_failed_with_its_devices_name() -> None:
    way = Way()
    way.agent.refusal = Finding(code="take-exists", what="walk exists on this host")
    link = way.launch("walk-left-2")
    failed, exited = way.told.events
    assert isinstance(failed, Failed)
    assert [(each.code, each.device) for each in failed.findings] == [("take-exists", "left")]
    assert failed.findings[0].what.startswith("`host-b`: walk exists")
    assert exited == Exited(code=None)
    assert link.join(0)


# --- what is heard ------------------------------------------------------------------------------------------


def test_what_is_told_again_slowly_is_asked_for_once_while_it_comes(way: Way) -> None:
    """Each time it was all that was left, so that the network told little else."""
    way.line.events_lost.add(HOST)
    way.say(*range(1, 9))
    way.line.events_lost.clear()
    way.agent.replays_at_once = 1
    way.pass_s(1)
    for number in range(2, 7):
        way.agent.tell_again("walk-left-1", number)
        way.pass_s(0.6)
    assert [each.after for each in way.agent.asked if isinstance(each, Replay)] == [0]
    way.pass_s(1.2)  # nothing more comes: what was told again got lost, too
    way.pass_s(1.2)
    assert way.heard == list(range(1, 9))


def test_events_that_got_lost_are_told_again_in_their_place(way: Way) -> None:
    way.say(1, 2)
    way.line.events_lost.add(HOST)
    way.say(3, 4)
    way.line.events_lost.clear()
    way.say(5)
    assert way.heard == [1, 2]
    way.pass_s(2 * KEEP_S)
    way.say(6)
    assert way.heard == [1, 2, 3, 4, 5, 6]


def test_the_last_events_are_asked_for_though_none_follows(way: Way) -> None:
    way.line.events_lost.add(HOST)
    way.say(1, 2)
    way.line.events_lost.clear()
    way.pass_s(3 * KEEP_S)
    assert way.heard == [1, 2]


def test_the_agent_learns_what_was_heard_and_may_forget_it(way: Way) -> None:
    way.say(1, 2, 3)
    way.pass_s(KEEP_S + 0.1)
    assert way.agent.heard == {"walk-left-1": 3}


def test_a_worker_of_another_run_is_none_of_ours(way: Way) -> None:
    way.agent.events["other-left-1"] = []
    way.agent.say("other-left-1", Armed())
    way.pass_s(1)
    assert way.told.events == []


def test_who_has_left_is_told_so_that_its_host_forgets_it(way: Way) -> None:
    way.agent.say("walk-left-1", Finished(captures=1, written_bytes=1), Exited(code=0))
    assert way.link.join(0)
    way.pass_s(2 * KEEP_S)
    assert way.agent.heard == {"walk-left-1": 2}
    del way.agent.events["walk-left-1"]
    way.link.send(Stop())
    way.pass_s(2 * KEEP_S)
    assert way.told.kinds == ["Finished", "Exited"]
    assert way.agent.told["walk-left-1"] == []


# --- losses -------------------------------------------------------------------------------------------------


def test_a_host_that_is_cut_off_is_told_at_once_and_its_events_when_it_is_back(way: Way) -> None:
    way.say(1)
    way.line.cut(HOST)
    way.host.turn()
    (cut,) = [event for event in way.told.events if isinstance(event, CutOff)]
    assert (cut.host, cut.devices) == (HOST, ("left",))
    assert "agent is not there" in cut.why
    way.say(2, 3)
    way.pass_s(45)
    way.line.heal(HOST)
    way.host.turn()
    assert way.told.kinds == ["Noted", "CutOff", "Noted", "Noted", "Healed"]
    assert way.heard == [1, 2, 3]
    healed = way.told.events[-1]
    assert isinstance(healed, Healed)
    assert (healed.times, round(healed.longest_s)) == (1, 45)
    way.line.cut(HOST)
    way.pass_s(1)
    way.line.heal(HOST)
    way.host.turn()
    again = way.told.events[-1]
    assert isinstance(again, Healed)
    assert (again.times, round(again.longest_s)) == (2, 45)


@pytest.mark.parametrize("before", [False, True], ids=["told again", "told before the host is led again"])
def test_that_a_host_is_back_is_told_before_the_end_of_a_worker_there(way: Way, before: bool) -> None:
    """It went while the host was away; after its end nothing can be told of it."""
    way.say(1)
    way.line.cut(HOST)
    way.host.turn()
    events = (note(2), Exited(code=-9))
    if before:
        way.line.parted.discard(HOST)
        way.agent.say("walk-left-1", *events)
        assert way.told.kinds == ["Noted", "CutOff", "Noted"]
    else:
        way.agent.say("walk-left-1", *events)
        way.line.heal(HOST)
    way.pass_s(2 * KEEP_S)
    assert way.told.kinds == ["Noted", "CutOff", "Noted", "Healed", "Exited"]
    assert way.link.join(0)


def test_a_host_is_back_only_when_all_that_it_said_is_told(way: Way) -> None:
    way.line.cut(HOST)
    way.host.turn()
    way.say(1, 2)
    way.line.heal(HOST)
    way.line.events_lost.add(HOST)
    way.host.turn()
    assert way.told.kinds == ["CutOff"]
    way.line.events_lost.clear()
    way.pass_s(2 * KEEP_S)
    assert way.told.kinds == ["CutOff", "Noted", "Noted", "Healed"]


def test_a_host_is_back_only_when_its_agent_knows_how_much_was_said(way: Way) -> None:
    """An agent that was started again has found its processes, and heard of some of them nothing yet."""
    way.say(1)
    way.line.cut(HOST)
    way.host.turn()
    way.agent.awaited.add("walk-left-1")
    way.line.events_lost.add(HOST)
    way.say(2, 3)
    way.line.events_lost.clear()
    way.line.heal(HOST)
    way.pass_s(2)
    assert way.told.kinds == ["Noted", "CutOff"]
    way.agent.awaited.clear()
    way.pass_s(2 * KEEP_S)
    assert way.told.kinds == ["Noted", "CutOff", "Noted", "Noted", "Healed"]


def test_a_host_is_not_back_before_what_it_was_heard_to_say_is_told_in_its_place(way: Way) -> None:
    way.line.cut(HOST)
    way.host.turn()
    way.say(1, 2, 3)
    way.line.parted.discard(HOST)
    way.agent.tell_again("walk-left-1", 3)
    all_events, way.agent.events["walk-left-1"] = way.agent.events["walk-left-1"], [note(1)]
    way.line.heal(HOST)
    way.host.turn()
    assert way.told.kinds == ["CutOff", "Noted"]
    way.agent.events["walk-left-1"] = all_events
    way.pass_s(3 * KEEP_S)
    assert way.told.kinds == ["CutOff", "Noted", "Noted", "Noted", "Healed"]


def test_what_an_agent_took_and_lost_is_told_again_before_all_that_follows(way: Way) -> None:
    commands = [FindOnBus(), EndFile(pulse=7), EndFile(pulse=9)]
    for command in commands:
        way.link.send(command)
    way.host.turn()
    way.agent.forget("walk-left-1", 1)
    way.agent.awaited.add("walk-left-1")
    way.agent.come()
    way.link.send(Stop())
    way.pass_s(2)
    assert way.agent.told["walk-left-1"] == [FindOnBus()], "nobody knows yet what the next one is"
    way.agent.awaited.clear()
    way.pass_s(2 * KEEP_S)
    assert way.agent.told["walk-left-1"] == [*commands, Stop()]
    asked = len(way.agent.asked)
    way.pass_s(5)
    assert len(way.agent.asked) == asked, "once is enough"


# --- hosts that say too much --------------------------------------------------------------------------------


def test_events_that_wait_for_one_are_kept_up_to_a_number_and_asked_for_again_beyond(way: Way) -> None:
    way.pass_s(10)
    way.line.events_lost.add(HOST)
    way.say(1)
    way.line.events_lost.clear()
    most = MOST_EARLY + 100
    way.say(*range(2, most + 1))
    assert (way.heard, way.link.waiting) == ([], MOST_EARLY)
    way.pass_s(3 * KEEP_S)
    assert way.heard == list(range(1, most + 1)), "those that were dropped, too"


def test_a_host_that_says_more_than_a_device_can_is_lost_and_stays_so(way: Way) -> None:
    """Numbers beyond any that there can be would be waited for, and kept, for ever."""
    way.say(1)
    way.host.hear(Heard(worker="walk-left-1", number=10**6, event=note(2)))
    way.pass_s(60)
    way.say(3)
    assert way.told.kinds == ["Noted", "CutOff"]
    cut = way.told.events[1]
    assert isinstance(cut, CutOff)
    assert cut.why == "it says more than a device can: event 1000000 of `left`"


def test_what_is_said_besides_is_left_out_where_it_is_too_much_and_told_once(way: Way) -> None:
    for _ in range(10_000):
        way.host.hear(Heard(worker="walk-left-1", number=None, event=Said(text="noise")))
    said = [event for event in way.told.events if isinstance(event, Said)]
    assert len(said) == AT_ONCE
    (noted,) = [event for event in way.told.events if isinstance(event, Noted)]
    assert noted.findings[0].code == "host-floods"
    way.pass_s(1)
    way.host.hear(Heard(worker="walk-left-1", number=None, event=Said(text="a word")))
    assert way.told.events[-1] == Said(text="a word")
    way.say(1)
    assert way.told.events[-1] == note(1), "what is numbered is heard"


def test_an_agent_is_given_longer_while_processes_start_there(way: Way) -> None:
    way.pass_s(1)
    way.line.answers_lost.add(HOST)
    way.pass_s(STARTING_S - KEEP_S - 0.1)
    assert way.told.kinds == []
    way.pass_s(2 * KEEP_S)
    assert way.told.kinds == ["CutOff"]


def test_an_agent_that_hangs_is_told_within_two_seconds_though_it_is_there(way: Way) -> None:
    way.say(1)
    way.pass_s(1)
    way.told.events.clear()
    way.line.answers_lost.add(HOST)
    began_s = way.clock()
    while "CutOff" not in way.told.kinds:
        way.pass_s(0.1)
    assert SILENT_S - KEEP_S <= way.clock() - began_s < 2.0 - 0.3
    way.line.answers_lost.clear()
    way.pass_s(2 * KEEP_S)
    assert way.told.kinds == ["CutOff", "Healed"]


def test_a_host_of_which_events_are_heard_is_not_lost_though_an_answer_is(way: Way) -> None:
    way.line.answers_lost.add(HOST)
    for number in range(1, 40):
        way.say(number)
        way.pass_s(0.1)
    assert "CutOff" not in way.told.kinds


def test_an_agent_that_was_started_again_is_asked_at_once_for_what_it_found(way: Way) -> None:
    way.say(1)
    way.line.events_lost.add(HOST)
    way.say(2)
    way.line.events_lost.clear()
    way.agent.come()
    way.host.turn()
    way.pass_s(2 * KEEP_S)
    assert way.heard == [1, 2]


def test_a_host_that_was_started_again_knows_its_workers_no_more(way: Way) -> None:
    way.say(1)
    way.line.cut(HOST)
    way.host.turn()
    way.agent.events.clear()
    way.line.heal(HOST)
    way.host.turn()
    assert way.told.kinds == ["Noted", "CutOff", "Exited"]
    assert way.link.join(0)


def test_a_host_that_another_director_has_taken_over_is_lost_with_its_words(way: Way) -> None:
    way.line.cut(HOST)
    way.host.turn()
    way.agent.in_use = True
    way.line.heal(HOST)
    way.pass_s(10)
    assert way.told.kinds == ["CutOff"]
    way.agent.in_use = False
    way.pass_s(1)
    assert way.told.kinds == ["CutOff", "Healed"]


def test_a_worker_that_is_to_be_launched_on_a_host_that_is_away_waits_for_it(way: Way) -> None:
    way.line.cut(HOST)
    way.host.turn()
    way.launch("walk-left-2")
    assert way.told.kinds == ["CutOff", "CutOff"]
    way.line.heal(HOST)
    way.pass_s(1)
    assert way.agent.workers == ["walk-left-1", "walk-left-2"]
    assert way.told.kinds == ["CutOff", "CutOff", "Healed", "Healed"]


def test_who_leaves_a_host_tells_it_what_is_left_to_tell_before(way: Way) -> None:
    way.link.send(Stop())
    way.link.kill()
    way.host.leave()
    assert [each.kind for each in way.agent.asked] == ["launch", "tell", "end", "leave"]  # type: ignore[attr-defined]

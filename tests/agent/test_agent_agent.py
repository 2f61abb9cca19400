"""What an agent answers: who may command, which workers run, and what of them was heard."""

from __future__ import annotations

import errno
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.agent.state_folder import LodgedWorker, StateFolder
from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.simulation import simulate
from kinect_sync.errors import UsageError
from kinect_sync.rig.model import RigFields
from kinect_sync.wire import messages as wire
from kinect_sync.wire.hosts import (
    LEASE_S,
    Done,
    End,
    EndTake,
    Heard,
    Launch,
    Lead,
    Leave,
    Replay,
    Tell,
)
from kinect_sync.wire.looks import Connected, Examine, ListConnected
from kinect_sync.wire.messages import (
    Arm,
    Armed,
    ClockRead,
    Exited,
    Finished,
    ReadClock,
    Said,
    Stop,
)
from tests.agent.asking import OTHER, READY, codes, description, hear, progress, record
from tests.agent.scripted import HOST, KINECTS, LEASE, Hosted
from tests.cli.commands import wait_until
from tests.devices.simulation import chain


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Hosted]:
    hosted = Hosted(tmp_path)
    yield hosted
    hosted.close()


# --- who commands ---------------------------------------------------------------------------------------


def test_anybody_may_ask_what_there_is_and_for_the_clock(
    host: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.agent.agent.lodged_room", lambda: 7)
    told = description(host)
    assert (told.name, told.host, told.lease, told.takes) == ("host-b", HOST, None, ())
    assert told.free_bytes
    assert told.memory_bytes == 7
    assert host.ask(ReadClock(sent_ns=5), None) == ClockRead(clock=HOST.clock, sent_ns=5, time_ns=77)


@pytest.mark.parametrize(
    "request_",
    [Lead(), Leave(), End(worker="walk"), Launch(worker="walk", bench=KINECTS)],
    ids=lambda each: str(each.kind),
)
def test_whatever_else_is_for_directors(host: Hosted, request_: Lead) -> None:
    assert codes(host.ask(request_, None)) == ["no-director"]
    assert host.workers == {}


def test_one_director_commands_and_another_waits_until_it_is_gone(host: Hosted) -> None:
    assert host.running() == {}
    assert codes(host.lead(OTHER)) == ["host-in-use"]
    host.let_pass(LEASE_S - 0.5)
    host.lead()
    host.let_pass(LEASE_S - 0.5)
    assert codes(host.lead(OTHER)) == ["host-in-use"], "it said in time that it is there"
    host.let_pass(0.5)
    assert host.running(OTHER) == {}
    assert codes(host.lead()) == ["host-in-use"]
    assert host.said == [
        "studio commands (epoch 1)",
        "refused other: studio commands this host",
        "studio has gone",
        "other commands (epoch 2)",
        "refused studio: other commands this host",
    ]


def test_an_old_epoch_is_refused_when_nobody_commands_and_after_a_restart(
    host: Hosted, tmp_path: Path
) -> None:
    host.lead(OTHER)
    assert host.ask(Leave(), OTHER) == Done()
    assert codes(host.lead()) == ["director-outdated"]
    host.state.close()
    again = Hosted(tmp_path)
    assert description(again).epoch == 2
    assert codes(again.lead()) == ["director-outdated"]
    assert again.running(OTHER) == {}, "the same one goes on"
    again.close()


def test_a_director_that_comes_back_commands_again_if_nobody_else_did(host: Hosted) -> None:
    host.lead()
    host.let_pass(60)
    assert host.running() == {}
    assert description(host).lease == LEASE


# --- workers --------------------------------------------------------------------------------------------


def test_a_worker_is_started_once_however_often_it_is_asked_for(host: Hosted) -> None:
    host.lead()
    worker = host.launch()
    assert host.ask(Launch(worker="walk", bench=KINECTS)) == Done()
    assert host.workers == {"walk": worker}
    assert host.assignments["walk"].bench == Kinects()
    assert host.assignments["walk"].takes is None, "it keeps nothing"
    host.launch("other", take="walk")
    assert host.assignments["other"].takes == host.takes


def test_commands_are_passed_on_with_their_numbers(host: Hosted) -> None:
    host.lead()
    worker = host.launch()
    for number in (1, 2):
        assert host.ask(Tell(worker="walk", number=number, command=Arm(settling=number))) == Done()
    told = [worker.hear_told() for _ in range(2)]
    assert [(each.number, each.command) for each in told] == [(1, Arm(settling=1)), (2, Arm(settling=2))]


def test_the_clock_is_read_by_the_agent_itself(host: Hosted) -> None:
    host.lead()
    host.ask(Launch(worker="walk", bench=KINECTS))
    host.ask(Tell(worker="walk", number=1, command=ReadClock(sent_ns=5)))
    read = ClockRead(clock=HOST.clock, sent_ns=5, time_ns=77)
    assert host.heard == [Heard(worker="walk", number=None, event=read)]


def test_events_are_told_and_told_again_until_they_were_heard(host: Hosted) -> None:
    host.lead()
    worker = host.launch()
    worker.say(READY, Armed())
    hear(host, 2)
    assert [each.event for each in host.heard] == [READY, Armed()]
    assert host.running() == {"walk": 2}
    host.heard.clear()
    assert host.ask(Replay(worker="walk", after=1)) == Done()
    assert host.heard == [Heard(worker="walk", number=2, event=Armed())]
    host.lead(walk=1)
    worker.hear_of_heard(1)
    host.heard.clear()
    host.ask(Replay(worker="walk", after=0))
    assert [each.number for each in host.heard] == [2], "what was heard is forgotten"


def test_nobody_is_told_while_nobody_commands(host: Hosted) -> None:
    worker = record(host)
    host.let_pass(LEASE_S + 1)
    worker.say(progress(6))
    wait_until(lambda: description(host).takes[0].captures == 6, "it is heard")
    assert [each.number for each in host.heard] == [1, 2]
    assert host.running() == {"walk": 3}
    host.ask(Replay(worker="walk", after=2))
    assert [each.number for each in host.heard] == [1, 2, 3]


def test_the_end_of_a_worker_is_its_last_event_and_then_it_is_forgotten(host: Hosted) -> None:
    host.lead()
    worker = host.launch()
    worker.output.write_text("all is\nlost")
    worker.say(READY)
    hear(host, 1)
    worker.end(3)
    hear(host, 2)
    assert host.heard[-1].event == Exited(code=3, last_words=("all is", "lost"))
    assert host.running(walk=1) == {"walk": 2}
    assert host.running(walk=2) == {}
    assert not worker.place.folder.exists()
    assert codes(host.ask(Tell(worker="walk", number=2, command=Stop()))) == ["worker-unknown"]
    assert codes(host.ask(Replay(worker="walk", after=0))) == ["worker-unknown"]
    assert host.ask(End(worker="walk")) == Done()


def test_a_director_that_gives_the_command_back_has_heard_all_that_it_wants(host: Hosted) -> None:
    host.lead()
    gone, stays = host.launch("gone"), host.launch("stays")
    gone.end(0)
    hear(host, 1)
    host.ask(Leave())
    assert (gone.place.folder.exists(), stays.place.folder.exists()) == (False, True)
    assert host.running() == {"stays": 0}


def test_a_worker_that_dies_before_it_listens_has_an_end_too(host: Hosted) -> None:
    host.lead()
    host.ask(Launch(worker="walk", bench=KINECTS))
    host.workers["walk"].end(1)
    hear(host, 1)
    assert host.heard[0].event == Exited(code=1)


def test_a_worker_that_can_t_be_written_down_is_not_left_running(
    host: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    host.lead()
    monkeypatch.setattr(host.state, "keep", full)
    answer = host.ask(Launch(worker="walk", bench=KINECTS))
    assert codes(answer) == ["worker-not-started"]
    assert not host.workers["walk"].runs()
    assert host.running() == {}


def test_a_disk_that_takes_no_epoch_makes_no_director(host: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(host.state, "keep_lease", full)
    assert codes(host.lead()) == ["agent-failed"]
    assert description(host).lease is None


def test_nobody_waits_for_a_busy_disk_to_command(host: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise AssertionError("this may take seconds")

    monkeypatch.setattr("os.fsync", busy)
    assert host.running() == {}
    host.launch(take="walk")


def test_who_could_command_a_worker_sees_its_key_and_nobody_else(host: Hosted, tmp_path: Path) -> None:
    host.lead()
    place = host.launch().place
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of Windows are in no folder")
def test_a_folder_without_room_for_sockets_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(socket.socket, "bind", refused)
    with pytest.raises(UsageError) as refusal:
        StateFolder(tmp_path / "state")
    (finding,) = refusal.value.findings
    assert finding.code == "agent-folder-unusable"


def test_an_agent_in_a_deep_folder_reaches_its_workers(tmp_path: Path) -> None:
    host = Hosted(tmp_path / ("deep" * 40))
    host.lead()
    host.launch().say(READY)
    hear(host, 1)
    host.close()


def test_a_worker_is_ended_at_once(host: Hosted) -> None:
    host.lead()
    host.launch()
    host.ask(End(worker="walk"))
    hear(host, 1)
    assert host.heard[0].event == Exited(code=-9)


def test_who_died_while_no_agent_was_there_has_an_end_after_all_that_was_heard(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    (state.make_folder("walk") / "output").write_text("all is lost")
    state.keep(LodgedWorker(worker="walk", pid=1, started="before", run=LEASE.run, take="walk"))
    state.close()
    host = Hosted(tmp_path)
    end = Heard(worker="walk", number=500, event=Exited(code=None, last_words=("all is lost",)))
    wait_until(lambda: host.lead(walk=499) and host.heard, "it is told")
    assert host.heard == [end]
    assert host.running(walk=499) == {"walk": 500}
    assert host.running(walk=500) == {}
    host.close()


def test_what_the_sdk_prints_is_told(host: Hosted) -> None:
    host.lead()
    worker = host.launch()
    line = "[2026-11-26 07:00:00.000] [error] [t=7] file.c (1): f(). no USB\n"
    worker.output.write_text(line)
    host.agent.tick()
    assert host.heard == [Heard(worker="walk", number=None, event=Said(text="f(). no USB"))]


# --- takes ----------------------------------------------------------------------------------------------


def test_a_take_that_is_there_is_refused_but_for_other_devices_of_its_run(host: Hosted) -> None:
    host.lead()
    host.launch("left", take="walk")
    (host.takes / "walk").mkdir(parents=True)
    host.launch("right", take="walk")
    (host.takes / "run").mkdir()
    assert codes(host.ask(Launch(worker="far", bench=KINECTS, take="run"))) == ["take-exists"]
    host.launch("far", take="run", continues=True)
    host.let_pass(LEASE_S)
    host.lead(OTHER)
    again = host.ask(Launch(worker="again", bench=KINECTS, take="walk"), OTHER)
    assert codes(again) == ["take-exists"]


def test_a_take_goes_on_without_its_director_and_says_until_when(host: Hosted) -> None:
    record(host)
    (take,) = description(host).takes
    assert (take.take, take.workers, take.devices, take.captures) == ("walk", ("walk",), ("front",), 5)
    assert (take.orphaned_s, take.ends_in_s) == (None, None)
    host.let_pass(60)
    (take,) = description(host).takes
    assert (take.orphaned_s, take.ends_in_s) == (60, 540)
    assert "walk is recorded on, and ends in 597 s: front" in host.said


def test_a_take_with_a_planned_end_goes_on_to_it_however_long_that_is(host: Hosted) -> None:
    worker = record(host)
    host.ask(Tell(worker="walk", number=3, command=wire.End(pulse=3600 * 30)))
    assert worker.hear_told().number == 3
    wait_until(lambda: description(host).takes[0].ends_in_s == (3600 * 30 - 5) / 30, "its end is known")
    host.let_pass(60)
    assert description(host).takes[0].ends_in_s == (3600 * 30 - 5) / 30


def test_a_take_that_somebody_directs_is_ended_only_by_who_means_that(host: Hosted) -> None:
    worker = record(host)
    assert codes(host.ask(EndTake(take="walk"), None)) == ["take-commanded"]
    assert host.ask(EndTake(take="other"), None) == Done(), "there is nothing of it"
    assert host.ask(EndTake(take="walk", running=True, by="somebody"), None) == Done()
    assert worker.hear_told().command == Stop()
    assert "somebody ends walk" in host.said


def test_a_host_is_not_looked_at_while_it_records(host: Hosted) -> None:
    alone = RigFields.model_validate(
        {"name": "x", "topology": "standalone",
         "devices": [{"name": "front", "serial": "000123456712", "role": "standalone"}]}
    )  # fmt: skip
    examine = Examine(rig=alone, devices=())
    record(host)
    assert codes(host.ask(examine, None)) == ["host-not-examined"]
    assert isinstance(host.ask(ListConnected(), None), Connected), "the bus is not disturbed"


def test_simulated_devices_stand_on_no_bus(tmp_path: Path) -> None:
    for simulates in (False, True):
        hosted = Hosted(tmp_path / str(simulates), simulates=simulates)
        connected = hosted.ask(ListConnected(), None)
        assert isinstance(connected, Connected)
        assert (connected.serials is None) == (simulates or sys.platform != "linux")
        hosted.close()


def test_another_director_ends_a_take_that_was_left(host: Hosted) -> None:
    worker = record(host)
    host.let_pass(LEASE_S)
    assert host.ask(EndTake(take="walk"), OTHER) == Done()
    assert worker.hear_told().command == Stop()
    worker.say(Finished(captures=5, written_bytes=9))
    wait_until(lambda: description(host).takes == (), "it has ended")
    worker.end(0)
    wait_until(lambda: "front has left (exit status 0)" in host.said, "it has left")


# --- benches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bench", ["{", "{}", '{"kind": "simulation"}', '"kinects"'])
def test_a_bench_that_is_none_is_refused(host: Hosted, bench: str) -> None:
    host.lead()
    assert codes(host.ask(Launch(worker="walk", bench=bench))) == ["bench-not-lent"]


def test_who_simulates_lends_nothing_else(tmp_path: Path) -> None:
    simulated = simulate(chain(), tmp_path / "world")
    host = Hosted(tmp_path / "host", simulates=True)
    host.lead()
    assert codes(host.ask(Launch(worker="walk", bench=KINECTS))) == ["bench-not-lent"]
    host.launch(bench=simulated.model_dump_json(by_alias=True))
    far = simulated.world.model_copy(update={"directory": tmp_path / "far"})
    away = simulated.model_copy(update={"world": far}).model_dump_json(by_alias=True)
    assert codes(host.ask(Launch(worker="far", bench=away))) == ["simulation-out-of-reach"]
    host.close()
    connected = Hosted(tmp_path / "other")
    connected.lead()
    asked = Launch(worker="walk", bench=simulated.model_dump_json(by_alias=True))
    assert codes(connected.ask(asked)) == ["bench-not-lent"]
    connected.close()

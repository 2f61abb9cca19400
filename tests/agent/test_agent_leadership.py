"""Whoever looks at a host or wants it takes it from no run that was cut off, nor the end of its take."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.agent.process import started_at
from kinect_sync.agent.state_folder import LodgedWorker, StateFolder
from kinect_sync.wire.hosts import (
    LEASE_S,
    LOOKING,
    Apply,
    Done,
    EndTake,
    Launch,
    Lease,
    Leave,
    Refused,
    Replay,
    Tell,
)
from kinect_sync.wire.messages import Arm, Exited, Finished, Stop
from tests.agent.asking import OTHER, codes, description, record
from tests.agent.scripted import KINECTS, LEASE, Hosted
from tests.cli.commands import wait_until

LOOK = Lease(director="looker", run="look-1", epoch=LOOKING)
THIRD = Lease(director="third", run="run-3", epoch=3)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Hosted]:
    hosted = Hosted(tmp_path)
    yield hosted
    hosted.close()


@pytest.fixture
def process() -> Iterator[int]:
    """The number of a process that runs until the test has ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running.pid


def lodge(folder: Path, pid: int, run: str) -> None:
    """Leave a worker behind, as an agent that was ended does."""
    state = StateFolder(folder / "state")
    state.keep_lease(LEASE)
    state.make_folder("walk")
    state.keep(LodgedWorker(worker="walk", pid=pid, started=started_at(pid), run=run, take="walk"))
    state.close()


# --- looking --------------------------------------------------------------------------------------------


def test_who_was_cut_off_commands_again_after_somebody_looked(host: Hosted) -> None:
    host.lead()
    host.let_pass(LEASE_S)
    assert host.running(LOOK) == {}
    assert codes(host.lead()) == ["host-in-use"], "one at a time"
    assert host.ask(Leave(), LOOK) == Done()
    assert host.running() == {}
    assert host.said[1:] == [
        "studio has gone",
        "looker looks",
        "refused studio: looker looks at this host",
        "looker looks no more",
        "studio commands (epoch 1)",
    ]


def test_a_look_leaves_the_epoch_also_on_the_disk(host: Hosted, tmp_path: Path) -> None:
    host.lead()
    host.let_pass(LEASE_S)
    host.lead(LOOK)
    assert (description(host).epoch, description(host).lease) == (1, LOOK)
    host.state.close()
    again = Hosted(tmp_path)
    assert again.running() == {}
    again.close()


def test_who_only_looks_opens_devices_and_records_nothing(host: Hosted) -> None:
    host.lead(LOOK)
    assert codes(host.ask(Launch(worker="walk", bench=KINECTS, take="walk"), LOOK)) == ["no-director"]
    assert host.ask(Launch(worker="walk", bench=KINECTS), LOOK) == Done()


# --- several hosts --------------------------------------------------------------------------------------


def test_to_ask_whether_a_host_would_obey_changes_nothing(host: Hosted) -> None:
    assert host.ask(Apply()) == Done()
    assert description(host).lease is None
    host.lead()
    assert codes(host.ask(Apply(), OTHER)) == ["host-in-use"]
    host.let_pass(LEASE_S)
    assert host.ask(Apply(), OTHER) == Done()
    assert host.running() == {}, "it was not outdated"


# --- a take that goes on --------------------------------------------------------------------------------


@pytest.mark.parametrize("lease", [OTHER, LOOK], ids=["directs", "looks"])
def test_a_host_that_records_on_obeys_nobody_but_its_run(host: Hosted, lease: Lease) -> None:
    record(host)
    host.let_pass(60)
    for request in (Apply(), Leave()):
        refused = host.ask(request, lease)
        assert codes(refused) == ["take-goes-on"]
    assert isinstance(refused, Refused)
    (finding,) = refused.findings
    assert finding.what == "walk is recorded on, and ends in 540 s: front"
    assert finding.remedy == "end it with `ksync hosts end walk`, or wait for its end"
    assert host.running() == {"walk": 2}


def test_a_take_that_was_left_is_ended_and_then_another_run_begins(host: Hosted) -> None:
    worker = record(host)
    host.let_pass(LEASE_S)
    assert host.ask(EndTake(take="walk"), None) == Done()
    assert worker.hear_told().command == Stop()
    assert codes(host.lead(OTHER)) == ["take-goes-on"], "its file is not closed yet"
    worker.say(Finished(captures=5, written_bytes=9))
    wait_until(lambda: not isinstance(host.lead(OTHER), Refused), "it has ended")


def left(host: Hosted) -> None:
    """Let a worker end its take while its director, that has heard two events, is cut off."""
    worker = record(host)
    host.let_pass(LEASE_S)
    worker.say(Finished(captures=5, written_bytes=9))
    worker.end(0)
    wait_until(lambda: "front has left (exit status 0)" in host.said, "it has left")


@pytest.mark.parametrize("others", [[OTHER], [LOOK], [OTHER, THIRD]], ids=["a run", "a look", "two runs"])
def test_the_last_words_of_a_take_wait_for_its_director_whoever_commands_meanwhile(
    host: Hosted, others: list[Lease]
) -> None:
    left(host)
    for other in others:
        assert host.running(other) == {}
        assert host.ask(Leave(), other) == Done()
    assert host.running(walk=2) == {"walk": 4}
    host.heard.clear()
    host.ask(Replay(worker="walk", after=2))
    assert [each.event for each in host.heard] == [Finished(captures=5, written_bytes=9), Exited(code=0)]
    assert host.running(walk=4) == {}
    assert description(host).epoch == max(1, *(each.epoch for each in others))
    assert host.ask(Leave()) == Done()
    if OTHER in others:
        assert codes(host.lead()) == ["director-outdated"], "it has heard all"


def test_last_words_that_nobody_comes_for_are_forgotten_in_the_end(host: Hosted) -> None:
    left(host)
    host.let_pass(3700)
    assert host.running(OTHER) == {}
    assert not host.workers["walk"].place.folder.exists()


# --- an agent that was started again --------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="processes are told apart by /proc")
@pytest.mark.parametrize("lease", [OTHER, LOOK], ids=["directs", "looks"])
def test_after_a_restart_the_run_whose_workers_were_found_has_a_leases_length_to_come_back(
    tmp_path: Path, process: int, lease: Lease
) -> None:
    lodge(tmp_path, process, LEASE.run)
    host = Hosted(tmp_path)
    assert codes(host.lead(lease)) == ["host-in-use"]
    host.let_pass(LEASE_S - 0.5)
    assert codes(host.lead(lease)) == ["host-in-use"]
    assert host.ask(Tell(worker="walk", number=1, command=Arm(settling=1))) == Done(), "it is back"
    host.let_pass(LEASE_S - 0.5)
    assert codes(host.lead(lease)) == ["host-in-use"]
    host.let_pass(0.5)
    assert host.running(lease) == {}
    host.close()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are told apart by /proc")
def test_after_a_restart_nobody_else_is_waited_for(tmp_path: Path, process: int) -> None:
    lodge(tmp_path, process, "an older run")
    host = Hosted(tmp_path)
    assert host.running(OTHER) == {}
    host.close()

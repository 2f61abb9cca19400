"""What an agent makes of processes that one before it had started, also one of another version of ksync."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kinect_sync.agent.process import started_at
from kinect_sync.agent.state_folder import LodgedWorker, StateFolder
from kinect_sync.wire.hosts import Describe, Description, EndTake, Running, Tell
from kinect_sync.wire.lodging import Errand, Place, Welcome
from kinect_sync.wire.messages import Arm, Armed, Noted, Stop
from tests.agent.scripted import LEASE, Hosted, ScriptedWorker
from tests.cli.commands import wait_until

UNREADABLE = b'{"kind":"armed","since":"a version to come"}\n'


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until the test is over."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def worker(tmp_path: Path, process: subprocess.Popen[bytes]) -> Iterator[ScriptedWorker]:
    """A worker that lodges while no agent is there."""
    with closing(StateFolder(tmp_path / "state")) as state:
        folder = state.make_folder("walk")
        record = LodgedWorker(
            worker="walk", pid=process.pid, started=started_at(process.pid), run=LEASE.run, take="walk"
        )
        state.keep(record)
    worker = ScriptedWorker(Place(folder=folder, orphan_limit_s=600))
    yield worker
    process.kill()
    process.wait()
    worker.end(0)


@pytest.fixture
def host(tmp_path: Path, worker: ScriptedWorker) -> Iterator[Hosted]:
    """The agent that comes."""
    hosted = Hosted(tmp_path)
    yield hosted
    hosted.close()


def running(host: Hosted) -> Running:
    answer = host.lead()
    assert isinstance(answer, Running)
    return answer


def welcome(**more: object) -> bytes:
    told = Welcome(errand=Errand(), told=2, first=4, last=9, alone_s=1.0)
    return json.dumps({**told.model_dump(mode="json"), **more}).encode()


def test_how_far_it_is_counts_from_its_greeting_on_and_is_awaited_before(
    host: Hosted, worker: ScriptedWorker
) -> None:
    assert running(host) == Running(workers={"walk": 0}, awaited=("walk",))
    worker.welcome(first=4, last=9, told=2)
    wait_until(lambda: not running(host).awaited, "it has greeted")
    assert running(host) == Running(workers={"walk": 9}, told={"walk": 2})
    worker.say(Armed())
    wait_until(lambda: host.heard, "an event of those is told")
    assert running(host).workers == {"walk": 9}


def test_a_command_is_taken_in_its_turn_when_it_is_known_which_that_is(
    host: Hosted, worker: ScriptedWorker
) -> None:
    host.ask(Tell(worker="walk", number=4, command=Arm(settling=4)))
    worker.welcome(told=2)
    wait_until(lambda: running(host).told == {"walk": 2}, "it has greeted")
    for number in (4, 3, 4, 3):
        host.ask(Tell(worker="walk", number=number, command=Arm(settling=number)))
    assert running(host).told == {"walk": 4}
    assert [worker.hear_told().number for _ in range(2)] == [3, 4]


@pytest.mark.parametrize("said", [{"mood": "good"}, {"errand": {"take": "walk", "hue": 7}}])
def test_a_greeting_that_says_more_is_understood(
    host: Hosted, worker: ScriptedWorker, said: dict[str, object]
) -> None:
    worker.greet(welcome(**said))
    wait_until(lambda: running(host) == Running(workers={"walk": 9}, told={"walk": 2}), "it is known")


def test_of_one_that_is_not_understood_nothing_more_is_heard_and_it_is_held_and_ended(
    host: Hosted, worker: ScriptedWorker
) -> None:
    host.lead()
    worker.greet(welcome(errand={"device": "front", "take": "walk", "records": True}))
    worker.said = 3
    worker.say(Armed())
    worker.say_strangely(UNREADABLE)
    worker.say(Armed())
    wait_until(lambda: running(host).workers == {"walk": 4}, "no more than what was understood")
    host.lead(walk=4)
    worker.hear_of_heard(4)
    (noted,) = [each.event for each in host.heard if isinstance(each.event, Noted)]
    assert [finding.code for finding in noted.findings] == ["worker-not-understood"]
    assert any("does not understand what it says (event 5)" in line for line in host.said)
    assert [each.number for each in host.heard] == [4, None]
    host.ask(EndTake(take="walk", running=True), None)
    assert worker.hear_told().command == Stop()


def test_one_whose_greeting_is_not_understood_is_held_and_ended_as_well(
    host: Hosted, worker: ScriptedWorker
) -> None:
    worker.greet(b'{"kind":"hello"}')
    wait_until(lambda: not running(host).awaited, "it has greeted")
    worker.hear_of_heard(0)
    described = host.ask(Describe(), None)
    assert isinstance(described, Description)
    assert [take.take for take in described.takes] == ["walk"]
    host.ask(EndTake(take="walk", running=True), None)
    assert worker.hear_told().command == Stop()


# --- what is kept of it -------------------------------------------------------------------------------------


def test_what_another_version_wrote_is_read_as_far_as_it_is_known(
    tmp_path: Path, worker: ScriptedWorker
) -> None:
    path = worker.place.folder / "worker.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "mood": "good"}))
    with closing(Hosted(tmp_path)) as host:
        assert running(host).workers == {"walk": 0}


@pytest.mark.parametrize("text", [None, "", "{}"], ids=["none", "empty", "another's"])
def test_the_folder_of_who_lives_is_kept_though_it_is_not_understood(
    tmp_path: Path, worker: ScriptedWorker, text: str | None
) -> None:
    path = worker.place.folder / "worker.json"
    path.unlink() if text is None else path.write_text(text)
    with closing(Hosted(tmp_path)) as host:
        assert running(host).workers == {}
        assert any("what is kept of walk can't be read; its process runs" in line for line in host.said)
        assert worker.place.key.exists()
    worker.end(0)
    with closing(Hosted(tmp_path)):
        assert not worker.place.folder.exists(), "nobody lives there any more"


def test_a_disk_that_fails_for_a_moment_costs_no_worker(
    tmp_path: Path, worker: ScriptedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failures = Path.read_bytes, iter([OSError(5, "Input/output error")])

    def read_again(path: Path) -> bytes:
        if path.name == "worker.json" and (failure := next(failures, None)) is not None:
            raise failure
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_again)
    with closing(Hosted(tmp_path)) as host:
        assert running(host).workers == {"walk": 0}

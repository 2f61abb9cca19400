"""Several computers are looked at at once, and told as one bench."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.director.link import Link, Post
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.model import HERE
from kinect_sync.survey.places import survey_places, watching_places
from kinect_sync.values import Value
from kinect_sync.wire.messages import Discover, Exited, Failed, Inventory, Look, Stop

BROKEN = Failed(findings=(Finding(code="sdk-missing", what="there is no SDK"),))
BUSY = Finding(code="device-busy", what="it is in use")


class Worker:
    """A worker that answers at once."""

    def __init__(self, name: str, post: Post, answer: Value, meet: Callable[[], object]) -> None:
        self.name = name
        self.post = post
        self.answer = answer
        self.meet = meet
        self.asked: list[Value] = []

    def send(self, command: Value) -> None:
        self.asked.append(command)
        if isinstance(command, Discover | Look):
            self.meet()
            self.post.put((self.name, self.answer))
        elif isinstance(command, Stop):
            self.post.put((self.name, Exited(code=0)))

    def kill(self) -> None:
        raise AssertionError("it never hangs")

    def join(self, timeout_s: float) -> bool:
        return True


class Computers:
    """A worker on each, all of which are asked before one answers."""

    def __init__(self, answers: Mapping[str, Value]) -> None:
        together = threading.Barrier(len(answers), timeout=30)
        self.workers: dict[str, Worker] = {}
        self.launches = {
            host: self._launcher(host, answer, together.wait) for host, answer in answers.items()
        }

    def _launcher(self, host: str, answer: Value, meet: Callable[[], object]) -> Callable[[str, Post], Link]:
        def launch(name: str, post: Post) -> Link:
            self.workers[host] = Worker(name, post, answer, meet)
            return self.workers[host]

        return launch


def bench(*serials: str | None) -> Inventory:
    return Inventory(
        devices=tuple(
            Discovered(index=index, serial=serial, problem=None if serial else BUSY)
            for index, serial in enumerate(serials)
        )
    )


def test_all_computers_are_asked_at_once_and_each_device_says_where_it_is() -> None:
    computers = Computers({HERE: bench("1"), "host-b": bench("2", None), "host-c": bench()})
    devices = survey_places(computers.launches)
    assert [(each.host, each.index, each.serial) for each in devices] == [
        (None, 0, "1"), ("host-b", 0, "2"), ("host-b", 1, None),
    ]  # fmt: skip
    assert str(devices[2].problem) == "`host-b`: it is in use"
    assert [worker.asked for worker in computers.workers.values()] == [[Discover(), Stop()]] * 3


def test_every_host_that_can_not_be_looked_at_is_told() -> None:
    computers = Computers({"host-b": BROKEN, "host-c": BROKEN, HERE: bench("1")})
    with pytest.raises(BenchError) as failed:
        survey_places(computers.launches)
    assert [str(each) for each in failed.value.findings] == [
        "`host-b`: there is no SDK", "`host-c`: there is no SDK",
    ]  # fmt: skip


def test_a_directors_computer_needs_no_sdk_beside_other_hosts() -> None:
    told: list[Finding] = []
    devices = survey_places(Computers({HERE: BROKEN, "host-b": bench("2")}).launches, tell=told.append)
    assert [each.serial for each in devices] == ["2"]
    assert [(each.severity, each.what) for each in told] == [
        (Severity.WARNING, "this computer: there is no SDK")
    ]
    with pytest.raises(BenchError):
        survey_places(Computers({HERE: BROKEN}).launches, tell=told.append)


def test_computers_are_looked_at_again_with_their_devices_open() -> None:
    computers = Computers({HERE: bench("1"), "host-b": bench("2")})
    with watching_places(computers.launches, lambda: False, lambda _: None) as places:
        looks = [places.look() for _ in range(2)]
        places.rest(0)
    assert [[each.serial for each in devices] for devices in looks] == [["1", "2"]] * 2
    assert [worker.asked for worker in computers.workers.values()] == [[Look(), Look(), Stop()]] * 2


def test_who_does_not_want_to_wait_any_more_waits_for_nobody() -> None:
    with pytest.raises(Interrupted):
        survey_places(Computers({HERE: bench(), "host-b": bench()}).launches, lambda: True)

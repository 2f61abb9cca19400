"""Where each device of a rig is: as the rig says, or as hosts answer; and everything that may be wrong."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError, Interrupted, SdkMissing
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import DEVICE_BUSY
from kinect_sync.findings.hosts import HOST_UNREACHABLE
from kinect_sync.findings.sdk import SDK_LIBRARY_BROKEN
from kinect_sync.hosts.placing import find_places, said_places
from kinect_sync.rig.model import HERE, RigFields
from tests.cli.commands import PATIENCE_S

FRONT, LEFT, RIGHT, OTHER = (f"{digit}" * 12 for digit in "1234")
HOSTS = {"host-b": {"address": "10.0.0.12"}, "host-c": {"address": "10.0.0.13"}}
Answers = Mapping[str, Sequence[str] | Exception]


def rig(
    front: str | None = None, left: str | None = None, right: str | None = None, *, hosts: bool = True
) -> RigFields:
    """Three devices in a chain, each at the host that is given, or at an unknown one."""
    told = zip(("front", "left", "right"), (FRONT, LEFT, RIGHT), (front, left, right), strict=True)
    devices = [
        {"name": name, "serial": serial, "role": "subordinate" if number else "master", "host": host}
        for number, (name, serial, host) in enumerate(told)
    ]
    fields = {"name": "r", "topology": "daisy_chain", "devices": devices, "hosts": HOSTS if hosts else {}}
    return RigFields.model_validate(fields)


class Benches:
    """Answers for each host; who was asked is written down."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[Discovered]:
        self.asked.append(host)
        answer = self.answers.get(host, ())
        if isinstance(answer, Exception):
            raise answer
        return [
            Discovered(index=index, serial=serial)
            if serial != "busy"
            else Discovered(index=index, serial=None, problem=DEVICE_BUSY.found("it is in use"))
            for index, serial in enumerate(answer)
        ]


def refusal(fields: RigFields, answers: Answers) -> tuple[Finding, ...]:
    with pytest.raises(BenchError) as refused:
        find_places(fields, Benches(answers))
    return refused.value.findings


def test_a_rig_that_says_it_all_asks_nobody() -> None:
    benches = Benches({})
    assert find_places(rig(HERE, "host-b", "host-c"), benches) == {
        "front": HERE, "left": "host-b", "right": "host-c",
    }  # fmt: skip
    assert benches.asked == []


def test_a_rig_without_hosts_is_here_and_asks_nobody() -> None:
    benches = Benches({})
    assert find_places(rig(hosts=False), benches) == dict.fromkeys(("front", "left", "right"), HERE)
    assert benches.asked == []


def test_what_a_rig_says_of_some_is_what_is_said() -> None:
    assert said_places(rig("host-b")) == {"front": "host-b"}


def test_a_device_is_where_its_serial_answers() -> None:
    benches = Benches({HERE: [LEFT], "host-b": [OTHER, RIGHT], "host-c": [FRONT]})
    assert find_places(rig(front="host-c"), benches) == {"front": "host-c", "left": HERE, "right": "host-b"}
    assert sorted(benches.asked) == [HERE, "host-b", "host-c"]


def test_hosts_are_asked_side_by_side() -> None:
    """Each opens its devices, a second and more for one: none waits for another."""
    together = threading.Barrier(3, timeout=PATIENCE_S)

    def discover(host: str) -> list[Discovered]:
        together.wait()
        return Benches({HERE: [FRONT], "host-b": [LEFT], "host-c": [RIGHT]})(host)

    assert find_places(rig(), discover)["right"] == "host-c"


def test_everything_wrong_is_told_at_once() -> None:
    found = refusal(rig(left="host-c"), {HERE: [OTHER], "host-b": [LEFT, RIGHT], "host-c": [RIGHT]})
    assert [(each.code, each.device) for each in found] == [
        ("device-missing", "front"),
        ("device-elsewhere", "left"),
        ("device-at-two-hosts", "right"),
    ]
    missing, elsewhere, twice = (each.what for each in found)
    assert missing.endswith(
        f"(this computer: {OTHER}; `host-b`: {LEFT}, {RIGHT}; `host-c`: {RIGHT})"
    )  # fmt: skip
    assert elsewhere == "the rig says that it is at `host-c`, and it answers at `host-b`"
    assert twice == f"the serial {RIGHT} answers at 2 hosts: `host-b`, `host-c`"
    assert found[1].remedy == "write `host: host-b`, or connect it to `host-c`"


def test_a_host_that_says_nothing_matters_where_a_device_is_missing() -> None:
    away = BenchError(HOST_UNREACHABLE.found("nobody listens"))
    found = refusal(rig(), {HERE: [FRONT], "host-b": [LEFT, "busy"], "host-c": away})
    assert [(each.code, each.what.partition(":")[0]) for each in found[1:]] == [
        ("device-busy", "`host-b`"),
        ("host-unreachable", "`host-c`"),
    ]
    assert (found[0].code, found[0].device) == ("device-missing", "right")


def test_a_directors_computer_needs_no_sdk_where_all_devices_are_elsewhere() -> None:
    without = SdkMissing(SDK_LIBRARY_BROKEN.found("no libk4a"))
    places = find_places(rig(), Benches({HERE: without, "host-b": [FRONT, "busy"], "host-c": [LEFT, RIGHT]}))
    assert places == {"front": "host-b", "left": "host-c", "right": "host-c"}


def test_who_wants_to_stop_need_not_wait_for_a_verdict() -> None:
    with pytest.raises(Interrupted):
        find_places(rig(), Benches({"host-b": Interrupted()}))

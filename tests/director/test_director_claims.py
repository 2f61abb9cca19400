"""Devices are opened once, in whatever order they are found; each name gets the worker with its device."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.director.claims import APART_S, RETRY_S, claim_devices
from kinect_sync.director.start_sequence import StartSequence
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.readings import Jacks
from kinect_sync.wire.messages import Claim, Claimed, Exited, Noted, Release, Said
from tests.director.scripted import ScriptedRig, chain, healthy_bench

BUSY = Finding(code="device-busy", what="in use")
STRANGER = Discovered(index=0, serial="777777777777", jacks=Jacks(sync_in=False, sync_out=False))


class ClaimedRig(ScriptedRig):
    """A rig of which opening takes time, and may fail: the first `fails` times that an index is tried."""

    def __init__(
        self, order: Sequence[int], *, opens_s: float = 0.0, fails: dict[int, int] | None = None
    ) -> None:
        fields = chain(len(order))
        healthy = healthy_bench(fields)
        bench = [healthy[at].model_copy(update={"index": index}) for index, at in enumerate(order)]
        super().__init__(fields, bench=bench)
        self.fails = fails or {}
        self.opens_s = opens_s
        self.claims: list[tuple[str, int, float]] = []
        """(worker, index, when) of every device that was told to be opened."""
        self.released: list[int] = []

    def answer(self, name: str, command: object) -> None:
        if isinstance(command, Release):
            self.released.append(command.index)
        if not isinstance(command, Claim) or command.index >= len(self.bench):
            super().answer(name, command)
            return
        self.claims.append((name, command.index, self.clock.now_s))
        if (device := self.open(command.index)) is not None:
            answer = Claimed(index=command.index, device=device)
            self.say_later(self.opens_s, name, answer)

    def open(self, index: int) -> Discovered | None:
        tried = sum(at == index for _, at, _ in self.claims)
        if tried <= self.fails.get(index, 0):
            return Discovered(index=index, serial=None, problem=BUSY)
        return self.bench[index]


def test_each_name_gets_the_worker_that_found_its_device() -> None:
    rig = ClaimedRig([2, 0, 1])
    StartSequence(rig.rig, rig.fleet).run()
    assert [index for _, index, _ in rig.claims] == [0, 1, 2]
    worker_of = {rig.bench[index].serial: worker for worker, index, _ in rig.claims}
    serials = [device.serial for device in rig.rig.devices]
    assert rig.order_of("Open") == [worker_of[serial] for serial in serials], "no device is opened twice"
    assert [state.index for state in rig.fleet] == [1, 2, 0]
    assert rig.order_of("Arm")[-1] == worker_of[serials[0]], "the master starts last, wherever it was found"


def test_what_a_worker_says_is_of_the_device_that_it_has() -> None:
    rig = ClaimedRig([1, 0])
    rig.say("front", Said(text="firmware is old"))
    claim_devices(rig.fleet, 30.0)
    rig.say("front", Exited(code=-11))
    rig.fleet.pump(0)
    told = [(finding.code, finding.device) for finding in rig.fleet.findings]
    assert told == [("worker-died", "left"), ("sdk-said", "left")]


def test_what_was_found_of_a_worker_goes_with_it_to_its_device() -> None:
    rig = ClaimedRig([1, 0])
    rig.say("front", Noted(findings=(BUSY,)))
    claim_devices(rig.fleet, 30.0)
    assert [(state.name, state.findings) for state in rig.fleet] == [("front", []), ("left", [BUSY])]


def test_slow_devices_are_opened_apart_and_not_each_after_the_other() -> None:
    rig = ClaimedRig(range(5), opens_s=1.5)
    began_s = rig.clock.now_s
    claim_devices(rig.fleet, 30.0)
    moments = [at_s for _, _, at_s in rig.claims]
    apart = [after - before for before, after in pairwise(moments)]
    assert all(APART_S <= each < 1.5 for each in apart)
    assert rig.clock.now_s - began_s < 4 * 1.5


@pytest.mark.parametrize("opens_s", [2.5, 3.0, 10.0])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_devices_that_take_long_to_open_are_all_opened_once(count: int, opens_s: float) -> None:
    rig = ClaimedRig(range(count), opens_s=opens_s)
    found = claim_devices(rig.fleet, 30.0)
    assert [device.serial for device in found] == [device.serial for device in rig.rig.devices]
    assert [index for _, index, _ in rig.claims] == list(range(count))


def test_a_device_that_refuses_is_tried_again_for_itself() -> None:
    rig = ClaimedRig([0, 1, 2], opens_s=2.0, fails={0: 2})
    found = claim_devices(rig.fleet, 30.0)
    assert [device.serial for device in found] == [device.serial for device in rig.rig.devices]
    assert [index for _, index, _ in rig.claims] == [0, 1, 2, 0, 0]


def test_a_device_that_refuses_for_good_is_told_with_its_cause() -> None:
    rig = ClaimedRig([0, 1, 2], fails={1: 10**6})
    began_s = rig.clock.now_s
    with pytest.raises(BenchError) as refused:
        StartSequence(rig.rig, rig.fleet).run()
    assert [(f.code, f.device) for f in refused.value.findings] == [
        ("device-missing", "left"),
        ("device-busy", None),
    ]
    assert RETRY_S <= rig.clock.now_s - began_s < RETRY_S + 1.5


def test_a_stranger_is_closed_again_and_told() -> None:
    rig = ClaimedRig([0, 1, 2])
    rig.bench.insert(1, STRANGER.model_copy(update={"index": 1}))
    sequence = StartSequence(rig.rig, rig.fleet, allow_extra=True)
    sequence.run()
    assert rig.released == [1]
    assert [note.code for note in sequence.notes] == ["device-unexpected"]


def test_a_busy_stranger_is_not_waited_for() -> None:
    rig = ClaimedRig([0, 1, 2], fails={3: 10**6})
    rig.bench.append(STRANGER.model_copy(update={"index": 3}))
    claim_devices(rig.fleet, 30.0)
    assert [index for _, index, _ in rig.claims] == [0, 1, 2, 3]


def test_whoever_dies_while_opening_is_told_by_index_as_its_device_is_unknown() -> None:
    rig = ClaimedRig([2, 0, 1])
    open_healthy = rig.open

    def crash(index: int) -> Discovered | None:
        if index == 1:
            rig.say("left", Exited(code=-11, last_words=("segfault",)))
        return open_healthy(index) if index != 1 else None

    rig.open = crash  # type: ignore[method-assign]
    with pytest.raises(BenchError) as failed:
        claim_devices(rig.fleet, 30.0)
    (finding,) = failed.value.findings
    assert (finding.code, finding.device) == ("worker-died", None)
    assert "index 1" in finding.what
    assert "segfault" in finding.what


def test_an_opening_that_never_returns_is_told_by_index() -> None:
    rig = ClaimedRig([0, 1, 2])
    rig.open = lambda index: None  # type: ignore[method-assign]
    with pytest.raises(BenchError) as failed:
        claim_devices(rig.fleet, 30.0)
    (finding,) = failed.value.findings
    assert finding.code == "discovery-hangs"
    assert "index 0 within 30 s" in finding.what


def test_of_two_devices_with_one_serial_number_the_one_that_is_held_is_opened() -> None:
    rig = ClaimedRig([0, 1, 2])
    rig.bench.append(rig.bench[0].model_copy(update={"index": 3}))
    StartSequence(rig.rig, rig.fleet).run()
    assert rig.released == [3]
    assert [state.index for state in rig.fleet] == [0, 1, 2]

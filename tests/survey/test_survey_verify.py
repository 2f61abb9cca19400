"""A verification against workers that answer at once: what is asked of them, and what is made of it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.port import LIVE
from kinect_sync.director import worker_life
from kinect_sync.director.link import Inbox
from kinect_sync.director.start_sequence import Patience
from kinect_sync.errors import Interrupted
from kinect_sync.findings import Severity
from kinect_sync.readings import Controls, Jacks
from kinect_sync.rig.model import RigFields
from kinect_sync.survey.pairwise import verify_pairs
from kinect_sync.survey.verify import VerifyPlan, verify_rig
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.messages import (
    PROTOCOL,
    Arm,
    Armed,
    Claim,
    Claimed,
    Discover,
    Exited,
    Finished,
    Inventory,
    Open,
    Opened,
    Progress,
    Ready,
    Record,
    Stop,
    Watching,
)
from kinect_sync.worker.writers import DiscardingWriter
from tests.director.scripted import HOST, PERIOD_US, healthy_bench, steady

QUICK = Patience(silence_s=0.01, delivery_s=0.3)
WATCH_S = QUICK.watch_s(30) + 0.01
"""When the workers of subordinates report that nothing came while nobody gave pulses."""


def chain(count: int = 3) -> RigFields:
    devices = [
        {"name": name, "serial": f"{i:012d}", "role": "subordinate" if i else "master"}
        for i, name in enumerate(("front", "left", "right")[:count])
    ]
    return RigFields.model_validate({"name": "lab", "topology": "daisy_chain", "devices": devices})


class Bench:
    """Workers of a rig that answer at once; `deaf` ones never see a pulse."""

    def __init__(self, rig: RigFields, *, deaf: tuple[str, ...] = (), **faults: Any) -> None:
        self.rig = rig
        self.deaf = deaf
        self.faults = faults
        self.commands: list[tuple[str, Value]] = []
        self.armed: dict[str, Inbox] = {}
        self.found = healthy_bench(rig)
        self.killed: list[str] = []

    def launch(self, name: str, inbox: Inbox) -> _Worker:
        inbox.put((name, Ready(protocol=PROTOCOL, pid=1, host=HOST)))
        return _Worker(self, name, inbox)

    def sent(self, kind: type[Value]) -> list[Any]:
        return [command for _, command in self.commands if isinstance(command, kind)]

    def verify(self, verify: Any = verify_rig, stopping: Any = lambda: False, **plan: Any) -> Any:
        plan = VerifyPlan(rig=self.rig, seconds=2.0, patience=QUICK, **plan)
        return verify(plan, self.launch, stopping=stopping)


class _Worker:
    def __init__(self, bench: Bench, name: str, inbox: Inbox) -> None:
        self._bench, self._name, self._inbox = bench, name, inbox

    def send(self, command: Value) -> None:
        bench, name = self._bench, self._name
        bench.commands.append((name, command))
        match command:
            case Claim():
                at = command.index
                self._say(Claimed(index=at, device=bench.found[at] if at < len(bench.found) else None))
            case Discover():
                self._say(Inventory(devices=tuple(bench.found)))
            case Open():
                exposure = bench.faults.get("exposures", {}).get(name, 8330)
                controls = Controls(exposure_us=exposure, powerline_hz=60)
                self._say(
                    Opened(
                        jacks=Jacks(sync_in=True, sync_out=True), firmware=None, controls=controls, pace=LIVE
                    )
                )
            case Arm():
                self._arm()
            case Record():
                self._record(command)
            case Stop() if name not in bench.faults.get("stays", ()):
                self._say(Exited(code=0))

    def _arm(self) -> None:
        self._say(Armed())
        if self._name != "front":
            silent = Watching(seen=0, held=(), clock=HOST.clock)
            report = threading.Timer(WATCH_S, self._say, [silent])
            report.daemon = True
            report.start()
        self._bench.armed[self._name] = self._inbox
        if self._name == "front":
            for name, inbox in self._bench.armed.items():
                if name not in self._bench.deaf:
                    inbox.put((name, Watching(seen=4, held=steady(), clock=HOST.clock)))
            self._bench.armed = {}

    def _record(self, order: Record) -> None:
        bias = self._bench.faults.get("bias_us", {}).get(self._name, 0)
        entries = []
        for pulse in range(order.end_pulse or 0):
            moment = round(order.anchor_us + pulse * PERIOD_US) + bias
            entries.append(Entry(pulse, pulse, moment, moment, 10**12 + moment * 1000, None))
        told = Progress(
            entries=tuple(entries), newest_pulse=len(entries) - 1, captures=len(entries), queue_full=0,
            queued_bytes=0, written_bytes=0, reader_silent_ms=0, clock=HOST.clock,
        )  # fmt: skip
        self._say(told)
        self._say(Finished(captures=len(entries), written_bytes=0))

    def _say(self, event: Any) -> None:
        self._inbox.put((self._name, event))

    def kill(self) -> None:
        assert self._name in self._bench.faults.get("stays", ()), "every other leaves when it is told"
        self._bench.killed.append(self._name)
        self._say(Exited(code=-9))

    def join(self, timeout_s: float) -> bool:
        return True


def test_a_good_rig_is_in_sync_and_nothing_is_kept() -> None:
    bench = Bench(chain())
    report = bench.verify()
    assert (report.verdict, report.pulses, report.complete, report.findings) == (Verdict.GOOD, 60, 60, ())
    assert [order.file for order in bench.sent(Record)] == [None] * 3
    assert [device.silent_before_master for device in report.devices] == [None, True, True]
    assert {device.exposure_us for device in report.devices} == {8330}
    assert [device.captures for device in report.devices] == [60, 60, 60]


def test_a_constant_bias_is_a_bias_and_no_jitter() -> None:
    report = Bench(chain(), bias_us={"left": 150}).verify()
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [("constant-bias", "left")]
    left = report.devices[1]
    assert left.bias_us == pytest.approx(150, abs=1)
    assert left.jitter_us == pytest.approx(0, abs=1)


@pytest.mark.parametrize(("tolerance_us", "verdict"), [(200.0, Verdict.GOOD), (50.0, Verdict.BAD)])
def test_the_tolerance_may_be_given(tolerance_us: float, verdict: Verdict) -> None:
    report = Bench(chain(), bias_us={"left": 100}).verify(tolerance_us=tolerance_us)
    assert (report.verdict, report.tolerance_us) == (verdict, tolerance_us)


def test_exposures_that_differ_are_an_error_of_a_verification() -> None:
    report = Bench(chain(), exposures={"right": 16670}).verify()
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("exposure-differs", Severity.ERROR)
    assert report.verdict is Verdict.BAD
    assert report.devices[2].exposure_us == 16670


def test_a_silent_device_is_an_answer_and_the_way_to_know_more_is_named() -> None:
    report = Bench(chain(), deaf=("left",)).verify()
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [
        ("device-silent", "left"),
        ("pairwise-tells-more", None),
    ]
    assert (report.pulses, report.tolerance_us) == (0, None)


def test_a_wrong_bench_starts_no_camera() -> None:
    bench = Bench(chain())
    bench.found = bench.found[:2]
    report = bench.verify()
    assert [(each.code, each.device) for each in report.findings] == [("device-missing", "right")]
    assert report.verdict is Verdict.BAD
    assert bench.sent(Open) == []


def test_a_verification_can_be_interrupted() -> None:
    bench = Bench(chain(), deaf=("front", "left", "right"))
    with pytest.raises(Interrupted):
        bench.verify(stopping=lambda: bool(bench.sent(Arm)))
    assert len(bench.sent(Stop)) == 3


def test_a_worker_that_has_to_be_ended_is_told_though_the_rig_did_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_life, "CLOSE_S", 0.1)
    bench = Bench(chain(), deaf=("front", "left", "right"), stays=("left",))
    report = bench.verify()
    assert ("worker-killed", "left") in [(each.code, each.device) for each in report.findings]
    assert bench.killed == ["left"]


def test_pairs_start_the_master_with_one_subordinate_at_a_time() -> None:
    bench = Bench(chain())
    report = bench.verify(verify_pairs)
    assert (report.verdict, [pair.heard for pair in report.pairs]) == (Verdict.GOOD, [True, True])
    armed = [name for name, command in bench.commands if isinstance(command, Arm)]
    assert armed == ["left", "front", "right", "front"]
    assert len(bench.sent(Discover)) == 1, "the bench is surveyed once"
    assert [command.index for command in bench.sent(Open)] == [0, 1, 0, 2], "no other device is disturbed"


@pytest.mark.parametrize(
    ("deaf", "conclusion"),
    [(("left",), ("device-deaf", "left")), (("left", "right"), ("chain-broken", "left")),
     (("right",), ("chain-broken", "right"))],
)  # fmt: skip
def test_pairs_tell_a_broken_cable_from_a_deaf_device(deaf: tuple[str, ...], conclusion: tuple) -> None:
    report = Bench(chain(), deaf=deaf).verify(verify_pairs)
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [conclusion]
    assert [pair.heard for pair in report.pairs] == [name not in deaf for name in ("left", "right")]


def test_a_master_that_gives_nothing_is_blamed_itself() -> None:
    report = Bench(chain(), deaf=("front", "left", "right")).verify(verify_pairs)
    assert {(each.code, each.device) for each in report.findings} >= {("device-silent", "front")}
    assert not [each for each in report.findings if each.code in ("chain-broken", "device-deaf")]


def test_a_bias_within_a_pair_is_told_once() -> None:
    report = Bench(chain(), bias_us={"right": 400}).verify(verify_pairs)
    assert [(each.code, each.device) for each in report.findings] == [("constant-bias", "right")]
    assert [pair.verdict for pair in report.pairs] == [Verdict.GOOD, Verdict.BAD]


def test_what_is_discarded_is_counted(tmp_path: Path) -> None:
    writer = DiscardingWriter()
    writer.write(None)  # type: ignore[arg-type]
    writer.write_imu([])
    writer.sync()
    writer.close()
    assert (writer.captures, writer.bytes_written) == (1, 0)

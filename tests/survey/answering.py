"""Workers of a rig that answer at once, as those of a verification do."""

from __future__ import annotations

import threading
from typing import Any

from kinect_sync.devices.port import LIVE
from kinect_sync.director.link import Inbox
from kinect_sync.director.start_sequence import Patience
from kinect_sync.readings import Controls, Jacks
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.survey.verify import VerifyPlan, verify_rig
from kinect_sync.timing.alignment import Entry
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    PROTOCOL,
    Arm,
    Armed,
    Claim,
    Claimed,
    Discover,
    End,
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
from tests.director.scripted import HOST, PERIOD_US, healthy_bench, steady

QUICK = Patience(silence_s=0.01, delivery_s=0.3)
PULSES = 60
"""What a device gives at once where no end is planned."""
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
        self._settings: DeviceSettings | None = None
        self._left = threading.Event()

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
                self._settings = command.settings
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
            case End():
                self._say(Finished(captures=PULSES, written_bytes=0))
            case Stop():
                self._left.set()
                if name not in bench.faults.get("stays", ()):
                    self._say(Exited(code=0))

    def _arm(self) -> None:
        self._say(Armed())
        if self._settings is not None and self._settings.role is Role.STANDALONE:
            seen = 0 if self._name in self._bench.deaf else 4
            self._say(Watching(seen=seen, held=steady() if seen else (), clock=HOST.clock))
            return
        self._bench.armed[self._name] = self._inbox
        if self._name != "front":
            threading.Thread(target=self._report_silence, daemon=True).start()
        if self._name == "front":
            for name, inbox in self._bench.armed.items():
                if name not in self._bench.deaf:
                    inbox.put((name, Watching(seen=4, held=steady(), clock=HOST.clock)))
            self._bench.armed = {}

    def _report_silence(self) -> None:
        """Say again and again that nothing came, until there are pulses, or nobody waits for them."""
        while not self._left.wait(WATCH_S) and self._name in self._bench.armed:
            self._say(Watching(seen=0, held=(), clock=HOST.clock))

    def _record(self, order: Record) -> None:
        bias = self._bench.faults.get("bias_us", {}).get(self._name, 0)
        entries = []
        for pulse in range(order.end_pulse or PULSES):
            moment = round(order.anchor_us + pulse * PERIOD_US) + bias
            entries.append(Entry(pulse, pulse, moment, moment, 10**12 + moment * 1000, None))
        told = Progress(
            entries=tuple(entries), newest_pulse=len(entries) - 1, captures=len(entries), queue_full=0,
            queued_bytes=0, written_bytes=0, reader_silent_ms=0, clock=HOST.clock,
        )  # fmt: skip
        self._say(told)
        if order.end_pulse is not None:
            self._say(Finished(captures=len(entries), written_bytes=0))

    def _say(self, event: Any) -> None:
        self._inbox.put((self._name, event))

    def kill(self) -> None:
        assert self._name in self._bench.faults.get("stays", ()), "every other leaves when it is told"
        self._bench.killed.append(self._name)
        self._say(Exited(code=-9))

    def join(self, timeout_s: float) -> bool:
        return True

"""Takes in no time: the whole of `record_take`, over scripted workers that write no recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.director.take import TakePlan, record_take
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.manifest import TakeHost, TakeReport
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.alignment import Entry, HoleReason
from kinect_sync.wire.messages import Finished, Progress, Record
from tests.director.scripted import HOST, PERIOD_US, ScriptedRig, chain, healthy_bench


def nobody(*_: object) -> None:
    raise AssertionError("no process is started")


def _entry(pulse: int, time_us: int, captures: int) -> Entry:
    if pulse >= captures:
        return Entry(pulse, None, None, None, None, HoleReason.QUEUE_FULL)
    return Entry(pulse, pulse, time_us, time_us, 10**12, None)


def record(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    captures: int = 60,
    warned: Sequence[Finding] = (),
    connected: int | None = None,
    fields: RigFields | None = None,
    calibration: RigCalibration | None = None,
    places: Mapping[str, str] | None = None,
    packing: Packing | None = None,
) -> TakeReport:
    """Record 60 pulses with workers that tell of all of them at once, and have written so many captures.

    Only the first of the devices, three unless the rig's `fields` are given, may be `connected`. Those with
    `places` are at other hosts, which call themselves what the director's does.
    """
    fields = fields or chain()
    rig = ScriptedRig(fields, bench=healthy_bench(fields)[:connected], places=places)
    answer = rig.answer

    def answer_record(name: str, command: object) -> None:
        if not isinstance(command, Record):
            answer(name, command)
            return
        assert command.file is not None
        assert command.file.packing is packing
        times = [round(command.anchor_us + pulse * PERIOD_US) for pulse in range(60)]
        entries = tuple(_entry(n, time_us, captures) for n, time_us in enumerate(times))
        rig.say(name, Progress(entries=entries, newest_pulse=59, captures=captures, queue_full=0,
                               queued_bytes=500, written_bytes=900, reader_silent_ms=0,
                               clock=HOST.clock))  # fmt: skip
        rig.say(name, Finished(captures=captures, written_bytes=1000))

    @contextmanager
    def launched(*_: object) -> Iterator[object]:
        yield rig.fleet

    rig.answer = answer_record
    monkeypatch.setattr("kinect_sync.director.take.launched", launched)
    plan = TakePlan(rig=rig.rig, directory=directory, name="take", pulses=60, reserve_bytes=0,
                    calibration=calibration, packing=packing)  # fmt: skip
    hosts = [
        TakeHost(name=place, computer=HOST.name, clock=HOST.clock, system="", machine="", ksync="")
        for place in dict.fromkeys((places or {}).values())
    ]
    return record_take(plan, nobody, stopping=lambda: False, warned=warned, hosts=hosts)

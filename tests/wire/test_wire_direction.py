"""What a program and the director of its stream say comes out at the other end as the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from kinect_sync.errors import BenchError, DeviceBusy, Interrupted, KsyncError, RigError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.rig.modes import Role
from kinect_sync.takes.manifest import DeviceReport
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict
from kinect_sync.wire import direction as wire
from kinect_sync.wire.messages import as_line
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport
from tests.takes.recorded import settings

PROBLEM = Finding(code="device-busy", device="left", what="in use: „é\n“", remedy=None)
LEFT = StreamDeviceReport(
    name="left",
    serial="000123456712",
    role=Role.MASTER,
    captures=3,
    dropped=1,
    holes={"late": 1},
    lost=False,
    bias_us=0.5,
    jitter_us=None,
    drift_ppm=None,
)
REPORT = StreamReport(
    verdict=Verdict.INCOMPLETE, rig="rig", pulses=4, devices=(LEFT,), missed_pulses=((1, 2),), findings=()
)

TOLD: list[Value] = [
    wire.LensesRead(device="left", calibration=bytes(range(256))),
    wire.Began(
        devices=(wire.StreamedDevice(settings=settings(name="left"), host="west", captures_wait=True),),
        reference="left",
        folder=Path("/dev/shm/ksync-rig-é"),
        take=None,
        findings=(PROBLEM,),
    ),
    wire.DeviceChanged(device="left", standing="lost", findings=(PROBLEM,)),
    wire.Alive(),
    wire.Over(report=REPORT),
    wire.Refused(error="bench", findings=(PROBLEM,)),
]
ASKED: list[Value] = [wire.Finish(), wire.Leave()]


def kinds_of(union: Any) -> set[type]:
    return set(get_args(get_args(union)[0]))


@pytest.mark.parametrize("message", TOLD, ids=lambda message: message.kind)
def test_what_a_director_tells_is_one_line_and_comes_out_the_same(message: Value) -> None:
    line = as_line(message)
    assert line.count(b"\n") == 1
    assert wire.read_told(line) == message


@pytest.mark.parametrize("message", ASKED, ids=lambda message: message.kind)
def test_what_a_program_asks_comes_out_the_same(message: Value) -> None:
    assert wire.read_asked(as_line(message)) == message


def test_each_kind_of_message_is_tried_here() -> None:
    assert {type(message) for message in TOLD} == kinds_of(wire.Told)
    assert {type(message) for message in ASKED} == kinds_of(wire.Asked)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RigError(PROBLEM), RigError),
        (UsageError(PROBLEM), UsageError),
        (DeviceBusy(PROBLEM), BenchError),
        (Interrupted(PROBLEM), Interrupted),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_an_error_is_raised_as_what_a_caller_tells_apart(
    error: KsyncError | Interrupted, kind: type[Exception]
) -> None:
    raised = wire.Refused.by(error).exception
    assert (type(raised), raised.findings) == (kind, (PROBLEM,))


ONLY_STREAMED = {"late", "not_brought", "only_in_take", "only_in_rows"}


def test_a_stream_tells_of_a_device_what_a_take_tells_but_for_its_file() -> None:
    taken = DeviceReport(file="left.mkv", **LEFT.model_dump(exclude=ONLY_STREAMED))
    assert StreamDeviceReport.of(taken) == LEFT
    told_of_one = StreamDeviceReport.model_fields.keys() ^ DeviceReport.model_fields.keys()
    assert told_of_one == {"file", *ONLY_STREAMED}

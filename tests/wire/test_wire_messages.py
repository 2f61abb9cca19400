"""What director and worker say crosses a process, or a network, as one line, and comes out the same."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from kinect_sync.devices.port import LIVE, Discovered
from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.alignment import Entry, HoleReason
from kinect_sync.values import Value
from kinect_sync.wire import messages as wire
from tests.takes.recorded import settings

CLOCK = "boot-1 time:[4026531834]"
FILE = wire.RecordingFile(take="walk", name="left.mkv", packing=Packing.PNG)
PROBLEM = Finding(code="device-busy", device="left", what="in use: „é\n“", remedy=None)
JACKS, FIRMWARE = (
    Jacks(sync_in=True, sync_out=None),
    Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14"),
)
CONTROLS = Controls(exposure_us=8330, powerline_hz=60, gain=128, white_balance_k=None)
ENTRIES = (
    Entry(0, 0, 1, 2, 2**60, None),
    Entry(1, None, 3, None, None, HoleReason.QUEUE_FULL),
)

COMMANDS: list[Value] = [
    wire.Discover(),
    wire.Look(),
    wire.Claim(index=2),
    wire.Release(index=2),
    wire.Open(settings=settings(name="left"), index=1),
    wire.Arm(queue_bytes=100),
    wire.Record(file=FILE, anchor_us=219_555.5, end_pulse=None),
    wire.End(pulse=30),
    wire.FindOnBus(),
    wire.Recover(file=FILE, settings=settings(), anchor_us=0.1, after_pulse=-1),
    wire.ReadClock(sent_ns=2**62),
    wire.Stop(),
]
EVENTS: list[Value] = [
    wire.Ready(
        protocol=wire.PROTOCOL, pid=7, host=HostIdentity(name="studio", clock=CLOCK), free_bytes=2**50
    ),
    wire.ClockRead(clock=CLOCK, sent_ns=1, time_ns=2),
    wire.Inventory(
        devices=(
            Discovered(index=0, serial="000123456712", jacks=JACKS, firmware=FIRMWARE),
            Discovered(index=1, serial=None, problem=PROBLEM),
        )
    ),
    wire.Claimed(index=9, device=None),
    wire.Opened(jacks=JACKS, firmware=None, controls=CONTROLS, pace=LIVE, calibration=bytes(range(256))),
    wire.Armed(),
    wire.FirstCaptures(
        captures=(
            wire.FirstCapture(
                color_us=219_566, depth_us=None, host_time_ns=2**60, arrived_ns=2**60, exposure_us=8330
            ),
        ),
        clock=CLOCK,
    ),
    wire.Watching(seen=3, held=((219_566.0, 2**60), (252_899.25, 2**60 + 1)), clock=CLOCK),
    wire.Progress(
        entries=ENTRIES,
        newest_pulse=1,
        captures=1,
        queue_full=1,
        queued_bytes=2,
        written_bytes=2**40,
        reader_silent_ms=3,
        clock=CLOCK,
    ),
    wire.OnBus(listed=None, missing=1),
    wire.Noted(findings=(PROBLEM,)),
    wire.Recovered(entries=ENTRIES, captures=9, written_bytes=10),
    wire.Finished(captures=9, written_bytes=10),
    wire.Failed(findings=(PROBLEM,), closed=False),
]


def by_kind(message: Value) -> str:
    return type(message).__name__


@pytest.mark.parametrize("message", [*COMMANDS, *EVENTS], ids=by_kind)
def test_a_message_is_one_line_and_comes_out_as_it_was(message: Value) -> None:
    line = wire.as_line(message)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    read = wire.read_command if message in COMMANDS else wire.read_event
    again = read(line)
    assert (type(again), again) == (type(message), message)


@pytest.mark.parametrize(("union", "examples"), [(wire.Command, COMMANDS), (wire.Event, EVENTS)])
def test_there_is_an_example_of_every_message(union: Any, examples: list[Value]) -> None:
    assert [type(each) for each in examples] == list(get_args(get_args(union)[0]))


@pytest.mark.parametrize("line", [b"", b"\n", b"null", b"{}", b'{"kind": "explode"}', b"\xff\xfe", b"[1, 2"])
def test_what_is_no_message_is_refused(line: bytes) -> None:
    for read in (wire.read_command, wire.read_event):
        with pytest.raises(ValueError):
            read(line)


def test_no_side_takes_the_other_sides_words() -> None:
    for line in map(wire.as_line, COMMANDS):
        with pytest.raises(ValueError):
            wire.read_event(line)
    for line in map(wire.as_line, EVENTS):
        with pytest.raises(ValueError):
            wire.read_command(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind": "ready", "protocol": 2, "pid": 1}',
        b'{"kind": "ready", "protocol": 99, "host": {"name": "a"}, "mood": "good"}',
        wire.as_line(EVENTS[0].model_copy(update={"protocol": 99})),
    ],
    ids=["older", "newer", "newer, and alike"],
)
def test_the_first_words_of_another_version_are_understood(line: bytes) -> None:
    """Whatever else it says there: a worker that nobody understands looks like one that does not start."""
    event = wire.read_event(line)
    assert isinstance(event, wire.Stranger)
    assert event.protocol != wire.PROTOCOL


def test_a_field_that_this_version_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="extra"):
        wire.read_command(b'{"kind": "end", "pulse": 3, "gently": true}')


@pytest.mark.parametrize("name", ["", ".", "..", "/etc/passwd", "a/b", "a\\b", "a\0b", "../walk"])
def test_no_name_leads_out_of_the_folder_of_takes(name: str) -> None:
    for fields in ({"take": name, "name": "left.mkv"}, {"take": "walk", "name": name}):
        with pytest.raises(ValueError, match="is not the name of one file"):
            wire.RecordingFile(**fields)


def test_an_exit_is_told_with_the_last_three_lines() -> None:
    words = ("one", "two", "three", "four")
    assert wire.Exited(code=-9).describe() == "(exit status -9)"
    told = wire.Exited(code=1, last_words=words).describe()
    assert told == "(exit status 1); its last words: two / three / four"

"""The reader thread: what it passes on, when it counts as silent, and how it ends."""

from __future__ import annotations

import threading

import numpy as np

from kinect_sync.captures import Capture, Image
from kinect_sync.devices.port import LIVE, StreamEnded
from kinect_sync.errors import DeviceLost, ImuEnded
from kinect_sync.findings import Finding
from kinect_sync.host.awake import AwakeClock
from kinect_sync.worker.reader import CaptureReader
from tests.cli.commands import PATIENCE_S

IMAGE = Image(np.zeros(4, np.uint8), 1, 1)
CAPTURE = Capture(IMAGE, None, None, 1)


class ScriptedDevice:
    """Gives what it is told to, one call after the other."""

    serial = "000123456712"
    pace = LIVE

    def __init__(self, *answers: Capture | Exception | None) -> None:
        self.answers = list(answers)

    def get_capture(self, timeout_ms: int) -> Capture | None:
        answer = self.answers.pop(0) if self.answers else StreamEnded()
        if isinstance(answer, Exception):
            raise answer
        return answer


def read(device: ScriptedDevice) -> tuple[CaptureReader, list[Capture]]:
    offered: list[Capture] = []
    reader = CaptureReader(device, offered.append, None)  # type: ignore[arg-type]
    reader.start()
    reader.join(PATIENCE_S)
    return reader, offered


def test_what_has_been_played_to_its_end_is_no_failure() -> None:
    reader, offered = read(ScriptedDevice(CAPTURE, None, CAPTURE))
    assert len(offered) == 2
    assert (reader.ended, reader.failure, reader.silent_ms) == (True, (), 0)


def test_a_stream_that_breaks_off_is_one() -> None:
    lost = Finding(code="stream-ended", device="left", what="the stream ended", remedy="replug it")
    reader, offered = read(ScriptedDevice(CAPTURE, DeviceLost(lost)))
    assert len(offered) == 1
    assert (reader.ended, reader.failure) == (False, (lost,))


def test_an_imu_that_ends_costs_no_capture_and_is_told() -> None:
    ended = Finding(code="imu-ended", device="left", what="its IMU has ended")

    class WithoutImu(ScriptedDevice):
        def get_imu_samples(self):
            raise ImuEnded(ended)

    offered: list[Capture] = []
    reader = CaptureReader(WithoutImu(CAPTURE, CAPTURE), offered.append, [].append)  # type: ignore[arg-type]
    reader.run()
    assert (len(offered), reader.failure, reader.take_notes()) == (2, (), (ended, ended))
    assert reader.take_notes() == ()


def test_what_the_library_raises_is_told() -> None:
    reader, _ = read(ScriptedDevice(RuntimeError("boom")))
    (finding,) = reader.failure
    assert (finding.code, "RuntimeError: boom" in finding.what) == ("reader-failed", True)


def test_a_reader_that_waits_for_room_is_not_a_device_that_hangs() -> None:
    room, waiting = threading.Event(), threading.Event()

    def offer(capture: Capture) -> None:
        waiting.set()
        room.wait(PATIENCE_S)

    reader = CaptureReader(ScriptedDevice(CAPTURE), offer, None)  # type: ignore[arg-type]
    reader.start()
    assert waiting.wait(PATIENCE_S)
    assert reader.silent_ms == 0
    room.set()
    reader.join(PATIENCE_S)


def test_a_device_that_hangs_is_silent_for_longer_and_longer() -> None:
    asked, answer = threading.Event(), threading.Event()

    class Hanging(ScriptedDevice):
        def get_capture(self, timeout_ms: int) -> Capture | None:
            asked.set()
            answer.wait(PATIENCE_S)
            raise StreamEnded

    now_s = [50.0]
    awake = AwakeClock(lambda: now_s[0])
    reader = CaptureReader(Hanging(), lambda _: None, None, awake)  # type: ignore[arg-type]
    reader.start()
    assert asked.wait(PATIENCE_S)
    for passed_s in (0.5, 1.0, 60.0):  # in the last of which the process stood still
        now_s[0] += passed_s
        awake.tick()
    assert reader.silent_ms == 2500
    answer.set()
    reader.join(PATIENCE_S)

"""One worker from its launch to its end: what it says, what it is told, and what its silence means."""

from __future__ import annotations

import pytest

from kinect_sync.director.worker_life import (
    CLOSE_S,
    END_S,
    FREEZE_S,
    FROZEN_LEAVE_S,
    LEAVE_S,
    RECOVER_S,
    Stage,
    WorkerLife,
)
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    PROTOCOL,
    Armed,
    Exited,
    Failed,
    Finished,
    Open,
    Ready,
    RecordingFile,
    Recover,
    Recovered,
    Stop,
    Watching,
)
from tests.director.scripted import HOST
from tests.takes.recorded import settings

DEVICE = settings()
READY = Ready(protocol=PROTOCOL, pid=1, host=HOST)
OPEN = Open(settings=DEVICE, index=None)
WATCHING = Watching(seen=0, held=(), clock=HOST.clock)
FINISHED = Finished(captures=1, written_bytes=1)
FILE = RecordingFile(take="walk", name="left.mkv")
RECOVER = Recover(file=FILE, settings=DEVICE, anchor_us=0.0, after_pulse=3)
RECOVER_LONG = RECOVER.model_copy(update={"after_pulse": 1_080_000})
RECOVERED = Recovered(entries=(), captures=4, written_bytes=1)
ARMED = [READY, OPEN, Armed()]
COMMANDS = (Open, Recover, Stop)


class Line:
    """The way to the worker, which nobody answers."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.killed = 0

    def send(self, command: Value) -> None:
        self.sent.append(type(command).__name__)

    def kill(self) -> None:
        self.killed += 1

    def join(self, timeout_s: float) -> bool:
        return True


def live(*script: Value | float) -> tuple[WorkerLife, Line]:
    """A life as scripted: what it is told, what it says, and seconds that pass, ten looks in each."""
    worker, line = WorkerLife("left"), Line()
    worker.link, now_s = line, 0.0
    for each in script:
        if isinstance(each, float):
            for _ in range(round(each * 10)):
                now_s += 0.1
                if (end := worker.look(now_s)) is not None:
                    worker.hear(end, now_s)
        elif isinstance(each, COMMANDS):
            worker.tell(each, now_s)
        else:
            worker.hear(each, now_s)
    return worker, line


MORE = 0.2
LIVES = [
    ("a process that starts", [60.0], Stage.STARTING),
    ("one that opens a device may take its time", [READY, OPEN, 60.0], Stage.READY),
    ("cameras that run are reported on", [*ARMED, 1.0, WATCHING, 1.0], Stage.REPORTING),
    ("who reports no more stands still", [*ARMED, FREEZE_S + MORE], Stage.FROZEN),
    ("who speaks again goes on", [*ARMED, FREEZE_S + MORE, WATCHING, 1.0], Stage.REPORTING),
    ("who has told all may be silent", [*ARMED, FINISHED, 60.0], Stage.CLOSED),
    ("who has failed, too", [*ARMED, Failed(findings=()), 60.0], Stage.CLOSED),
    ("who is told to leave may take as long as a camera", [*ARMED, Stop(), CLOSE_S - MORE], Stage.LEAVING),
    ("and no longer", [*ARMED, Stop(), CLOSE_S + MORE], Stage.KILLED),
    ("a file that is closed late leaves the camera its time",
     [*ARMED, Stop(), CLOSE_S - 1.0, FINISHED, CLOSE_S - MORE], Stage.LEAVING),
    ("without a device there is nothing to close", [READY, Stop(), LEAVE_S + MORE], Stage.KILLED),
    ("who stands still has less time to begin",
     [*ARMED, FREEZE_S + MORE, Stop(), FROZEN_LEAVE_S + MORE], Stage.KILLED),
    ("but all of it once it does",
     [*ARMED, FREEZE_S + MORE, Stop(), FROZEN_LEAVE_S - 1.0, WATCHING, CLOSE_S - MORE], Stage.LEAVING),
    ("who reads what another wrote", [RECOVER, READY, RECOVER_S - MORE], Stage.RECOVERING),
    ("does not read for ever", [RECOVER, READY, RECOVER_S + MORE], Stage.KILLED),
    ("whose file is of ten hours", [RECOVER_LONG, READY, RECOVER_S + 108 - MORE], Stage.RECOVERING),
    ("does not read that for ever either", [RECOVER_LONG, READY, RECOVER_S + 108 + MORE], Stage.KILLED),
    ("and leaves when it has told", [RECOVER, READY, RECOVERED, Stop(), Exited(code=0)], Stage.EXITED),
    ("what can't even be ended is given up", [*ARMED, Stop(), CLOSE_S + END_S + 1.0], Stage.EXITED),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "script", "stage"), LIVES, ids=[each[0] for each in LIVES])
def test_a_life(sentence: str, script: list[Value | float], stage: Stage) -> None:
    worker, line = live(*script)
    assert worker.stage is stage, sentence
    assert bool(line.killed) == worker.was_killed == (stage is Stage.KILLED or "given up" in sentence)


def test_it_is_told_to_leave_only_once() -> None:
    worker, line = live(*ARMED, Stop(), CLOSE_S - 1.0, Stop(), 2.0)
    assert line.sent.count("Stop") == 1
    assert worker.stage is Stage.KILLED, "asking again gives no more time"


@pytest.mark.parametrize(
    ("script", "unasked"),
    [(ARMED, True), ([*ARMED, FINISHED], True), ([*ARMED, Stop()], False)],
    ids=["while it records", "when it has told all", "when it was told to"],
)
def test_its_end_is_a_surprise_unless_it_was_told_to_leave(script: list[Value], unasked: bool) -> None:
    worker, _ = live(*script, Exited(code=0))
    assert (worker.gone, worker.left_unasked) == (True, unasked)


def test_for_how_long_it_has_stood_still_is_known_until_it_speaks() -> None:
    worker, _ = live(*ARMED, 10.0, Stop(), 1.0)
    assert worker.frozen_s(11.0) == pytest.approx(11.0)
    worker.hear(FINISHED, 12.0)
    assert worker.frozen_s(13.0) == 0.0

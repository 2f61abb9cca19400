"""What tests of an agent ask it again and again, and how they bring it to where it records."""

from __future__ import annotations

from kinect_sync.wire.hosts import Describe, Description, Lease, Refused, Tell
from kinect_sync.wire.messages import PROTOCOL, Open, Progress, Ready, Record, RecordingFile
from tests.agent.scripted import HOST, Hosted, ScriptedWorker
from tests.cli.commands import wait_until
from tests.takes.recorded import settings

READY = Ready(protocol=PROTOCOL, pid=7, host=HOST, free_bytes=None)
RECORD = Record(file=RecordingFile(take="walk", name="front.mkv"), anchor_us=0.0, end_pulse=None)
OTHER = Lease(director="other", run="run-2", epoch=2)


def progress(captures: int) -> Progress:
    return Progress(
        entries=(), newest_pulse=captures - 1, captures=captures, queue_full=0, queued_bytes=0,
        written_bytes=9, reader_silent_ms=0, clock=HOST.clock,
    )  # fmt: skip


def codes(answer: object) -> list[str]:
    assert isinstance(answer, Refused), answer
    return [each.code for each in answer.findings]


def description(host: Hosted) -> Description:
    answer = host.ask(Describe(), None)
    assert isinstance(answer, Description)
    return answer


def hear(host: Hosted, number: int) -> None:
    """Wait until an event of this number was told."""
    wait_until(lambda: any(each.number == number for each in host.heard), f"event {number} is told")


def record(host: Hosted, *, captures: int = 5) -> ScriptedWorker:
    """Bring a worker to where it records."""
    host.lead()
    worker = host.launch(take="walk")
    host.ask(Tell(worker="walk", number=1, command=Open(settings=settings(name="front"), index=0)))
    host.ask(Tell(worker="walk", number=2, command=RECORD))
    while worker.hear_told().command != RECORD:
        continue
    worker.say(READY, progress(captures))
    hear(host, 2)
    wait_until(lambda: description(host).takes, "it records")
    return worker

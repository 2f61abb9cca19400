"""An agent that is nothing but its line: `python -m tests.network.echo_agent FOLDER LEASE_MS`.

It answers `EndTake` with as many bytes as the take is named, `Replay` with that many events, `Leave` with a
defect of its own, `End` when it was asked for the clock meanwhile, `ListFiles` when it was to describe itself
meanwhile, and whatever else with `Done`.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from kinect_sync.network import settings
from kinect_sync.network.lines import agent_line
from kinect_sync.network.refusals import refusals_in
from kinect_sync.studio.folders import read_agent
from kinect_sync.wire.files import ListFiles
from kinect_sync.wire.hosts import Describe, Done, End, EndTake, Envelope, Heard, Leave, Replay
from kinect_sync.wire.lines import AgentLine, Answered
from kinect_sync.wire.messages import ClockRead, ReadClock
from tests.cli.commands import PATIENCE_S


class Echo:
    """What the agent answers."""

    def __init__(self) -> None:
        self.line: AgentLine | None = None
        self.clock_asked = threading.Event()
        self.describe_asked = threading.Event()

    def answer(self, envelope: Envelope) -> Answered:
        request = envelope.request
        if isinstance(request, EndTake):
            return Answered(Done(), bytes(int(request.take)))
        if isinstance(request, ReadClock):
            self.clock_asked.set()
            return Answered(clock_read(request.sent_ns))
        if isinstance(request, Leave):
            raise RuntimeError("a defect")
        if isinstance(request, End):
            self.clock_asked.clear()
            log("waits for the clock")
            self.clock_asked.wait(PATIENCE_S)
        if isinstance(request, Describe):
            self.describe_asked.set()
        if isinstance(request, ListFiles):
            self.describe_asked.clear()
            log("waits to describe itself")
            if not self.describe_asked.wait(PATIENCE_S):
                raise RuntimeError("nobody asked")
        if isinstance(request, Replay) and self.line is not None:
            for number in range(request.after):
                self.line.tell(Heard(worker=request.worker, number=number + 1, event=clock_read(number)))
        return Answered(Done())


def clock_read(sent_ns: int) -> ClockRead:
    """What a host says of its clock."""
    return ClockRead(clock="the agent's", sent_ns=sent_ns, time_ns=1)


def main() -> None:
    settings.LEASE_MS = int(sys.argv[2])
    echo = Echo()
    with refusals_in(log):
        echo.line = agent_line(read_agent(Path(sys.argv[1])), echo.answer, log)
        log("up")
        sys.stdin.read()
        echo.line.close()


def log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()

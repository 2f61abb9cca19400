"""One process per device: a crash or a hang inside the SDK costs one device, not the rig.

The worker answers the director's commands, and reports ten times a second. When the director is gone,
which it learns from the end of its input, it closes its file and its device by itself.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol, TextIO

from kinect_sync.devices.port import Bench
from kinect_sync.findings.start import WORKER_FAILED
from kinect_sync.steady import steady_s
from kinect_sync.values import Value
from kinect_sync.wire.messages import END_OF_TALK, PROTOCOL, Failed, Ready, as_line, read_command
from kinect_sync.worker.session import LEAVE_S, WorkerSession
from kinect_sync.worker.site import Site

REPORT_S = 0.1
"""From one report to the next, while no command comes."""
EARLY_S = 0.005
"""So soon after the one before none is due: who waits may be woken a little early."""


class EventStream(Protocol):
    """Where a worker writes what it says: a pipe, or a lodging that keeps it."""

    def write(self, line: bytes, /) -> object:
        """Take one line."""
        ...

    def flush(self) -> object:
        """Send what was written on its way."""
        ...


def serve(
    open_bench: Callable[[], Bench],
    commands: Iterable[bytes],
    events: EventStream,
    site: Site,
    end_process: Callable[[int], object] = os._exit,
    talk: TextIO | None = None,
) -> None:
    """Serve one director until it says stop, or there are no more `commands`: it is gone.

    `end_process` ends this process with an exit code, whatever its threads do: only that frees a device in
    which one of them hangs.

    `talk` is what libraries print to.
    """
    outbox = _Outbox(events, talk)
    session = WorkerSession(open_bench, outbox.send, site)
    inbox: queue.Queue[bytes | None] = queue.Queue()
    left = threading.Event()
    listener = (commands, inbox, left, end_process)
    threading.Thread(target=_listen, args=listener, name="director", daemon=True).start()
    outbox.send(Ready(protocol=PROTOCOL, pid=os.getpid(), host=site.host, free_bytes=site.free_bytes()))
    try:
        _obey_all(session, inbox)
    finally:  # a defect leaves no device open
        answered = session.leave()
    left.set()
    outbox.flush()
    if not answered:
        end_process(1)


def _obey_all(session: WorkerSession, inbox: queue.Queue[bytes | None]) -> None:
    """Obey, and report ten times a second, until told to leave, or nobody is there any more who tells."""
    while not session.leaving:
        try:
            line = inbox.get(timeout=until_report_s(steady_s()))
        except queue.Empty:
            session.report()
            continue
        if line is None:
            break
        _obey(session, line)
        session.report()


def until_report_s(now_s: float) -> float:
    """Return how long it is until a report is due: for all workers of a host at the same moments.

    A director that hears of all devices at once looks at all of them once, and not once for each.
    """
    left_s = REPORT_S - now_s % REPORT_S
    return left_s if left_s > EARLY_S else left_s + REPORT_S


def _obey(session: WorkerSession, line: bytes) -> None:
    """Carry out what a line says; where it is no command, that is told and not guessed at."""
    try:
        command = read_command(line)
    except ValueError:
        session.fail(WORKER_FAILED.found(f"it was told what is no command: {line[:100]!r}"))
    else:
        session.carry_out(command)


def _listen(
    commands: Iterable[bytes],
    inbox: queue.Queue[bytes | None],
    left: threading.Event,
    end_process: Callable[[int], object],
) -> None:
    """Pass commands on; when the director is gone, see to it that the process leaves in time."""
    for line in commands:
        inbox.put(line)
    inbox.put(None)
    if not left.wait(LEAVE_S):
        end_process(1)


class _Outbox:
    """Writes events; once the director is gone there is nobody left to tell, and that is no error."""

    def __init__(self, stream: EventStream, talk: TextIO | None) -> None:
        self._stream = stream
        self._talk = talk

    def send(self, event: Value) -> None:
        if isinstance(event, Failed):
            self._end_talk()
        line = as_line(event)
        with suppress(OSError):
            self._stream.write(line)
            self._stream.flush()

    def _end_talk(self) -> None:
        """Mark in the other stream where what was said of a failure ends; nothing waits for room there."""
        if self._talk is not None:
            with suppress(OSError):
                self._talk.write(f"{END_OF_TALK}\n")
                self._talk.flush()

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

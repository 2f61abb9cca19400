"""One process per device: a crash or a hang inside the SDK costs one device, not the rig.

The worker answers the director's commands, and reports ten times a second. When the director is gone,
which it learns from the end of its input, it closes its file and its device by itself within a second.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from typing import BinaryIO

from kinect_sync.devices.port import Bench
from kinect_sync.values import Value
from kinect_sync.wire.messages import PROTOCOL, Ready, as_line, read_command
from kinect_sync.worker.session import LEAVE_S, WorkerSession
from kinect_sync.worker.site import Site

REPORT_S = 0.1
"""From one report to the next, while no command comes."""


def serve(open_bench: Callable[[], Bench], commands: BinaryIO, events: BinaryIO, site: Site) -> None:
    """Serve one director until it says stop or is gone."""
    outbox = _Outbox(events)
    session = WorkerSession(open_bench, outbox.send, site)
    inbox: queue.Queue[Value | None] = queue.Queue()
    left = threading.Event()
    threading.Thread(target=_listen, args=(commands, inbox, left), name="director", daemon=True).start()
    outbox.send(Ready(protocol=PROTOCOL, pid=os.getpid(), host=site.host, free_bytes=site.free_bytes()))
    while not session.leaving:
        try:
            command = inbox.get(timeout=REPORT_S)
        except queue.Empty:
            session.report()
            continue
        if command is None:
            break
        session.carry_out(command)
        session.report()
    answered = session.leave()
    left.set()
    outbox.flush()
    if not answered:
        os._exit(1)  # a thread hangs inside the SDK: only the end of the process frees the device


def _listen(commands: BinaryIO, inbox: queue.Queue[Value | None], left: threading.Event) -> None:
    """Pass commands on; when the director is gone, see to it that the process leaves in time."""
    for line in commands:
        inbox.put(read_command(line))
    inbox.put(None)
    if not left.wait(2 * LEAVE_S):
        os._exit(1)


class _Outbox:
    """Writes events; once the director is gone there is nobody left to tell, and that is no error."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, event: Value) -> None:
        try:
            self._stream.write(as_line(event))
            self._stream.flush()
        except OSError:
            return

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            return

"""The process that directs a stream: `python -m kinect_sync.benches.director_process`, started by a program.

In a session of its own, so that nothing that ends or stops the program reaches it. What it is to do is the
first line of its stdin.
"""

from __future__ import annotations

import os
import signal

from kinect_sync.benches.claimed_stdout import claim_stdout
from kinect_sync.benches.directing import StreamOrder, direct
from kinect_sync.benches.program_line import ProgramLine, watched_parent

_ENDING = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Of a computer that is shut down, and of a person: no reason for half a file."""


def main() -> None:
    """Direct one stream for the program that started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, told = os.fdopen(os.dup(0), "rb"), claim_stdout()
    line = asked.readline()
    if not line:  # the program has gone before it asked for anything
        return
    order = StreamOrder.model_validate_json(line)
    program = ProgramLine(asked, told, watched_parent(order.program))
    for name in _ENDING:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: program.finish())
    direct(order, program)


if __name__ == "__main__":
    main()

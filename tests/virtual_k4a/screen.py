"""A display for programs that look for one and draw nothing: an X server that is a name alone."""

from __future__ import annotations

import atexit
import errno
import os
import socket
from itertools import count


def reserve_display() -> str:
    """Name a display that nobody else has, for as long as this process lives.

    Where a name is taken, the next is tried. The number of this process alone would not do: its threads ask
    at the same time, and such names are those of a whole network, in which containers number anew.
    """
    server = socket.socket(socket.AF_UNIX)
    atexit.register(server.close)
    for number in count(1_000 + os.getpid()):
        try:
            server.bind(f"\0/tmp/.X11-unix/X{number}")
        except OSError as failure:
            if failure.errno != errno.EADDRINUSE:
                raise
        else:
            break
    return f":{number}"

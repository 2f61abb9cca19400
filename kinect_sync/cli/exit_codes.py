"""The exit codes of every command: the code is the verdict."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the number says to a script."""

    OK = 0
    """Done, and the answer is yes: valid, or recorded and in sync."""
    NO = 1
    """Done, and the answer is no: out of sync, or incomplete."""
    USAGE = 2
    """Not done: the command line or the rig file is not right."""
    BENCH = 3
    """Not done: a device or the SDK is not right."""
    INTERRUPTED = 130
    """Interrupted before there was an answer, as a shell counts SIGINT."""
    BROKEN_PIPE = 141
    """Whoever read the output has gone, as a shell counts SIGPIPE."""

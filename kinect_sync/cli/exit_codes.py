"""The exit codes of every command: the code is the verdict's rung."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinect_sync.verdicts import Verdict


class ExitCode(IntEnum):
    """What the number says to a script; the first four have the names of the rungs."""

    YES = 0
    """Done, and the answer is yes: valid, or recorded and in sync."""
    NO = 1
    """Done, and the answer is no: out of sync, or incomplete."""
    REFUSED = 2
    """Not done: the command line or the rig file is not right."""
    FAILED = 3
    """Not done: a device or the SDK is not right."""
    INTERRUPTED = 130
    """Interrupted before there was an answer, as a shell counts SIGINT."""
    BROKEN_PIPE = 141
    """Whoever read the output has gone, as a shell counts SIGPIPE."""


def exit_code(verdict: Verdict) -> ExitCode:
    """Return the code of the rung that a verdict stands on."""
    return ExitCode[verdict.rung.name]

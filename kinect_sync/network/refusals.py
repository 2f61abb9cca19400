"""Refused connections in a log of ours: Zenoh tells them in its own, on stdout, and in words of its own.

What it does not tell is who it was: a refusal has no address there.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from kinect_sync.steady import steady_s
from kinect_sync.texts import printable

AGAIN_S = 60.0
"""How long the same is not told again: who is refused dials again twice a second."""
_STDOUT = 1
_LEVEL = "zenoh=error,zenoh_link_tls=warn"
_COLORS = re.compile(rb"\x1b\[[0-9;]*m")
_LINE = re.compile(rb"^\S+Z\s+(?:ERROR|WARN)\s.*?(?P<from>zenoh\w*)[\w:]*: (?P<words>.*?)(?:\. Hint: .*)?$")
_MEANS = (
    ("sent no certificate", "it showed no certificate"),
    ("extended key usage", "a host's certificate was shown, by whoever wants to direct"),
    ("certificate expired", "its certificate has expired"),
    ("not valid yet", "its certificate is not valid yet"),
    ("invalid peer certificate", "its certificate is of another authority"),
    ("fatal alert", "it does not accept the certificate of this host"),
    ("corrupt message", "it speaks no TLS of ours"),
    ("incompatible", "it speaks no TLS of ours"),
    ("handshake eof", "it hung up before it had shown anything"),
)
"""What Zenoh says, and what it means to whoever looks after a host."""

Log = Callable[[str], None]


class Refusals:
    """What Zenoh says of refused connections, each kind told once in a while."""

    def __init__(self, log: Log, now_s: Callable[[], float] = steady_s) -> None:
        """Take the log, and a clock."""
        self._log, self._now_s = log, now_s
        self._told_s: dict[str, float] = {}

    def take(self, line: bytes) -> bool:
        """Take a line of stdout; False where it is none of Zenoh's."""
        match = _LINE.match(_COLORS.sub(b"", line.rstrip()))
        if match is None:
            return False
        words = printable(match["words"].decode(errors="replace"))
        if match["from"] != b"zenoh_link_tls":
            self._log(f"Zenoh: {words}")
        elif self._is_news(kind := _meaning(words)):
            self._log(f"refused a connection: {kind} ({words})")
        return True

    def _is_news(self, kind: str) -> bool:
        now_s = self._now_s()
        if now_s - self._told_s.get(kind, -AGAIN_S) < AGAIN_S:
            return False
        self._told_s[kind] = now_s
        return True


def _meaning(words: str) -> str:
    return next((means for part, means in _MEANS if part in words), "it is not known why")


@contextmanager
def refusals_in(log: Log) -> Iterator[None]:
    """Bring refused connections into a log; whatever else is printed on stdout meanwhile stays there.

    Zenoh begins its log once in a process.
    """
    import zenoh  # only where it is used: the rest needs none

    zenoh.init_log_from_env_or(_LEVEL)
    sys.stdout.flush()
    before = os.dup(_STDOUT)
    reading, writing = os.pipe()
    _let_stdout_be(writing)
    os.close(writing)
    reader = threading.Thread(target=_sort, args=(reading, before, Refusals(log)), daemon=True)
    reader.start()
    try:
        yield
    finally:
        sys.stdout.flush()
        _let_stdout_be(before)  # nobody writes into the pipe any more: it ends
        reader.join()
        os.close(before)


def _let_stdout_be(descriptor: int) -> None:
    """Let what this process prints go there, in whatever language it was written.

    Zenoh asks Windows for stdout's handle each time, which knows nothing of descriptors.
    """
    os.dup2(descriptor, _STDOUT)
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        stdout = ctypes.c_ulong(-11)
        ctypes.windll.kernel32.SetStdHandle(stdout, ctypes.c_void_p(msvcrt.get_osfhandle(_STDOUT)))


def _sort(reading: int, before: int, refusals: Refusals) -> None:
    """Read to the end, whatever becomes of log and stdout: Zenoh's threads would wait for a reader."""
    with os.fdopen(reading, "rb") as lines:
        for line in lines:
            with suppress(Exception):
                if not refusals.take(line):
                    os.write(before, line)

"""Where rows can be had: at the path of a socket, at a port of this computer, or on stdout.

Not from other computers: nothing would be encrypted, and nobody could tell who listens. What devices of other
hosts give comes here over the studio's session, and from here on it is one stream.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.findings.streaming import STREAM_ADDRESS_UNUSABLE
from kinect_sync.texts import printable

HERE = "127.0.0.1"
LONGEST_NBYTES = 107 if sys.platform.startswith("linux") else 103
"""Of a socket's path: `sun_path`, but for the NUL at its end."""
_HAS_PATHS = hasattr(socket, "AF_UNIX")
_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^/\\:]*):(?P<port>\d+)")
_HALF = re.compile(r"\d+|(?:127\.0\.0\.1|localhost)(?::\w*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://|@)?.*")
_ELSEWHERE = (
    "run the program on this computer; cameras of other computers come here by `hosts:` in the rig file, and "
    "`ssh -L` forwards a socket to where somebody else may read it"
)


@dataclass(frozen=True, slots=True)
class Stdout:
    """The pipe behind the command."""


@dataclass(frozen=True, slots=True)
class SocketPath:
    """A Unix socket, for whoever may open it: this user."""

    path: Path


@dataclass(frozen=True, slots=True)
class LoopbackPort:
    """A TCP port that this computer alone reaches, for whoever has the token."""

    port: int
    """0 for a free one."""


Address = Stdout | SocketPath | LoopbackPort


def parse_address(text: str, *, has_paths: bool = _HAS_PATHS) -> Address:
    """Read an address as an operator writes it; for any other UsageError, which names the way that works."""
    if text == "-":
        return Stdout()
    if match := _PORT.fullmatch(text):
        return _port(text, match["host"], int(match["port"]))
    if not text or "\0" in text:
        raise _unusable(text, "is no path", f"give the path of a socket, {HERE}:PORT, or `-`")
    if _is_elsewhere(text):
        raise _unusable(text, "is no path, no port of this computer, and not `-`")
    if not has_paths:
        raise _unusable(text, "would be a socket, which Python has none of here", f"give {HERE}:PORT")
    if _HALF.fullmatch(text):
        port = text if text.isdecimal() else "PORT"
        raise _unusable(text, "is half a port", f"give {HERE}:{port}, or ./{text} for a socket of that name")
    path = Path(text)
    if len(os.fsencode(path)) > LONGEST_NBYTES:
        why = f"is longer than the {LONGEST_NBYTES} bytes that the path of a socket may have"
        raise _unusable(text, why, "give a shorter one, as from the folder that ksync runs in")
    return SocketPath(path)


def _port(text: str, host: str, port: int) -> LoopbackPort:
    if host not in (HERE, "localhost"):
        raise _unusable(text, "is not this computer alone", f"give {HERE}:{port}, or {_ELSEWHERE}")
    if port > 65535:
        raise _unusable(text, "is no port: they end at 65535", f"give {HERE}:PORT, 0 for a free one")
    return LoopbackPort(port)


def _is_elsewhere(text: str) -> bool:
    """Tell a URL from a path: `C:\\rows` is none, and a file may have a colon in its name behind a folder."""
    return _SCHEME.fullmatch(text) is not None and not re.match(r"[A-Za-z]:[\\/]", text)


def _unusable(text: str, why: str, remedy: str = _ELSEWHERE) -> UsageError:
    return UsageError(STREAM_ADDRESS_UNUSABLE.found(f"{printable(text)!r} {why}", remedy=remedy))

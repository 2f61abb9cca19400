"""Listening at an address, for one command at a time: who is second is refused before any device is opened.

The socket of a command that was killed stays behind, and looks like one of a command that runs. So a lock
stands beside it (`PATH.lock`), which the system takes back from the dead: whoever has it may replace what
nobody answers at any more.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import UsageError
from kinect_sync.findings.streaming import STREAM_ADDRESS_TAKEN, STREAM_ADDRESS_UNUSABLE
from kinect_sync.streaming.addresses import HERE, LoopbackPort, SocketPath

_BACKLOG = 16
_CALL_S = 0.5
_NOBODY = (errno.ECONNREFUSED, errno.ENOENT)
_MODE = 0o600


@contextmanager
def listening(address: SocketPath | LoopbackPort) -> Iterator[socket.socket]:
    """Listen within the context, and leave no socket behind.

    Raises UsageError: `stream-address-taken` where somebody else is there, and `stream-address-unusable`
    where the system refuses.
    """
    with ExitStack() as stack:
        try:
            if isinstance(address, SocketPath):
                listener = _at_path(address.path, stack)
            else:
                listener = _at_port(address.port, stack)
        except OSError as error:
            what = f"nobody can listen at {shown(address)}: {error.strerror or error}"
            raise UsageError(STREAM_ADDRESS_UNUSABLE.found(what, remedy="give another address")) from error
        yield listener


def shown(address: SocketPath | LoopbackPort) -> str:
    """Return an address as its operator writes it."""
    return str(address.path) if isinstance(address, SocketPath) else f"{HERE}:{address.port}"


def _at_path(path: Path, stack: ExitStack) -> socket.socket:
    _refuse_files(path)
    lock = FileLock(Path(f"{path}.lock"))
    if not lock.acquire():
        raise _taken(f"another ksync stream gives rows at {path}")
    stack.callback(lock.remove)
    _clear(path)
    listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    listener.bind(str(path))
    made = path.lstat()
    stack.callback(_remove, path, made)
    path.chmod(_MODE)  # before anybody can come
    listener.listen(_BACKLOG)
    return listener


def _at_port(port: int, stack: ExitStack) -> socket.socket:
    listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    if sys.platform != "win32":  # there another program could take the same port over
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HERE, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _taken(f"somebody else listens at port {port}") from error
        raise
    listener.listen(_BACKLOG)
    return listener


def _clear(path: Path) -> None:
    """Remove the socket of a command that was killed; UsageError where somebody answers there."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(_CALL_S)
            caller.connect(str(path))
    except OSError as error:
        if error.errno not in _NOBODY:  # it is too busy to answer, or another user's
            raise _taken(f"somebody else listens at {path}") from error
        path.unlink(missing_ok=True)
        return
    raise _taken(f"somebody else listens at {path}")


def _refuse_files(path: Path) -> None:
    """Raise UsageError where something is that is no socket, which is nobody's to replace, or no folder."""
    if path.is_dir():
        raise _taken(f"{path} is a folder", f"give a path in it, as {path / 'rows.sock'}")
    if not path.parent.is_dir():
        what = f"there is no folder {path.parent}"
        raise UsageError(STREAM_ADDRESS_UNUSABLE.found(what, remedy="make it, or give another path"))
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise _taken(f"{path} exists, and is no socket", "remove it, or give another path")


def _remove(path: Path, made: os.stat_result) -> None:
    """Remove the socket that was made, where it is still there."""
    with suppress(OSError):
        if os.path.samestat(path.lstat(), made):
            path.unlink()


def _taken(what: str, remedy: str | None = None) -> UsageError:
    return UsageError(STREAM_ADDRESS_TAKEN.found(what, remedy=remedy))

"""A display for tests that compute in OpenGL: the one that is there, or an Xvfb of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_HELLO = struct.pack("<cxHHHHxx", b"l", 11, 0, 0, 0)
"""What a client of X11 says first: little-endian, protocol 11.0, no password."""


@pytest.fixture(scope="session")
def session_display() -> Iterator[str]:
    """Name a display for all tests; "" where there is none and no Xvfb to make one."""
    present = os.environ.get("DISPLAY", "")
    if present or not shutil.which("Xvfb"):
        yield present
        return
    with virtual_display() as name:
        yield name


@pytest.fixture
def display(session_display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test compute in OpenGL, or skip it."""
    use_display(session_display, monkeypatch)


def use_display(name: str, patch: pytest.MonkeyPatch) -> None:
    """Put the display into the environment; skip the test, with the reason, where one is lacking."""
    if not name and sys.platform == "linux":
        pytest.skip("OpenGL needs a display, or Xvfb to make one: apt install xvfb")
    patch.setenv("DISPLAY", name)


@contextmanager
def virtual_display() -> Iterator[str]:
    """Run an Xvfb and name its display.

    It ends by itself after its last client. One client is this process, however it ends; others are the
    depth engines in it, whose process would die with a display that is taken from them.
    """
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "640x480x24", "-terminate"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, pass_fds=[writer], stdin=quiet, stdout=quiet, stderr=quiet)
    os.close(writer)
    with os.fdopen(reader) as stream:
        number = stream.readline().strip()
    assert number, "Xvfb did not start; `Xvfb -displayfd 1` says why"
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"/tmp/.X11-unix/X{number}")
        client.sendall(_HELLO)
        assert client.recv(1) == b"\1", "Xvfb lets nobody in"
        yield f":{number}"
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.returncode = 0  # it ends after this process, in which a depth engine is its client

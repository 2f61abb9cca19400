"""Processes of workers: what was started, and what another agent had started and this one finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.agent.process import ChildProcess, FoundProcess, started_at
from tests.cli.commands import wait_until

WAITS = [sys.executable, "-c", "import sys; print('here', flush=True); import time; time.sleep(60)"]


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process that somebody else has started; here it is a child all the same, so it is waited for."""
    process = subprocess.Popen(WAITS, stdout=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_a_child_prints_into_its_file_and_tells_how_it_ended(tmp_path: Path) -> None:
    output = tmp_path / "output"
    child = ChildProcess([sys.executable, "-c", "print('words'); import sys; sys.exit(3)"], output)
    assert child.wait() == 3
    assert not child.runs()
    assert output.read_text().split() == ["words"]
    child.kill()


def test_a_child_goes_on_at_the_begin_of_an_output_that_was_emptied(tmp_path: Path) -> None:
    """So that it does not fill the disk: on Windows, a handle that only appends does so, and no other."""
    output, flag = tmp_path / "output", tmp_path / "flag"
    waits = (
        "import pathlib, sys, time\n"
        "print('x' * 1000, flush=True)\n"
        "while not pathlib.Path(sys.argv[1]).exists():\n"
        "    time.sleep(0.01)\n"
        "print('more')\n"
    )
    child = ChildProcess([sys.executable, "-c", waits, str(flag)], output)
    wait_until(lambda: output.stat().st_size > 1000, "it prints")
    with output.open("r+b") as stream:
        stream.truncate(0)
    flag.touch()
    assert child.wait() == 0
    assert output.read_text().split() == ["more"]


def test_a_child_is_ended_at_once(tmp_path: Path) -> None:
    child = ChildProcess(WAITS, tmp_path / "output")
    assert child.runs()
    child.kill()
    assert child.wait() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are POSIX's")
def test_what_ends_a_terminal_does_not_end_a_child(tmp_path: Path) -> None:
    child = ChildProcess(WAITS, tmp_path / "output")
    try:
        assert os.getsid(child.pid) == child.pid
    finally:
        child.kill()
        child.wait()


def test_who_was_found_is_known_by_its_number_and_when_it_began(other: subprocess.Popen[bytes]) -> None:
    assert FoundProcess(other.pid, started_at(other.pid)).runs()
    for wrong in (FoundProcess(other.pid, "another moment"), FoundProcess(other.pid, None)):
        assert not wrong.runs(), "another process has its number by now"
        wrong.kill()
        assert wrong.wait() is None
    assert other.poll() is None


def test_who_was_found_is_ended_and_is_gone_also_where_nobody_waited_for_it(
    other: subprocess.Popen[bytes],
) -> None:
    found = FoundProcess(other.pid, started_at(other.pid))
    found.kill()
    assert found.wait() is None
    assert started_at(other.pid) is None

"""The steady clock: which one it is, and that there is one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import kinect_sync
from kinect_sync.steady import steady_ns, steady_s

SOURCES = sorted(Path(kinect_sync.__file__).parent.rglob("*.py"))


def test_it_ticks_faster_than_captures_come() -> None:
    assert time.get_clock_info("perf_counter").resolution < 1e-5


def test_one_clock_serves_every_process_of_the_host() -> None:
    program = "from kinect_sync.steady import steady_ns; print(steady_ns())"
    before_ns = steady_ns()
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert before_ns < int(told.stdout) < steady_ns()
    assert before_ns / 1e9 <= steady_s()


def test_nobody_reads_another_steady_clock() -> None:
    """That of `time.monotonic` ticks in steps of 15.6 ms on Windows."""
    assert len(SOURCES) > 100
    readers = [path.name for path in SOURCES if "time.monotonic" in path.read_text(encoding="utf-8")]
    assert readers == []

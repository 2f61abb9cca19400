"""A viewer's process stands back with all its threads, those that start meanwhile included."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kinect_sync.viewer import process

MAIN, PAGE, REQUEST = 2**31 - 3, 2**31 - 2, 2**31 - 1
"""Threads that no system has."""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process stands back, not its threads")
def test_a_thread_that_was_started_by_one_ahead_stands_back_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind: dict[int, int] = {}

    def set_priority(_which: int, thread: int, priority: int) -> None:
        if thread == PAGE and thread not in behind:
            (tmp_path / "task" / str(REQUEST)).touch()  # it serves somebody before its turn comes
        behind[thread] = priority

    (tmp_path / "task").mkdir()
    for thread in (MAIN, PAGE):
        (tmp_path / "task" / str(thread)).touch()
    monkeypatch.setattr(process, "AUTOGROUP", tmp_path / "none")
    monkeypatch.setattr(process, "TASKS", tmp_path / "task")
    monkeypatch.setattr(os, "setpriority", set_priority)
    process.stand_back()
    assert behind == dict.fromkeys((MAIN, PAGE, REQUEST), process.STANDS_BACK)

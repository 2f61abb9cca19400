"""A lock that is one: of the file that is there, and that the next holder will open."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.file_lock import FileLock


def test_one_holder_at_a_time_and_no_file_when_it_is_removed(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert (first.acquire(), second.acquire()) == (True, False)
    first.remove()
    assert list(tmp_path.iterdir()) == []
    assert second.acquire()
    second.remove()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_a_file_that_was_removed_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before goes between the moment that the next one opens the file, and that it locks it."""
    before, holder, other = (FileLock(tmp_path / "lock") for _ in range(3))
    assert before.acquire()
    opened = os.open

    def open_late(*arguments: Any) -> int:
        descriptor = opened(*arguments)
        before.remove()
        return descriptor

    monkeypatch.setattr(os, "open", open_late)
    assert holder.acquire()
    monkeypatch.undo()
    assert (other.acquire(), (tmp_path / "lock").exists()) == (False, True)
    holder.remove()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_nobodys_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        FileLock(tmp_path / "lock").acquire()
    assert not (tmp_path / "elsewhere").exists()

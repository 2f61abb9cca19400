"""A probe of the disk that leaves nothing, and a view of a computer that fails for nobody."""

from __future__ import annotations

import errno
import os
from itertools import count
from pathlib import Path

import pytest

from kinect_sync.host.disk import SYNC_BYTES, write_probe
from kinect_sync.host.view import Host, find_installed, may_use, run_command


def test_the_probe_measures_by_the_clock_and_leaves_nothing(tmp_path: Path) -> None:
    ticks = count(0, 0.3)  # began, then a look before each round, and the end: one round in 0.9 s
    assert write_probe(tmp_path, lambda: next(ticks)) == pytest.approx(SYNC_BYTES / 0.9)
    assert list(tmp_path.iterdir()) == []


def test_the_probe_ends_at_its_limit(tmp_path: Path) -> None:
    seen: list[float] = []

    def now_s() -> float:
        seen.append(0.001 * len(seen))
        return seen[-1]

    write_probe(tmp_path, now_s, limit_bytes=2 * SYNC_BYTES)
    assert len(seen) == 4, "the beginning, a look before each of two rounds, and the end"


def test_a_probe_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    during: list[list[Path]] = []

    def full(_file: int) -> None:
        during.append(list(tmp_path.iterdir()))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_probe(tmp_path)
    assert list(tmp_path.iterdir()) == []
    if os.name == "posix":
        assert during == [[]], "even a killed probe leaves nothing: its file has no name"


def test_the_real_view_says_none_instead_of_failing(tmp_path: Path) -> None:
    assert run_command(("no-such-command-of-ksync",)) is None
    assert find_installed("no-such-distribution-of-ksync") is None
    assert not may_use(tmp_path / "nothing")
    assert not Host(root=tmp_path).exists("/proc/none")
    assert Host().cores

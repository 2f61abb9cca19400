"""The disk: room and speed against what the rig writes, and a probe that leaves nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from kinect_sync.host.checks import Status
from kinect_sync.host.disk import SYNC_BYTES, Disk, check_disk, write_probe
from kinect_sync.host.view import Host, find_installed, may_use, run_command
from kinect_sync.rig.facts import Rate

RIG = Rate(low=100_000_000, high=150_000_000)
EXACT = Rate(low=100_000_000, high=100_000_000)
GB = 10**9
MB = 10**6


def disk(free_gb: float = 1000, speed_mb: float = 1000) -> Disk:
    return Disk(lambda _: round(free_gb * GB), lambda _: speed_mb * MB)


def failing(number: int) -> Callable[[Path], float]:
    def fail(_folder: Path) -> float:
        raise OSError(number, os.strerror(number))

    return fail


class Row(NamedTuple):
    sentence: str
    disk: Disk
    rate: Rate | None
    name: str
    status: Status
    what: str
    remedy: str = ""


OK, WARNING, PROBLEM, UNKNOWN = Status
ROWS = [
    Row("room for hours", disk(), RIG, "disk-space", OK, "1000.0 GB free for takes: 111 to 167 minutes"),
    Row("an exact rate", disk(), EXACT, "disk-space", OK, "free for takes: 167 minutes"),
    Row("little room", disk(free_gb=10), RIG, "disk-space", WARNING, "1 to 2 minutes", "-o DIR"),
    Row("a full disk", disk(free_gb=0), RIG, "disk-space", PROBLEM, "0.0 GB", "make room"),
    Row("less than start leaves free", disk(free_gb=0.5), None, "disk-space", PROBLEM, "0.5 GB", "make room"),
    Row(
        "a full disk is not written to", disk(free_gb=0), RIG, "disk-speed", UNKNOWN, "too little",
        "make room",
    ),
    Row("without a rig", disk(), None, "disk-space", OK, "1000.0 GB free"),
    Row("nobody tells", Disk(failing(errno.EACCES), lambda _: 1), RIG, "disk-space", UNKNOWN, "denied", "-o"),
    Row(
        "a fast disk", disk(speed_mb=300), RIG, "disk-speed", OK,
        "300 MB/s in a short probe; the rig needs up to 150",
    ),
    Row("barely fast", disk(speed_mb=299), RIG, "disk-speed", WARNING, "little reserve", "SSD"),
    Row("fast in a calm scene", disk(speed_mb=120), RIG, "disk-speed", WARNING, "up to 150", "SSD"),
    Row("a slow disk", disk(speed_mb=60), RIG, "disk-speed", PROBLEM, "will be lost", "SSD"),
    Row("slow for what", disk(speed_mb=60), None, "disk-speed", UNKNOWN, "60 MB/s", "rig file"),
    Row(
        "a disk for reading", Disk(lambda _: GB * 9, failing(errno.EROFS)), RIG, "disk-speed", PROBLEM,
        "read-only", "-o DIR",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_disk_and_what_there_is_to_say(row: Row) -> None:
    (result,) = [each for each in check_disk(Path("takes"), row.rate, row.disk) if each.name == row.name]
    assert result.status is row.status
    assert row.what in result.what
    assert row.remedy in (result.remedy or "")
    assert (result.remedy is None) == (result.status is Status.OK)


def test_a_folder_that_is_not_there_yet_is_judged_by_the_nearest(tmp_path: Path) -> None:
    asked: list[Path] = []
    watched = Disk(lambda folder: asked.append(folder) or GB, lambda folder: asked.append(folder) or 1.0)
    check_disk(tmp_path / "not" / "yet", None, Disk(watched.free, watched.write))
    assert asked == [tmp_path]
    check_disk(tmp_path / "not" / "yet", None, Disk(lambda _: 10 * GB, watched.write))
    assert asked == [tmp_path, tmp_path]
    assert not (tmp_path / "not").exists()


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

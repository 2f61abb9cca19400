"""The disk: room and speed against what the rig writes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from kinect_sync.doctor.results import Status
from kinect_sync.host.disk import Disk
from kinect_sync.rig.loading import parse_rig
from kinect_sync.rig.rig import Rig
from tests.doctor.examining import OK, PROBLEM, UNKNOWN, WARNING, told
from tests.host.made_up import MadeUp
from tests.rig.rig_texts import GOOD

RIG = parse_rig(GOOD).rig
"""Writes 136 to 158 MB/s."""
EXACT = parse_rig(GOOD.replace("mjpg", "yuy2")).rig
"""Writes 299 MB/s."""
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
    rig: Rig | None
    code: str
    status: Status
    what: str
    remedy: str = ""


SPACE, SPEED = "disk-space", "disk-speed"
ROWS = [
    Row("room for hours", disk(), RIG, SPACE, OK, "1000.0 GB free for takes: 106 to 122 minutes"),
    Row("an exact rate", disk(), EXACT, SPACE, OK, "free for takes: 56 minutes"),
    Row("little room", disk(free_gb=15), RIG, SPACE, WARNING, "2 to 2 minutes", "-o DIR"),
    Row("a full disk", disk(free_gb=0), RIG, SPACE, PROBLEM, "0.0 GB", "make room"),
    Row("less than start leaves free", disk(free_gb=0.5), None, SPACE, PROBLEM, "0.5 GB", "make room"),
    Row("a full disk is not written to", disk(free_gb=0), RIG, SPEED, UNKNOWN, "too little", "make room"),
    Row("without a rig", disk(), None, SPACE, OK, "1000.0 GB free"),
    Row("nobody tells", Disk(failing(errno.EACCES), lambda _: 1), RIG, SPACE, UNKNOWN, "denied", "-o"),
    Row(
        "a fast disk", disk(speed_mb=316), RIG, SPEED, OK,
        "316 MB/s in a short probe; the rig needs up to 158",
    ),
    Row("barely fast", disk(speed_mb=315), RIG, SPEED, WARNING, "little reserve", "SSD"),
    Row("fast in a calm scene", disk(speed_mb=137), RIG, SPEED, WARNING, "up to 158", "SSD"),
    Row("a slow disk", disk(speed_mb=136), RIG, SPEED, PROBLEM, "will be lost", "SSD"),
    Row("slow for what", disk(speed_mb=60), None, SPEED, UNKNOWN, "60 MB/s", "rig file"),
    Row(
        "a disk for reading", Disk(lambda _: GB * 9, failing(errno.EROFS)), RIG, SPEED, PROBLEM,
        "read-only", "-o DIR",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_disk_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    results = told("disk", MadeUp(tmp_path, disk=row.disk), rig=row.rig, takes=Path("takes"))
    (result,) = [each for each in results if each.name == row.code]
    assert result.status is row.status
    assert row.what in result.what
    assert row.remedy in (result.remedy or "")
    assert (result.remedy is None) == (result.status is Status.OK)


def test_a_folder_that_is_not_there_yet_is_judged_by_the_nearest(tmp_path: Path) -> None:
    asked: list[Path] = []
    watched = Disk(lambda folder: asked.append(folder) or GB, lambda folder: asked.append(folder) or 1.0)
    computer, takes = MadeUp(tmp_path, disk=watched), tmp_path / "not" / "yet"
    told("disk", computer, takes=takes)
    assert asked == [tmp_path]
    computer.disk = replace(watched, free=lambda _: 10 * GB)
    told("disk", computer, takes=takes)
    assert asked == [tmp_path, tmp_path]
    assert not takes.parent.exists()

"""Whether the disk holds what the rig writes, in size and in speed, with a short probe that leaves nothing.

A recording's size follows from the rig: depth and IR are not compressed. A disk that is too slow fills the
queues, and then captures are lost. The probe is short, and other programs write too, so ksync asks for
twice the rig's rate: a rule of thumb, as are the ten minutes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.findings.host import DISK_SPACE, DISK_SPEED
from kinect_sync.host.checks import CheckResult, ok, problem, unknown, warning
from kinect_sync.host.view import reason
from kinect_sync.rig.facts import Rate

RESERVE_BYTES = 512_000_000
"""What `ksync start` leaves free by default, and ends a take for."""
SHORT_MIN = 10.0
MARGIN = 2
PROBE_S = 0.5
PROBE_BYTES = 512 << 20
BLOCK_BYTES = 4 << 20
SYNC_BYTES = 32 << 20
"""What is forced to the disk at a time: enough to be fast, and little to wait for on a slow disk."""


@dataclass(frozen=True)
class Disk:
    """The disk under a folder, as the checks see it."""

    free: Callable[[Path], int]
    """Free bytes at a folder; OSError where that can't be told."""
    write: Callable[[Path], float]
    """Bytes per second that a probe in a folder wrote; OSError where nothing can be written."""


def free_bytes(folder: Path) -> int:
    """Return what is free for this user."""
    return shutil.disk_usage(folder).free


def write_probe(
    folder: Path, now_s: Callable[[], float] = time.monotonic, limit_bytes: int = PROBE_BYTES
) -> float:
    """Write for about half a second, force it to the disk, and return bytes per second.

    The file has no name from the beginning (on Windows the system deletes it), so that nothing is left
    even if the process is killed. The bytes are random, as some file systems compress.
    """
    block = os.urandom(BLOCK_BYTES)
    written = 0
    with tempfile.TemporaryFile(prefix=".ksync-probe-", dir=folder, buffering=0) as file:
        began_s = now_s()
        while written < limit_bytes and now_s() - began_s < PROBE_S:
            for _ in range(SYNC_BYTES // BLOCK_BYTES):
                written += file.write(block)
            os.fsync(file.fileno())
        return written / max(now_s() - began_s, 1e-9)


REAL_DISK = Disk(free_bytes, write_probe)


def check_disk(directory: Path, rate: Rate | None, disk: Disk = REAL_DISK) -> tuple[CheckResult, ...]:
    """Judge the disk that takes go to; `rate` is what the rig writes, in bytes per second."""
    folder = _existing(directory)
    try:
        free = disk.free(folder)
    except OSError as error:
        remedy = "name a folder that can be reached with -o DIR"
        return (unknown(DISK_SPACE, f"free space for {directory}: {reason(error)}", remedy),)
    space = _judge_space(directory, free, rate)
    if free < RESERVE_BYTES + PROBE_BYTES:
        return space, unknown(DISK_SPEED, "too little is free to try how fast it writes", DISK_SPACE.remedy)
    try:
        speed = disk.write(folder)
    except OSError as error:
        remedy = "name a folder that you may write to with -o DIR"
        return space, problem(DISK_SPEED, f"nothing can be written to {folder}: {reason(error)}", remedy)
    return space, _judge_speed(speed, rate)


def _existing(directory: Path) -> Path:
    """Return the nearest folder that is there: `start` makes the rest."""
    absolute = directory.absolute()
    return next((place for place in (absolute, *absolute.parents) if _is_folder(place)), absolute)


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:
        return False


def _judge_space(directory: Path, free: int, rate: Rate | None) -> CheckResult:
    told = f"{free / 1e9:.1f} GB free for {directory}"
    usable = free - RESERVE_BYTES
    if usable <= 0:
        return problem(DISK_SPACE, f"{told}: no take begins with so little")
    if rate is None or rate.high == 0:
        return ok(DISK_SPACE, told)
    least, most = usable / rate.high / 60, usable / max(rate.low, 1) / 60
    minutes = f"{least:.0f} minutes" if rate.is_exact else f"{least:.0f} to {most:.0f} minutes"
    told = f"{told}: {minutes} of this rig fit"
    if least < SHORT_MIN:
        return warning(DISK_SPACE, told)
    return ok(DISK_SPACE, told)


def _judge_speed(speed: float, rate: Rate | None) -> CheckResult:
    told = f"wrote {speed / 1e6:.0f} MB/s in a short probe"
    if rate is None:
        return unknown(DISK_SPEED, f"{told}; what is needed is unknown without a rig", "name the rig file")
    needed = f"{rate.high / 1e6:.0f} MB/s"
    if speed < rate.low:
        return problem(DISK_SPEED, f"{told}, and the rig needs up to {needed}: captures will be lost")
    if speed < MARGIN * rate.high:
        return warning(DISK_SPEED, f"{told}; the rig needs up to {needed}, which leaves little reserve")
    return ok(DISK_SPEED, f"{told}; the rig needs up to {needed}")

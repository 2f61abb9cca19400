"""Whether the disk holds what the rig writes, in size and in speed.

A recording's size follows from the rig: depth and IR are not compressed. A disk that is too slow fills the
queues, and then captures are lost. The probe is short, and other programs write too, so ksync asks for
twice the rig's rate: a rule of thumb, as are the ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, problem, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.disk import PROBE_BYTES, RESERVE_BYTES, existing_folder
from kinect_sync.host.view import reason
from kinect_sync.rig.facts import Rate

SHORT_MIN = 10.0
MARGIN = 2

DISK_SPACE = declare.warning(
    "disk-space",
    "Little is free on the disk that takes go to.",
    "make room, record to another disk with -o DIR, or with less than half the bytes: --compress",
)
DISK_SPEED = declare.warning(
    "disk-speed",
    "The disk that takes go to is hardly as fast as the rig writes, or slower.",
    "record to a local SSD with -o DIR or with --compress, or lower fps, resolution or depth mode",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Judge the disk that takes go to by what the rig writes."""
    disk, folder = it.host.disk, existing_folder(it.takes)
    rate = it.facts.disk if it.facts else None
    compressed = it.facts.compressed_disk if it.facts else None
    try:
        free = disk.free(folder)
    except OSError as error:
        told = f"free space for {it.takes}: {reason(error)}"
        yield unknown(DISK_SPACE, told, "name a folder that can be reached with -o DIR")
        return
    yield _judge_space(it.takes, free, rate, compressed)
    if free < RESERVE_BYTES + PROBE_BYTES:
        yield unknown(DISK_SPEED, "too little is free to try how fast it writes", DISK_SPACE.remedy)
        return
    try:
        speed = disk.write(folder)
    except OSError as error:
        told = f"nothing can be written to {folder}: {reason(error)}"
        yield problem(DISK_SPEED, told, "name a folder that you may write to with -o DIR")
        return
    yield _judge_speed(speed, rate)


def _judge_space(takes: Path, free: int, rate: Rate | None, compressed: Rate | None) -> CheckResult:
    told = f"{free / 1e9:.1f} GB free for {takes}"
    usable = free - RESERVE_BYTES
    if usable <= 0:
        return problem(DISK_SPACE, f"{told}: no take begins with so little")
    if rate is None or rate.high == 0:
        return ok(DISK_SPACE, told)
    told = f"{told}: {_minutes(usable, rate)} of this rig fit"
    if compressed is not None and compressed != rate:
        told = f"{told}, {_minutes(usable, compressed)} with --compress"
    if usable / rate.high / 60 < SHORT_MIN:
        return warning(DISK_SPACE, told)
    return ok(DISK_SPACE, told)


def _minutes(usable: int, rate: Rate) -> str:
    least, most = usable / rate.high / 60, usable / max(rate.low, 1) / 60
    return f"{least:.0f} minutes" if rate.is_exact else f"{least:.0f} to {most:.0f} minutes"


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


CHECK = check.Check("disk", check.DISK, 10, run)

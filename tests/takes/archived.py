"""Recordings of every kind that tests know, their archives, and what comes back of these."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.takes.archive.files import archive_file, restore_file
from kinect_sync.takes.archive.restoring import Damage
from kinect_sync.takes.mkv.repair import assess, complete
from kinect_sync.takes.packing.packings import Packing
from tests.takes.recorded import abandon, imu_samples, settings, take, writer

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "recording.mkv"
"""One real capture, recorded by k4arecorder."""
DEVICES = {
    "color, depth, IR and IMU": settings(imu=True, role=Role.SUBORDINATE, depth_delay_off_color_usec=160),
    "depth far from color": settings(depth_delay_off_color_usec=-40_000, fps=5),
    "raw color": settings(color_format=ColorFormat.NV12),
    "passive IR": settings(depth_mode=DepthMode.PASSIVE_IR),
    "depth alone": settings(color_resolution=ColorResolution.OFF),
    "color alone": settings(depth_mode=DepthMode.OFF),
}
_EXECUTOR = ThreadPoolExecutor(2)


def record(
    path: Path, device: str, *, count: int = 2, killed: bool = False, calibration: bool = True
) -> Path:
    """Record with ksync's writer; `killed` leaves what a kill does."""
    described = DEVICES[device]
    with writer(path, described, calibration=calibration) as mkv:
        for capture in take(described, count):
            if described.imu:
                mkv.write_imu(imu_samples(capture.images[0].device_timestamp_usec - 20_000, 30))
            mkv.write(capture)
        if killed:
            abandon(mkv, path)
    return path


def kinds_of_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Make a file of every kind that ksync writes and repairs, and give those of libk4arecord."""
    for number, device in enumerate(DEVICES):
        yield device, record(folder / f"{number}.mkv", device)
    first = next(iter(DEVICES))
    yield "no capture", record(folder / "empty.mkv", first, count=0)
    yield "no calibration", record(folder / "bare.mkv", first, calibration=False)
    yield "killed", record(folder / "killed.mkv", first, killed=True)
    repaired = record(folder / "repaired.mkv", first, killed=True)
    repaired.write_bytes(repaired.read_bytes()[:-50_000])
    damage = assess(repaired)
    complete(repaired, damage.start_offset_us, damage.start_offset_from)
    yield "cut off and repaired", repaired
    yield from sdk_files(folder)


def sdk_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give files that libk4arecord wrote, where it is there: closed, flushed and killed, and a real one."""
    if REAL.exists():
        yield "a real one of k4arecorder", REAL
    try:
        import pyk4a  # noqa: F401
    except ImportError:
        return
    source = record(folder / "source.mkv", "depth alone")
    plan = {"source": str(source), "captures": 2, "color": "off"}
    for name, changes in {"closed": {}, "killed": {"flush_after": 1, "stop_after": 2}}.items():
        target = folder / f"sdk-{name}.mkv"
        plan = {**plan, "target": str(target), **changes}
        command = [sys.executable, "-m", "tests.review.sdk_recorder", json.dumps(plan)]
        pipes = {"stdout": subprocess.PIPE, "stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
            if changes and process.stdout is not None:
                process.stdout.readline()
                process.kill()
            process.wait(60)
        yield f"libk4arecord's, {name}", target


def archive(source: Path, target: Path, packing: Packing = Packing.PNG) -> Path:
    """Make the archive of one recording."""
    archive_file(source, target, packing, _EXECUTOR, lambda _nbytes: None)
    return target


def restore(source: Path, target: Path) -> Damage:
    """Restore the recording of one archive."""
    return restore_file(source, target, _EXECUTOR, lambda _nbytes: None)


def cut(data: bytes, rng: random.Random) -> bytes:
    """Return the beginning of a file, to a random place."""
    return data[: rng.randrange(len(data))]


def flipped(data: bytes, rng: random.Random, most: int | None = None) -> bytes:
    """Return a file with a random bit flipped, one of its first `most` bytes."""
    spoiled = bytearray(data)
    spoiled[rng.randrange(most or len(data))] ^= 1 << rng.randrange(8)
    return bytes(spoiled)

"""How long `ksync inspect` takes, and how much memory, for 1, 3 and 9 devices and 10 and 60 minutes.

    python -m benchmarks.inspect [--directory DIR] [--cold]

The recordings are as long as real ones and nearly empty: images are holes in the files, 0.9 GB on the disk
for an hour of a device. Everything is in the page cache unless `--cold` empties it before (root, Linux).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from kinect_sync.rig.modes import DepthMode, Role
from kinect_sync.takes.mkv.clusters import Block, split_blocks
from kinect_sync.takes.mkv.layout import build_header
from kinect_sync.takes.mkv.tags import Identity, plan_tracks
from tests.takes.recorded import settings

DEVICES = (1, 3, 9)
MINUTES = (10, 60)
FPS = 30
ZERO_US = 219_566
BEGUN_NS = 1_750_000_000_000_000_000
"""When all devices of the set began, by the host; recordings that are begun apart are told to be."""
HOLE_NBYTES = 4096
"""A part of a capture that is larger is left out: there the file has a hole."""


def write_recording(path: Path, number: int, captures: int) -> None:
    """Write a recording whose images are holes: color of 100 bytes, depth and IR of NFOV unbinned."""
    device = settings(
        name=f"device-{number}",
        serial=f"{number:012}",
        role=Role.SUBORDINATE if number else Role.MASTER,
        depth_mode=DepthMode.NFOV_UNBINNED,
        depth_delay_off_color_usec=100 * number,
    )
    tracks = plan_tracks(device)
    width, height = device.depth_mode.size
    grey, color = memoryview(bytes(width * height * 2)), memoryview(bytes(100))
    period_us = 1e6 / FPS * (1 + number * 10e-6)
    with patch("kinect_sync.takes.mkv.layout.time.time_ns", return_value=BEGUN_NS):
        header = build_header(device, tracks, Identity(None, None, None), ZERO_US)
    with path.open("wb", buffering=1 << 16) as stream:
        stream.write(header.data)
        for capture in range(captures):
            time_us = round(capture * period_us)
            depth_us = time_us + device.depth_delay_off_color_usec
            blocks = [Block(time_us, 1, color), Block(depth_us, 2, grey), Block(depth_us, 3, grey)]
            for part in (part for cluster in split_blocks(blocks) for part in cluster.parts):
                if len(part) > HOLE_NBYTES:
                    stream.seek(len(part), os.SEEK_CUR)
                else:
                    stream.write(part)
        stream.truncate(stream.tell())


def measure(folder: Path, devices: int) -> tuple[float, float, float, dict[str, object]]:
    """Return seconds, seconds of all cores, MB of the largest process and the report of one inspection."""
    files = [str(folder / f"device-{number}.mkv") for number in range(devices)]
    with tempfile.TemporaryFile() as out:
        begin_s = time.perf_counter()
        command = [sys.executable, "-m", "kinect_sync", "inspect", "--json", *files]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        seconds = time.perf_counter() - begin_s
        out.seek(0)
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, json.load(out)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", type=Path, default=None)
    parser.add_argument("--cold", action="store_true")
    arguments = parser.parse_args()
    for minutes in MINUTES:
        with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
            folder, captures = Path(name), minutes * 60 * FPS
            for number in range(max(DEVICES)):
                write_recording(folder / f"device-{number}.mkv", number, captures)
            for devices in DEVICES:
                if arguments.cold:
                    subprocess.run(["sync"], check=True)
                    Path("/proc/sys/vm/drop_caches").write_text("1")
                seconds, busy, megabytes, report = measure(folder, devices)
                size = sum((folder / f"device-{number}.mkv").stat().st_size for number in range(devices))
                print(
                    f"{devices} devices, {minutes} min, {devices * captures * 3 / 1e6:.2f} M blocks in "
                    f"{size / 1e9:.0f} GB: {seconds:.1f} s ({busy:.1f} s of CPU), {megabytes:.0f} MB; "
                    f"{report['verdict']}, {report['complete']} of {report['pulses']} pulses"
                )


if __name__ == "__main__":
    main()

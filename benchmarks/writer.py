"""How fast ksync writes recordings, beside PyK4ARecord and plain os.writev of the same bytes.

Every way writes the same captures (720p MJPG of 300 kB, NFOV_UNBINNED depth and IR), alone and four
processes at once, in turns, several times; told are ratios within a turn, their median and range. A run
counts from the first capture to the closed file, in the page cache, where no way waits for the disk; with
--sync, until the bytes are on the disk. Throughput is bytes per second of wall time, CPU is user and
system time of the process per capture.

    python -m benchmarks.writer [--directory DIR] [--captures N] [--turns N] [--sync] [--json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.takes.mkv.clusters import Block, split_blocks
from kinect_sync.takes.mkv.writer import MkvWriter
from tests.factory_calibration import make_calibration

PERIOD_US = 33_333
START_US = 336_277
COLOR_NBYTES = 300_000
WAYS = ("ksync", "pyk4a", "writev")
SETTINGS = DeviceSettings(
    name="bench",
    serial="000123456712",
    role=Role.STANDALONE,
    hardware=Hardware.AZURE_KINECT,
    color_resolution=ColorResolution.RES_720P,
    color_format=ColorFormat.MJPG,
    depth_mode=DepthMode.NFOV_UNBINNED,
    fps=30,
    exposure_us=8330,
    powerline_hz=60,
    gain=None,
    white_balance_k=None,
    synchronized_images_only=True,
    subordinate_delay_off_master_usec=0,
    depth_delay_off_color_usec=0,
    imu=False,
)


def make_captures(count: int) -> list[Capture]:
    """Captures with 16 different sets of pixels, each at its own time."""
    random = np.random.default_rng(1)
    width, height = SETTINGS.depth_mode.size
    pixels = [
        (
            np.frombuffer(b"\xff\xd8" + random.bytes(COLOR_NBYTES - 4) + b"\xff\xd9", np.uint8),
            random.integers(0, 5000, (height, width), np.uint16),
            random.integers(0, 5000, (height, width), np.uint16),
        )
        for _ in range(min(count, 16))
    ]
    captures = []
    for number in range(count):
        time_us = START_US + number * PERIOD_US
        images = [Image(data, time_us, time_us * 1000) for data in pixels[number % len(pixels)]]
        captures.append(Capture(images[0], images[1], images[2], 0))
    return captures


def open_writer(path: Path) -> MkvWriter:
    return MkvWriter(
        path,
        SETTINGS,
        color_firmware="1.6.110",
        depth_firmware="1.6.80",
        calibration=make_calibration(SETTINGS.serial),
    )


def prepare_ksync(path: Path, _source: Path, count: int) -> Callable[[], None]:
    captures = make_captures(count)

    def run() -> None:
        with open_writer(path) as mkv:
            for capture in captures:
                mkv.write(capture)

    return run


def prepare_writev(path: Path, _source: Path, count: int) -> Callable[[], None]:
    captures = make_captures(count)
    pieces = []
    for capture in captures[:16]:
        images = [image.data.reshape(-1).view(np.uint8).data for image in capture.images]
        (cluster,) = split_blocks([Block(0, number, data) for number, data in enumerate(images, 1)])
        pieces.append(cluster.parts)

    def run() -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        for number in range(count):
            os.writev(fd, pieces[number % len(pieces)])
        os.close(fd)

    return run


def prepare_pyk4a(path: Path, source: Path, count: int) -> Callable[[], None]:
    import pyk4a

    config = pyk4a.Config(
        color_resolution=pyk4a.ColorResolution.RES_720P,
        color_format=pyk4a.ImageFormat.COLOR_MJPG,
        depth_mode=pyk4a.DepthMode.NFOV_UNBINNED,
        synchronized_images_only=True,
    )
    # The SDK's captures come from a recording; all are in memory before the clock runs, as from a camera.
    playback = pyk4a.PyK4APlayback(source, thread_safe=False)
    playback.open()
    captures = [playback.get_next_capture() for _ in range(count)]
    playback.close()

    def run() -> None:
        record = pyk4a.PyK4ARecord(path, config, thread_safe=False)
        record.create()
        for capture in captures:
            record.write_capture(capture)
        record.close()

    return run


PREPARE = {"ksync": prepare_ksync, "pyk4a": prepare_pyk4a, "writev": prepare_writev}


def work(way: str, path: Path, source: Path, count: int, sync: str, orders: Any) -> None:
    """Prepare once, then run and report at every order until there are no more."""
    run = PREPARE[way](path, source, count)
    fsync = os.fsync
    # Closing waits for the disk; PyK4ARecord never does. So either nothing does, or every way at its end.
    os.fsync = os.fdatasync = lambda _fd: None
    orders.send("ready")
    while orders.recv() == "run":
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        if sync == "sync":
            with path.open("rb+") as stream:
                fsync(stream.fileno())
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rate = path.stat().st_size / wall
        path.unlink()  # not while another way is measured
        orders.send((rate, cpu / count))


class Team:
    """Some processes that write in one way, all at once."""

    def __init__(self, way: str, processes: int, directory: Path, count: int, sync: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes = []
        for number in range(processes):
            ours, theirs = context.Pipe()
            arguments = (
                way,
                directory / f"{way}-{number}.mkv",
                directory / "source.mkv",
                count,
                sync,
                theirs,
            )
            context.Process(target=work, args=arguments, daemon=True).start()
            self._pipes.append(ours)
        for pipe in self._pipes:
            pipe.recv()

    def run(self) -> tuple[float, float]:
        """Return (bytes per second of all together, CPU seconds per capture)."""
        for pipe in self._pipes:
            pipe.send("run")
        measured = [pipe.recv() for pipe in self._pipes]
        return sum(rate for rate, _ in measured), statistics.mean(cpu for _, cpu in measured)

    def dismiss(self) -> None:
        for pipe in self._pipes:
            pipe.send("leave")


def compare(processes: int, directory: Path, count: int, turns: int, sync: str) -> dict[str, Any]:
    """Measure every way in turns and tell ratios: (median, smallest, largest)."""
    teams = {way: Team(way, processes, directory, count, sync) for way in WAYS}
    runs: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for turn in range(turns + 1):
        for way in WAYS[turn % 3 :] + WAYS[: turn % 3]:
            measured = teams[way].run()
            if turn:  # the first one warms up
                runs[way].append(measured)
    for team in teams.values():
        team.dismiss()

    def ratio(field: int, other: str) -> list[float]:
        ratios = [
            ours[field] / theirs[field] for ours, theirs in zip(runs["ksync"], runs[other], strict=True)
        ]
        return [statistics.median(ratios), min(ratios), max(ratios)]

    return {
        "processes": processes,
        "mb_per_s": {way: statistics.median(rate for rate, _ in runs[way]) / 1e6 for way in WAYS},
        "cpu_ms_per_capture": {way: statistics.median(cpu for _, cpu in runs[way]) * 1e3 for way in WAYS},
        "throughput_over_pyk4a": ratio(0, "pyk4a"),
        "cpu_over_pyk4a": ratio(1, "pyk4a"),
        "throughput_over_writev": ratio(0, "writev"),
        "cpu_over_writev": ratio(1, "writev"),
    }


GOALS = {
    "throughput_over_pyk4a": ">= 3",
    "cpu_over_pyk4a": "<= 0.33",
    "throughput_over_writev": ">= 0.8",
    "cpu_over_writev": "",
}


def print_table(report: list[dict[str, Any]]) -> None:
    for result in report:
        print(f"{result['processes']} at once" if result["processes"] > 1 else "one alone")
        for way in WAYS:
            rate, cpu = result["mb_per_s"][way], result["cpu_ms_per_capture"][way]
            print(f"  {way:<24}{rate:8.0f} MB/s {cpu:8.2f} ms CPU per capture")
        for name, goal in GOALS.items():
            median, low, high = result[name]
            print(f"  {name:<24}{median:8.2f}  ({low:.2f} to {high:.2f})  {goal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--directory", type=Path, help="where to write (a new folder here, removed after)")
    parser.add_argument("--captures", type=int, default=150, help="captures per process and run")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sync", action="store_true", help="every run ends when its bytes are on the disk")
    options = parser.parse_args()
    sync = "sync" if options.sync else "cache"
    # The SDK tells on stdout that its queue fills up, as it does here.
    os.environ.setdefault("K4A_LOG_LEVEL", "c")
    directory = Path(tempfile.mkdtemp(prefix="writer-benchmark-", dir=options.directory or Path.cwd()))
    try:
        with open_writer(directory / "source.mkv") as mkv:
            for capture in make_captures(options.captures):
                mkv.write(capture)
        report = [
            compare(processes, directory, options.captures, options.turns, sync) for processes in (1, 4)
        ]
    finally:
        shutil.rmtree(directory)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print_table(report)


if __name__ == "__main__":
    main()

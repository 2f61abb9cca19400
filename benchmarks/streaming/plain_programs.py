"""Programs over plain pyk4a, with which live rows are compared; each runs in a process of its own.

    python -m benchmarks.streaming.plain_programs NAME PLAN

`discard` reads one device until its stdin ends, and keeps nothing. The others read all devices of a rig in
one thread, for `seconds`, and print what they took for rows: of each the capture numbers that its images are
marked with, which are equal where it is of one pulse.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pyk4a

from benchmarks.streaming.green_screen import Capturer
from tests.marking import read_color_mark

TIMEOUT_MS = 1000
"""What a read waits at most: a silent device must not stop a benchmark."""
Plan = dict[str, Any]
Numbers = list[int | None]


class PlainCapture:
    """A capture of pyk4a, with timestamps as green_screen's capturer asks for them."""

    def __init__(self, capture: Any) -> None:
        """Hold a capture; None for one that did not come in time."""
        self._capture = capture

    @property
    def color_us(self) -> int | None:
        """The device timestamp of its color image."""
        has_color = self._capture is not None and self._capture.color is not None
        return self._capture.color_timestamp_usec if has_color else None

    @property
    def depth_us(self) -> int | None:
        """The device timestamp of its depth image."""
        has_depth = self._capture is not None and self._capture.depth is not None
        return self._capture.depth_timestamp_usec if has_depth else None

    @property
    def number(self) -> int | None:
        """Which pulse it really is of, as its image is marked."""
        mark = read_color_mark(self._capture.color) if self.color_us is not None else None
        return mark[1] if mark is not None else None


def start(device: dict[str, Any]) -> Any:
    """Open and start a device as a plain program does: 720p MJPG and NFOV unbinned at 30 fps."""
    kinect = pyk4a.PyK4A(
        pyk4a.Config(
            color_resolution=pyk4a.ColorResolution.RES_720P,
            color_format=pyk4a.ImageFormat.COLOR_MJPG,
            depth_mode=pyk4a.DepthMode.NFOV_UNBINNED,
            camera_fps=pyk4a.FPS.FPS_30,
            synchronized_images_only=True,
            wired_sync_mode=pyk4a.WiredSyncMode[device["role"].upper()],
            subordinate_delay_off_master_usec=device["subordinate_delay_us"],
            depth_delay_off_color_usec=device["depth_delay_us"],
        ),
        device_id=device["index"],
    )
    kinect.start()
    return kinect


def start_all(plan: Plan) -> list[Any]:
    """Start the subordinates, then the master, which is the first of those returned."""
    master, *others = plan["devices"]
    subordinates = [start(each) for each in others]
    return [start(master), *subordinates]


def read(kinect: Any) -> PlainCapture:
    """Read the next capture of a device."""
    try:
        return PlainCapture(kinect.get_capture(TIMEOUT_MS))
    except pyk4a.K4ATimeoutException:
        return PlainCapture(None)


def discard(plan: Plan) -> None:
    """Read one device until stdin ends, and let each capture go."""
    kinect = start(plan)
    print("started", flush=True)
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    while not over.is_set():
        read(kinect)
    kinect.stop()


def green_screen(plan: Plan) -> list[Numbers]:
    """Return the rows of green_screen's capturer."""
    kinects = start_all(plan)
    delays_us = [each["subordinate_delay_us"] + each["depth_delay_us"] for each in plan["devices"][1:]]
    reads = [partial(read, kinect) for kinect in kinects]
    capturer = Capturer(reads, delays_us, by_depth=plan["by_depth"])
    return _rows_of(kinects, plan, capturer.find)


def by_luck(plan: Plan) -> list[Numbers]:
    """Return the rows of a loop that reads the devices by turns, and takes what comes for a row."""
    kinects = start_all(plan)
    return _rows_of(kinects, plan, lambda _: [read(kinect) for kinect in kinects])


Find = Callable[[Callable[[], bool]], Sequence[PlainCapture] | None]


def _rows_of(kinects: Sequence[Any], plan: Plan, find: Find) -> list[Numbers]:
    """Look for rows until the time is over."""
    until_s, rows = time.monotonic() + plan["seconds"], []

    def in_time() -> bool:
        return time.monotonic() < until_s

    while in_time():
        if (row := find(in_time)) is not None:
            rows.append([capture.number for capture in row])
    for kinect in kinects:
        kinect.stop()
    return rows


if __name__ == "__main__":
    result = globals()[sys.argv[1]](json.loads(sys.argv[2]))
    if result is not None:
        json.dump(result, sys.stdout)

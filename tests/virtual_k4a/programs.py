"""Programs that use plain pyk4a on a virtual bench; the tests run them in processes of their own.

    python -m tests.virtual_k4a.programs NAME [JSON]

prints a JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from io import BytesIO
from typing import Any

import numpy as np
import pyk4a
from PIL import Image

from tests.marking import read_color_mark, read_depth_mark

FIELDS = (
    "color_format",
    "color_resolution",
    "depth_mode",
    "camera_fps",
    "synchronized_images_only",
    "depth_delay_off_color_usec",
    "wired_sync_mode",
    "subordinate_delay_off_master_usec",
    "disable_streaming_indicator",
)
DEFAULTS: dict[str, Any] = dict(zip(FIELDS, (0, 1, 1, 2, True, 0, 0, 0, False), strict=True))
MASTER, SUBORDINATE = 1, 2


def _open(index: int) -> Any:
    kinect = pyk4a.PyK4A(device_id=index, thread_safe=False)
    kinect.open()
    return kinect


def _start(kinect: Any, **changes: Any) -> int:
    values = {**DEFAULTS, **changes}
    return pyk4a.k4a_module.device_start_cameras(
        kinect._device_handle, False, *(values[name] for name in FIELDS)
    )


def _read(kinect: Any, count: int, timeout_ms: int, *, until_silent: bool) -> list[Any]:
    rows = []
    for _ in range(count):
        try:
            capture = kinect.get_capture(timeout_ms)
        except pyk4a.K4ATimeoutException:
            rows.append("timeout")
            if until_silent and len(rows) > rows.count("timeout"):
                break
            continue
        except pyk4a.K4AException:
            rows.append("failed")
            continue
        color = capture.color
        rows.append([*read_color_mark(color), capture.color_timestamp_usec, capture.depth_timestamp_usec])
        assert read_depth_mark(capture.depth)[1] == read_color_mark(color)[1]
    return rows


def starts(cases: list[dict[str, Any]]) -> list[int]:
    """Start and stop once per case; `device` is the index."""
    kinects = [_open(index) for index in range(pyk4a.connected_device_count())]
    results = []
    for case in cases:
        kinect = kinects[case.pop("device")]
        results.append(_start(kinect, **case))
        kinect._stop_cameras()
    for kinect in kinects:
        kinect.close()
    return results


def stream(plan: dict[str, Any]) -> dict[str, Any]:
    """Start devices in order, then read from each: [index, mode, seconds before the start]."""
    kinects = {}
    for index, mode, wait_s in plan["start"]:
        time.sleep(wait_s)
        kinects[index] = _open(index)
        if _start(kinects[index], wired_sync_mode=mode, **plan.get("settings", {})):
            raise RuntimeError(f"device {index} did not start")
    report = {
        str(index): _read(
            kinect,
            plan["captures"],
            plan.get("timeout_ms", 2000),
            until_silent=plan.get("until_silent", False),
        )
        for index, kinect in kinects.items()
    }
    for kinect in kinects.values():
        kinect._stop_cameras()
        kinect.close()
    return report


def read_late(plan: dict[str, Any]) -> list[int]:
    """Start a device, read one capture after a while, and say when each of that was asked for."""
    kinect = _open(0)
    starting_ns = time.monotonic_ns()
    if _start(kinect):
        raise RuntimeError("did not start")
    time.sleep(plan["after_s"])
    asked_ns = time.monotonic_ns()
    kinect.get_capture(2000)
    kinect._stop_cameras()
    kinect.close()
    return [starting_ns, asked_ns]


def controls(plan: dict[str, Any]) -> dict[str, Any]:
    """Set controls, [command, value] each, and read them back."""
    kinect = _open(0)
    for command, value in plan.get("set", []):
        kinect._set_color_control(pyk4a.ColorControlCommand(command), value)
    found = {
        str(int(command)): [int(part) for part in kinect._get_color_control(command)]
        for command in pyk4a.ColorControlCommand
    }
    kinect.close()
    return found


def opens(indices: list[int]) -> list[bool]:
    """Open devices, one right after the other, and say which of them opened."""
    kinects = []
    for index in indices:
        try:
            kinects.append(_open(index))
        except pyk4a.K4AException:
            kinects.append(None)
    for kinect in filter(None, kinects):
        kinect.close()
    return [kinect is not None for kinect in kinects]


def arrivals(_plan: dict[str, Any]) -> list[int]:
    """Read one capture, and say when color and depth of it came."""
    kinect = _open(0)
    if _start(kinect):
        raise RuntimeError("did not start")
    capture = kinect.get_capture(2000)
    times = [capture.color_system_timestamp_nsec, capture.depth_system_timestamp_nsec]
    kinect._stop_cameras()
    kinect.close()
    return times


def hold(plan: dict[str, Any]) -> dict[str, Any]:
    """Open a device, start it, say so, and read until killed or told to end."""
    kinect = _open(plan["device"])
    if _start(kinect, wired_sync_mode=plan["mode"]):
        raise RuntimeError("did not start")
    sys.stdout.write("started\n")
    sys.stdout.flush()
    sys.stdin.readline()
    kinect._stop_cameras()
    kinect.close()
    return {}


def brightness(plan: dict[str, Any]) -> dict[str, float]:
    """Return the mean level of one color image of each device."""
    levels = {}
    for index in plan["devices"]:
        kinect = _open(index)
        if _start(kinect):
            raise RuntimeError(f"device {index} did not start")
        with Image.open(BytesIO(kinect.get_capture(2000).color.tobytes())) as image:
            levels[str(index)] = float(np.asarray(image).mean())
        kinect._stop_cameras()
        kinect.close()
    return levels


if __name__ == "__main__":
    arguments = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    result = globals()[sys.argv[1]](arguments)
    json.dump(result, sys.stdout)

"""A process that records with libk4arecord, as k4arecorder does; killed, it leaves what that leaves.

    python -m tests.review.sdk_recorder JSON

With `index` a device of the bench is recorded, as k4arecorder does: the cameras are started, the file is
made, the first capture is left out; `skip` leaves more out before the file is made, `until_told` ends when
stdin is closed. With `source`, the captures of a ksync recording are fed to `PyK4ARecord`. `captures`,
`flush_after` and `stop_after` count captures. Without `stop_after` the file is closed properly; with it, the
process says so on stdout and waits to be killed.
"""

from __future__ import annotations

import json
import select
import sys
import time
from typing import Any

import pyk4a

COLOR = {"720p": pyk4a.ColorResolution.RES_720P, "off": pyk4a.ColorResolution.OFF}
DEPTH = {
    "nfov_2x2binned": pyk4a.DepthMode.NFOV_2X2BINNED,
    "passive_ir": pyk4a.DepthMode.PASSIVE_IR,
    "off": pyk4a.DepthMode.OFF,
}
FPS = {5: pyk4a.FPS.FPS_5, 15: pyk4a.FPS.FPS_15, 30: pyk4a.FPS.FPS_30}
ROLES = {
    "standalone": pyk4a.WiredSyncMode.STANDALONE,
    "master": pyk4a.WiredSyncMode.MASTER,
    "subordinate": pyk4a.WiredSyncMode.SUBORDINATE,
}


def config(plan: dict[str, Any]) -> pyk4a.Config:
    """The configuration that k4arecorder would be started with."""
    return pyk4a.Config(
        color_resolution=COLOR[plan.get("color", "720p")],
        color_format=pyk4a.ImageFormat.COLOR_MJPG,
        depth_mode=DEPTH[plan.get("depth", "nfov_2x2binned")],
        camera_fps=FPS[plan.get("fps", 30)],
        synchronized_images_only=False,
        depth_delay_off_color_usec=plan.get("depth_delay", 0),
        wired_sync_mode=ROLES[plan.get("role", "standalone")],
        subordinate_delay_off_master_usec=plan.get("sub_delay", 0),
    )


def rerecord(plan: dict[str, Any]) -> None:
    """Write the captures of a recording anew with libk4arecord."""
    with pyk4a.PyK4APlayback(plan["source"]) as playback:
        record = pyk4a.PyK4ARecord(plan["target"], config(plan))
        record.create()
        for number in range(plan["captures"]):
            write(record, playback.get_next_capture(), number, plan)
        record.close()


def write(record: pyk4a.PyK4ARecord, capture: Any, number: int, plan: dict[str, Any]) -> None:
    """Write one capture, and what comes after it."""
    record.write_capture(capture)
    if number + 1 == plan.get("flush_after"):
        record.flush()
    if number + 1 == plan.get("stop_after"):
        time.sleep(plan.get("settle_s", 0.3))  # the writer's thread is behind
        wait_to_be_killed()


def record_device(plan: dict[str, Any]) -> None:
    """Record a device of the bench by its index until there are enough captures, or no more."""
    kinect = pyk4a.PyK4A(config(plan), device_id=plan["index"], thread_safe=False)
    kinect.open()
    kinect._start_cameras()
    if plan.get("skip"):
        say("started")
    for _ in range(plan.get("skip", 0)):
        kinect.get_capture(60_000)
    device = kinect if plan.get("calibrated", True) else None
    record = pyk4a.PyK4ARecord(plan["target"], config(plan), device=device)
    record.create()
    if not plan.get("skip"):
        say("started")
    kinect.get_capture(60_000)
    try:
        for number in range(plan["captures"]):
            if plan.get("until_told") and select.select([sys.stdin], [], [], 0)[0]:
                break
            write(record, kinect.get_capture(1000), number, plan)
    except pyk4a.K4ATimeoutException:
        pass  # the master has stopped
    record.close()
    kinect._stop_cameras()
    kinect.close()


def wait_to_be_killed() -> None:
    say("written")
    sys.stdin.readline()


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    record_device(wanted) if "index" in wanted else rerecord(wanted)

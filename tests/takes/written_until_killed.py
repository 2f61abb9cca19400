"""A process that records until it is killed, and tells on stdout how many captures are written."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from kinect_sync.rig.modes import ColorFormat, DepthMode
from tests.takes.recorded import START_US, capture, settings, writer

DEVICE = settings(color_format=ColorFormat.YUY2, depth_mode=DepthMode.NFOV_UNBINNED, imu=True)
COUNT = 200


def nth(number: int):
    """The capture with this number."""
    time_us = START_US + number * 33_333
    return capture(DEVICE, time_us, time_us, seed=number)


if __name__ == "__main__":
    with writer(Path(sys.argv[1]), DEVICE) as mkv:
        for number in range(COUNT):
            mkv.write(nth(number))
            sys.stdout.write(".")
            sys.stdout.flush()
        time.sleep(600)  # it is killed before it could close the file

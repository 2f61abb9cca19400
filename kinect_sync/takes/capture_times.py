"""When each capture of a recording was taken, as an alignment made from the files alone needs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.mkv.reader import Recording, read_recording
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.pairing import pair_images
from kinect_sync.timing.pulses import period_us
from kinect_sync.timing.table import CaptureTimes


def read_capture_times(path: Path, settings: DeviceSettings) -> CaptureTimes:
    """Read the timestamps of a recording, capture by capture, for an alignment made from the files alone.

    Reading costs a few µs per capture, as no image is touched. OSError or KsyncError when it can't be read.
    """
    return capture_times_of(read_recording(path), AlignedDevice.of(settings), settings.fps)


def capture_times_of(recording: Recording, device: AlignedDevice, fps: int) -> CaptureTimes:
    """Return the timestamps of a recording that was read, capture by capture."""
    color_us, depth_us = pair_images(
        recording.color_us,
        _depth_with_ir_us(recording) if recording.facts.depth_mode.has_depth else recording.ir_us,
        depth_delay_us=device.offsets.depth_delay_us,
        period_us=period_us(fps),
    )
    return CaptureTimes(device, color_us, depth_us)


def _depth_with_ir_us(recording: Recording) -> NDArray[np.int64]:
    """Return the times of the depth images whose IR image, taken at the same time, is in the file as well.

    A kill may come between the two; what is left is a half capture. Only a file without a track for IR has
    none to lack: every depth mode records IR as well.
    """
    depth_us, ir_us = recording.depth_us, recording.ir_us
    if recording.facts.track("IR") is None or np.array_equal(depth_us, ir_us):
        return depth_us
    return depth_us[np.isin(depth_us, ir_us)]


def cut_off_capture(timestamps: CaptureTimes) -> int | None:
    """Return the number of the capture that the recorder's death cut off; None where it cut none.

    It is the last of a file that its recorder did not finish, if it lacks an image: the device gave it, and
    the file ends before it. Not to be asked of a finished file, whose last capture may be a half one.
    """
    half = timestamps.half
    return len(half) - 1 if len(half) and half[-1] else None

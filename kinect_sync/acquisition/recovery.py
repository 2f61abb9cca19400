"""What a worker had written when it died, and had not yet told its director."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.acquisition.device_state import DeviceState
from kinect_sync.errors import KsyncError
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.mkv.reader import Recording, read_recording
from kinect_sync.timing.alignment import AlignedDevice, Entry, HoleReason
from kinect_sync.timing.pairing import pair_images
from kinect_sync.timing.pulses import PulseCounter, is_pulse, period_us
from kinect_sync.timing.table import MISSING
from kinect_sync.timing.table import Recording as Timestamps


def read_timestamps(path: Path, settings: DeviceSettings) -> Timestamps:
    """Read the timestamps of a recording, capture by capture, for an alignment made from the files alone.

    Reading costs a few µs per capture, as no image is touched. OSError or KsyncError when it can't be read.
    """
    return timestamps_of(read_recording(path), AlignedDevice.of(settings), settings.fps)


def timestamps_of(recording: Recording, device: AlignedDevice, fps: int) -> Timestamps:
    """Return the timestamps of a recording that was read, capture by capture."""
    color_us, depth_us = pair_images(
        recording.color_us,
        _depth_with_ir_us(recording) if recording.facts.depth_mode.has_depth else recording.ir_us,
        depth_delay_us=device.offsets.depth_delay_us,
        period_us=period_us(fps),
    )
    return Timestamps(device, color_us, depth_us)


def _depth_with_ir_us(recording: Recording) -> NDArray[np.int64]:
    """Return the times of the depth images whose IR image, taken at the same time, is in the file as well.

    A kill may come between the two; what is left is a half capture. Only a file without a track for IR has
    none to lack: every depth mode records IR as well.
    """
    depth_us, ir_us = recording.depth_us, recording.ir_us
    if recording.facts.track("IR") is None or np.array_equal(depth_us, ir_us):
        return depth_us
    return depth_us[np.isin(depth_us, ir_us)]


def cut_off_capture(timestamps: Timestamps) -> int | None:
    """Return the number of the capture that the recorder's death cut off; None where it cut none.

    It is the last of a file that its recorder did not finish, if it lacks an image: the device gave it, and
    the file ends before it. Not to be asked of a finished file, whose last capture may be a half one.
    """
    half = timestamps.half
    return len(half) - 1 if len(half) and half[-1] else None


def recover_entries(path: Path, state: DeviceState, anchor_us: float) -> list[Entry]:
    """Read the captures after the last one reported from the file; none where there is no file.

    The host times are lost with the worker. A last capture that lacks an image is what the death cut off,
    and not what the device failed to give.
    """
    try:
        timestamps = read_timestamps(path, state.settings)
    except (OSError, KsyncError):
        return []  # it died before it could write anything
    numbers = PulseCounter(state.settings.fps, anchor_us).number(timestamps.pulse_times_us)
    holes = [HoleReason.HALF_CAPTURE if half else None for half in timestamps.half]
    cut_off = cut_off_capture(timestamps)
    if cut_off is not None:
        holes[cut_off] = HoleReason.DEVICE_LOST
    state.captures = len(numbers)
    state.written_bytes = path.stat().st_size
    return [
        Entry(
            pulse=int(pulse),
            capture=capture,
            color_us=_present(timestamps.color_us[capture]),
            depth_us=_present(timestamps.depth_us[capture]),
            host_time_ns=None,
            hole=holes[capture],
        )
        for capture, pulse in enumerate(numbers)
        if is_pulse(int(pulse)) and pulse > state.last_pulse
    ]


def _present(timestamp_us: np.int64) -> int | None:
    return None if timestamp_us == MISSING else int(timestamp_us)

"""What a worker had written when it died, and had not yet told its director."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinect_sync.errors import KsyncError
from kinect_sync.takes.capture_times import cut_off_capture, read_capture_times
from kinect_sync.timing.alignment import Entry, HoleReason
from kinect_sync.timing.pulses import PulseCounter, is_pulse
from kinect_sync.timing.table import MISSING
from kinect_sync.wire.messages import Recover, Recovered

_NOTHING = Recovered(entries=(), captures=0, written_bytes=0)
"""The worker died before it could write anything."""


def recover(path: Path, order: Recover) -> Recovered:
    """Read the captures after the last one reported from the file; nothing where there is no file.

    The host times are lost with the worker. A last capture that lacks an image is what the death cut off,
    and not what the device failed to give. OSError where the disk refuses.
    """
    settings = order.settings
    try:
        timestamps = read_capture_times(path, settings)
        written_bytes = path.stat().st_size
    except KsyncError as error:
        refused = error.__cause__
        if isinstance(refused, OSError) and not isinstance(refused, FileNotFoundError):
            raise refused from error
        return _NOTHING
    numbers = PulseCounter(settings.fps, order.anchor_us).number(timestamps.pulse_times_us)
    holes = [HoleReason.HALF_CAPTURE if half else None for half in timestamps.half]
    cut_off = cut_off_capture(timestamps)
    if cut_off is not None:
        holes[cut_off] = HoleReason.DEVICE_LOST
    entries = tuple(
        Entry(
            pulse=int(pulse),
            capture=capture,
            color_us=_present(timestamps.color_us[capture]),
            depth_us=_present(timestamps.depth_us[capture]),
            host_time_ns=None,
            hole=holes[capture],
        )
        for capture, pulse in enumerate(numbers)
        if is_pulse(int(pulse)) and pulse > order.after_pulse
    )
    return Recovered(entries=entries, captures=len(numbers), written_bytes=written_bytes)


def _present(timestamp_us: np.int64) -> int | None:
    return None if timestamp_us == MISSING else int(timestamp_us)

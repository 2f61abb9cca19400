"""What a device's accelerometer felt in a recording, on average: at rest that is gravity's reaction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.mkv.clusters import IMU_SAMPLE
from kinect_sync.takes.mkv.reader import opened, read_recording

MOST_BLOCKS = 200
"""Spread over the recording: some thousand samples, of which each is 0.03 m/s² off."""
_SAMPLE = np.dtype([("acc_ns", "<u8"), ("acc", "<f4", 3), ("gyro_ns", "<u8"), ("gyro", "<f4", 3)])


def mean_acceleration(path: Path) -> NDArray[np.float64] | None:
    """Return the median of a recording's accelerations in m/s², in the accelerometer's axes, shape (3,).

    None where no IMU was recorded. The median, so that a push does not count. `KsyncError` where the file
    can't be read.
    """
    track = read_recording(path).tracks.get("IMU")
    if track is None or not len(track.offsets):
        return None
    step = max(1, len(track.offsets) // MOST_BLOCKS)
    samples = []
    with opened(path) as file:
        for offset, size in zip(track.offsets[::step].tolist(), track.sizes[::step].tolist(), strict=True):
            whole = size // IMU_SAMPLE.size * IMU_SAMPLE.size
            samples.append(np.frombuffer(file.read(offset, whole), _SAMPLE)["acc"])
    felt = np.concatenate(samples).astype(np.float64)
    felt = felt[np.isfinite(felt).all(1)]
    return np.asarray(np.median(felt, axis=0)) if len(felt) else None

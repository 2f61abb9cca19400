"""The images of one device at one pulse, read and decoded."""

from __future__ import annotations

import numpy as np

from kinect_sync.review.fusing.combining import Images
from kinect_sync.review.fusing.request import Shot
from kinect_sync.review.recorded import OpenRecording


def read_shot(recording: OpenRecording, shot: Shot) -> Images:
    """Return depth, and color where there is some; ValueError where an image is damaged."""
    depth = recording.gray(shot.depth).astype(np.uint16)
    return depth, None if shot.color is None else recording.color(recording.read(shot.color))

"""Shots of captures that stand in recordings."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from kinect_sync.takes.decoding import GrayDecoder, gray_decoder
from kinect_sync.takes.following.captures import RecordedCapture, StoredImage
from kinect_sync.takes.mkv.facts import Facts, TrackFacts
from kinect_sync.viewer.shots import ColorImage, GrayImage, Shot, refuse_other_size


def shot_of(capture: RecordedCapture, facts: Facts) -> Shot:
    """Return a capture of a recording with this header, its images not read yet."""
    return Shot(
        device_us=capture.device_us,
        color=_color(capture, facts),
        depth=_gray("DEPTH", capture, facts) if facts.depth_mode.has_depth else None,
        ir=_gray("IR", capture, facts),
        depth_mode=facts.depth_mode,
    )


def _color(capture: RecordedCapture, facts: Facts) -> ColorImage | None:
    stored, track = capture.images.get("COLOR"), facts.track("COLOR")
    if stored is None or track is None or facts.color_format is None:
        return None
    return ColorImage(stored.read, facts.color_format, facts.color_resolution.size)


def _gray(name: str, capture: RecordedCapture, facts: Facts) -> GrayImage | None:
    stored, track = capture.images.get(name), facts.track(name)
    if stored is None or track is None:
        return None
    return partial(_decoded, stored, track, facts.depth_mode.size)


def _decoded(stored: StoredImage, track: TrackFacts, size: tuple[int, int]) -> NDArray[np.uint16]:
    refuse_other_size((track.width, track.height), size)
    return _decoder_of(track)(stored.read())


@lru_cache(maxsize=64)
def _decoder_of(track: TrackFacts) -> GrayDecoder:
    """Return the decoder of a track; that of FFV1 is some work to make."""
    return gray_decoder(track)

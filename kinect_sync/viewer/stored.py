"""Shots of captures that stand in recordings."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from kinect_sync.takes.decoding import GrayDecoder, gray_decoder
from kinect_sync.takes.following.captures import RecordedCapture, StoredImage
from kinect_sync.takes.mkv.facts import Facts, TrackFacts
from kinect_sync.viewer.shots import ColorImage, Gray, GrayImage, Shot, refuse_other_size

ROWS_AT_ONCE = 144
"""So many rows of NFOV have 184 kB; of an even number, as every second one is kept."""


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
    return ColorImage(stored.read, facts.color_format, facts.color_resolution.size, stored)


def _gray(name: str, capture: RecordedCapture, facts: Facts) -> GrayImage | None:
    stored, track = capture.images.get(name), facts.track(name)
    if stored is None or track is None:
        return None
    where = stored, track, facts.depth_mode.size
    return GrayImage(partial(_decoded, *where), None if track.packing else partial(_half, *where))


def _decoded(stored: StoredImage, track: TrackFacts, size: tuple[int, int]) -> Gray:
    refuse_other_size((track.width, track.height), size)
    return _decoder_of(track)(stored.read())


def _half(stored: StoredImage, track: TrackFacts, size: tuple[int, int]) -> Gray:
    """Read half of an image that is stored pixel by pixel, without ever having all of it in memory."""
    refuse_other_size((track.width, track.height), size)
    width, height = size
    if stored.nbytes != 2 * width * height:
        raise ValueError(f"the image has {stored.nbytes // 2} pixels instead of {width} × {height}")
    half = np.empty((-(-height // 2), -(-width // 2)), np.uint16)
    at = 0
    for piece in stored.read_by(np.empty(2 * width * ROWS_AT_ONCE, np.uint8)):
        rows = piece.view(">u2").reshape(-1, width)[::2, ::2]
        half[at : at + len(rows)] = rows
        at += len(rows)
    return half


@lru_cache(maxsize=64)
def _decoder_of(track: TrackFacts) -> GrayDecoder:
    """Return the decoder of a track; that of FFV1 is some work to make."""
    return gray_decoder(track)

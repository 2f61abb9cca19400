"""Which board was carried, where the one that was named was not seen at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board
from kinect_sync.findings import Finding
from kinect_sync.findings.calibration import BOARD_OTHER
from kinect_sync.review.calibrating.looking import Look, luma_of
from kinect_sync.review.recorded import DeviceContext, OpenRecording

MOST_LOOKS = 8
"""Spread over the take; to look for every kind of marker takes half a second each where there is none."""


def tell_others(
    contexts: Mapping[str, DeviceContext], looks: Sequence[Look], board: Board
) -> Iterator[Finding]:
    """Yield a finding about the board that was seen instead, if one was."""
    from kinect_sync.calibration.detection.identifying import identify

    some = looks[:: max(1, len(looks) // MOST_LOOKS)]
    for guess in identify(_images(contexts, some), board)[:1]:
        yield BOARD_OTHER.found(f"in {guess.images} of {len(some)} images there is a {guess.told}")


def _images(contexts: Mapping[str, DeviceContext], looks: Sequence[Look]) -> Iterator[NDArray[np.uint8]]:
    """Yield the color images of some looks; those that can't be decoded are told elsewhere."""
    for look in looks:
        if look.color is None:
            continue
        recording = OpenRecording(contexts[look.device])
        try:
            yield luma_of(recording, look.color)
        except ValueError:
            continue
        finally:
            recording.close()

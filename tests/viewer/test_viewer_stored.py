"""Captures of recordings as a view sees them, packed or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinect_sync.takes.following.recording import FollowedRecording
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.viewer.stored import shot_of
from tests.takes.recorded import settings, take, writer


@pytest.mark.parametrize("packing", [None, Packing.PNG])
def test_what_was_recorded_last_is_seen_while_it_is_recorded(tmp_path: Path, packing: Packing | None) -> None:
    device = settings()
    captures = take(device, 3)
    followed = FollowedRecording(tmp_path / "front.mkv")
    with writer(followed.path, device, packing=packing) as mkv:
        for capture in captures:
            mkv.write(capture)
            found = followed.look()
            assert found.newest is not None
            assert found.facts is not None
            shot = shot_of(found.newest, found.facts)
            for image, recorded in ((shot.depth, capture.depth), (shot.ir, capture.ir)):
                assert image is not None
                assert recorded is not None
                assert np.array_equal(image(), recorded.data)

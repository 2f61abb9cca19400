"""Captures of recordings as a view sees them, packed or not."""

from __future__ import annotations

from dataclasses import replace
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
                assert np.array_equal(image.read(), recorded.data)
                assert np.array_equal(image.half(), recorded.data[::2, ::2])


def test_a_track_of_another_size_than_its_mode_s_is_not_even_read(tmp_path: Path) -> None:
    device = settings()
    path = tmp_path / "front.mkv"
    with writer(path, device) as mkv:
        mkv.write(take(device, 1)[0])
    found = FollowedRecording(path).look()
    assert found.newest is not None
    assert found.facts is not None
    larger = replace(
        found.facts, tracks=tuple(replace(each, width=20_000, height=20_000) for each in found.facts.tracks)
    )
    path.unlink()
    for image in (shot_of(found.newest, larger).depth, shot_of(found.newest, larger).ir):
        assert image is not None
        for read in (image.read, image.half):
            with pytest.raises(ValueError, match="20000 × 20000 pixels instead of"):
                read()

"""What a folder that can't be opened as a take is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.takes.names import INDEX, MANIFEST
from kinect_sync.takes.opened_take import open_take
from tests.review.small_takes import make_take


def test_without_its_manifest_the_index_is_put_aside_before_a_take_is_rebuilt(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take")
    (take / MANIFEST).unlink()
    with pytest.raises(UsageError) as caught:
        open_take(take)
    assert f"put {INDEX} aside (its arrival times" in caught.value.findings[0].remedy
    (take / INDEX).rename(take / "alignment.old")
    with pytest.raises(UsageError) as caught:
        open_take(take)
    assert caught.value.findings[0].remedy == f"write it with `ksync inspect {take} --rebuild`"
    rebuild(examine([take]))
    assert open_take(take).manifest.rebuilt

"""Which files in a folder are the take's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.review.sources import find_sources
from tests.review.sets import LEFT, MASTER, write_set


def test_a_take_rebuilt_after_a_repair_has_copies_and_originals(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [MASTER, replace(LEFT, unfinished=True)])
    write_set(tmp_path / "copies", [LEFT])
    shutil.move(tmp_path / "copies" / "left.mkv", folder / "left.repaired.mkv")
    rebuild(examine([folder]))
    sources = find_sources([folder])
    assert sources.findings == ()
    assert [each.path.name for each in sources.files] == ["front.mkv", "left.repaired.mkv"]
    shutil.copy(folder / "front.mkv", folder / "other.mkv")
    (finding,) = find_sources([folder]).findings
    assert finding.what.startswith("other.mkv in ")

"""What becomes of a take as a whole: what was warned of before belongs to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.errors import BenchError
from kinect_sync.findings.bench import DEVICE_MISSING
from kinect_sync.findings.rig import LASER_CONFLICT
from kinect_sync.takes.manifest_file import read_manifest
from tests.director.takes import record

WARNED = LASER_CONFLICT.found("the lasers of front and left meet", device="left")


def test_a_take_is_kept_with_what_was_warned_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = record(tmp_path, monkeypatch, warned=[WARNED])
    assert (report.verdict, report.findings) == ("in_sync", (WARNED,))
    kept = read_manifest(tmp_path / "take").report
    assert kept is not None
    assert kept.findings == (WARNED,)


def test_a_rig_that_does_not_start_is_told_with_what_was_warned_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BenchError) as refused:
        record(tmp_path, monkeypatch, warned=[WARNED], connected=2)
    assert [each.kind for each in refused.value.findings] == [DEVICE_MISSING, LASER_CONFLICT]

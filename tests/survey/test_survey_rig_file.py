"""The rig file of what is connected, which overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.errors import UsageError
from kinect_sync.readings import Jacks
from kinect_sync.rig.loading import load_rig
from kinect_sync.survey.rig_file import require_new, write_rig
from kinect_sync.survey.sketch import Sketch, sketch_rig
from kinect_sync.verdicts import Verdict


def sketch() -> Sketch:
    first = Discovered(index=0, serial="000123456712", jacks=Jacks(sync_in=False, sync_out=True))
    second = Discovered(index=1, serial="000234567812", jacks=Jacks(sync_in=True, sync_out=False))
    return sketch_rig([first, second])


def test_the_file_is_a_valid_rig_and_its_text_is_in_the_report(tmp_path: Path) -> None:
    report = write_rig(sketch(), tmp_path / "rig.yaml")
    assert (report.verdict, report.file) == (Verdict.GOOD, str(tmp_path / "rig.yaml"))
    assert (tmp_path / "rig.yaml").read_text() == report.text
    assert len(load_rig(tmp_path / "rig.yaml").rig.devices) == 2


def test_without_a_file_the_text_is_all_there_is(tmp_path: Path) -> None:
    report = write_rig(sketch(), None)
    assert (report.file, "topology: daisy_chain" in (report.text or "")) == (None, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    mine = tmp_path / "rig.yaml"
    mine.write_text("mine")
    for refused in (lambda: require_new(mine), lambda: write_rig(sketch(), mine)):
        with pytest.raises(UsageError) as refusal:
            refused()
        assert [each.code for each in refusal.value.findings] == ["rig-exists"]
    assert mine.read_text() == "mine"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    require_new(tmp_path / "nowhere" / "rig.yaml")
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        write_rig(sketch(), tmp_path / "nowhere" / "rig.yaml")

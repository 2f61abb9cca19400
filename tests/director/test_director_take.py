"""What becomes of a take as a whole: what was warned of before belongs to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.calibration.rig_calibration import read_calibration_beside
from kinect_sync.errors import BenchError
from kinect_sync.findings.bench import DEVICE_MISSING
from kinect_sync.findings.rig import LASER_CONFLICT
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.packing.packings import Packing
from tests.calibration.calibrations import calibration_of_three
from tests.director.scripted import HOST
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


def test_a_take_keeps_a_copy_of_the_calibration_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibration = calibration_of_three()
    record(tmp_path, monkeypatch, calibration=calibration)
    manifest = read_manifest(tmp_path / "take")
    assert (manifest.format, manifest.calibration) == (3, "rig_calibration.json")
    assert read_calibration_beside(tmp_path / "take") == calibration


def test_workers_are_told_to_pack_and_take_json_says_that_they_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, monkeypatch, packing=Packing.PNG)
    manifest = read_manifest(tmp_path / "take")
    assert (manifest.format, {device.packing for device in manifest.devices}) == (4, {Packing.PNG})


def test_a_take_without_a_calibration_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path, monkeypatch)
    assert read_manifest(tmp_path / "take").format == 1
    text = (tmp_path / "take" / "take.json").read_text()
    assert "calibration" not in text
    assert "packing" not in text
    assert not (tmp_path / "take" / "rig_calibration.json").exists()


def test_a_rig_that_does_not_start_is_told_with_what_was_warned_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BenchError) as refused:
        record(tmp_path, monkeypatch, warned=[WARNED], connected=2)
    assert [each.kind for each in refused.value.findings] == [DEVICE_MISSING, LASER_CONFLICT]


def test_a_host_that_the_studio_names_as_this_computer_is_named_is_not_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = record(tmp_path, monkeypatch, places={"left": HOST.name, "right": "host-c"})
    assert [device.host for device in report.devices] == [None, HOST.name, "host-c"]
    assert [device.host for device in read_manifest(tmp_path / "take").devices] == [None, HOST.name, "host-c"]

"""Files that end within a capture, as the death of their recorder leaves them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.model import HoleRun, Inspection
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.rig.modes import Role
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.names import INDEX
from tests.review.sets import LEFT, MASTER, write_set
from tests.review.small_takes import make_take

CUT = replace(MASTER, depth=True, unfinished=True, pulses=20)
WHOLE = replace(LEFT, depth=True, pulses=20)


def cut(path: Path, track: str = "IR", capture: int = -1) -> Path:
    """End a file within an image."""
    images = read_recording(path).tracks[track]
    with path.open("r+b") as file:
        file.truncate(int(images.offsets[capture]) + int(images.sizes[capture]) // 2)
    return path


def codes(inspection: Inspection) -> list[str]:
    return [each.code for each in inspection.findings]


@pytest.mark.parametrize("track", ["DEPTH", "IR"])
def test_a_file_ends_before_the_capture_that_was_cut_off(tmp_path: Path, track: str) -> None:
    path = cut(write_set(tmp_path, [CUT]) / "front.mkv", track)
    inspection = examine([path]).inspection
    assert (inspection.verdict, inspection.pulses, inspection.complete) == ("complete", 19, 19)
    assert codes(inspection) == ["file-unfinished"]
    assert "its last capture was cut off" in inspection.findings[0].what
    (entry,) = inspection.devices
    assert (entry.captures, entry.captures_after, entry.hole_runs) == (19, 1, ())


def test_a_half_capture_before_it_is_still_the_devices(tmp_path: Path) -> None:
    path = cut(write_set(tmp_path, [replace(CUT, half=(5,))]) / "front.mkv")
    (entry,) = examine([path]).inspection.devices
    assert entry.hole_runs == (HoleRun(pulse=5, pulses=1, at_s=0.167, reason="half_capture"),)


def test_the_last_capture_of_a_finished_file_is_not_cut_off(tmp_path: Path) -> None:
    inspection = examine([write_set(tmp_path, [replace(CUT, unfinished=False, half=(19,))])]).inspection
    assert inspection.devices[0].holes == {"half_capture": 1}


def test_in_a_repaired_copy_it_is_cut_off_as_well(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [replace(CUT, unfinished=False, half=(19,))])
    shutil.move(folder / "front.mkv", folder / "front.repaired.mkv")
    inspection = examine([folder]).inspection
    assert (inspection.verdict, inspection.pulses, codes(inspection)) == ("complete", 19, [])


@pytest.mark.parametrize("role", [Role.SUBORDINATE, Role.STANDALONE])
def test_a_set_goes_on_to_the_last_capture_before_it(tmp_path: Path, role: Role) -> None:
    folder = write_set(tmp_path, [replace(WHOLE, name="a", role=Role.MASTER), replace(CUT, role=role)])
    cut(folder / "front.mkv")
    inspection = examine([folder]).inspection
    assert "captures-half-capture" not in codes(inspection)
    entry = next(each for each in inspection.devices if each.name == "front")
    assert (entry.captures, entry.captures_after, entry.holes) == (19, 1, {})


def test_a_file_cut_off_long_before_others_is_named(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [CUT, replace(WHOLE, pulses=90)])
    cut(folder / "front.mkv")
    findings = examine([folder]).inspection.findings
    assert [each.device for each in findings if each.code == "file-uneven"] == ["front"]


def test_where_nothing_else_is_in_the_file_it_is_shown_and_not_called_whole(tmp_path: Path) -> None:
    path = cut(write_set(tmp_path, [CUT]) / "front.mkv", capture=0)
    inspection = examine([path]).inspection
    assert (inspection.verdict, inspection.pulses, inspection.complete) == ("incomplete", 1, 0)
    assert inspection.devices[0].holes == {"device_lost": 1}
    assert codes(inspection) == ["file-unfinished", "captures-device-lost"]


def test_in_a_take_that_was_finished_it_is_lost_with_the_device(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=5)
    cut(take / "left.mkv")
    (take / INDEX).unlink()
    inspection = examine([take]).inspection
    assert inspection.devices[1].holes == {"device_lost": 1}
    assert (inspection.verdict, inspection.pulses) == ("incomplete", 5)


def test_the_reason_in_the_index_is_believed(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=5, holes={"left": {4: "half_capture"}})
    with (take / "left.mkv").open("r+b") as file:
        file.truncate((take / "left.mkv").stat().st_size - 10)
    entry = examine([take]).inspection.devices[1]
    assert (entry.complete, entry.holes) == (False, {"half_capture": 1})


def test_a_take_rebuilt_without_it_is_as_long_as_before(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [CUT, WHOLE])
    cut(folder / "front.mkv")
    rebuild(examine([folder]))
    again = examine([folder]).inspection
    assert (again.verdict, again.pulses, codes(again)) == ("in_sync", 19, ["file-unfinished"])

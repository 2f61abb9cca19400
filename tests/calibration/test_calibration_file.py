"""`rig_calibration.json`: written once, read by whoever is given one, and never believed blindly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.calibration.rig_calibration import (
    MOST_NBYTES,
    read_calibration_beside,
    read_rig_calibration,
    write_rig_calibration,
)
from kinect_sync.errors import UsageError
from tests.calibration.calibrations import calibration_of_three, content_of, device_at, place_at


def test_what_was_written_is_read(tmp_path: Path) -> None:
    calibration = calibration_of_three()
    write_rig_calibration(tmp_path / "c.json", calibration)
    assert read_rig_calibration(tmp_path / "c.json") == calibration
    assert calibration.by_name["left"].depth is not None
    assert calibration.by_name["left"].depth.world_from_camera.translation_m == (1.0, 0.0, 0.0)


def test_a_calibration_is_overwritten_only_when_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_rig_calibration(path, calibration_of_three())
    with pytest.raises(UsageError) as raised:
        write_rig_calibration(path, calibration_of_three(take="another"))
    assert [each.code for each in raised.value.findings] == ["file-exists"]
    assert read_rig_calibration(path).take == "walk"
    write_rig_calibration(path, calibration_of_three(take="another"), replace=True)
    assert read_rig_calibration(path).take == "another"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_rig_calibration(tmp_path / "no" / "c.json", calibration_of_three())


def leaning() -> dict[str, Any]:
    place = place_at(0.0)
    place["camera_to_world"][0][0] = 1.1
    return device_at("front", 0.0, color=place)


def mirrored() -> dict[str, Any]:
    place = place_at(0.0)
    place["camera_to_world"][0][0] = -1.0
    return device_at("front", 0.0, color=place)


def lost() -> dict[str, Any]:
    return device_at("front", 0.0, color=place_at(float("inf")))


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        pytest.param("{", "rig-calibration-broken", "not what `ksync calibrate` writes", id="no JSON"),
        pytest.param("[1]", "rig-calibration-broken", "not what `ksync calibrate` writes", id="a list"),
        pytest.param(content_of(format=2), "rig-calibration-newer", "format 2", id="later"),
        pytest.param(content_of(tune=1), "rig-calibration-broken", "tune: Extra inputs", id="unknown field"),
        pytest.param(content_of(devices=[leaning()]), "rig-calibration-broken", "no rotation", id="skewed"),
        pytest.param(content_of(devices=[mirrored()]), "rig-calibration-broken", "no rotation", id="mirror"),
        pytest.param(content_of(devices=[lost()]), "rig-calibration-broken", "", id="at infinity"),
        pytest.param(content_of(devices=[device_at("front", 0.0)] * 2), "rig-calibration-broken",
                     "`front` stands for two", id="twice"),
        pytest.param(content_of(devices=[device_at("front", 0.0, name="../x")]), "rig-calibration-broken",
                     "devices.0.name", id="a path for a name"),
        pytest.param(content_of(board_scale=-1), "rig-calibration-broken", "board_scale", id="negative"),
        pytest.param(content_of(devices=[device_at("front", 0.0, depth_offset_mm=float("nan"))]),
                     "rig-calibration-broken", "depth_offset_mm", id="an offset that is no number"),
        pytest.param(content_of(devices=[device_at("front", 0.0, depth_offset_mm=1e300)]),
                     "rig-calibration-broken", "depth_offset_mm", id="an offset beyond the room"),
        pytest.param(content_of(devices=[device_at("front", 9e4)]), "rig-calibration-broken",
                     "nowhere near", id="a camera in another town"),
        pytest.param(content_of(utc_ns=10**400), "rig-calibration-broken", "utc_ns", id="a date beyond all"),
    ],
)  # fmt: skip
def test_what_is_no_calibration_is_told_in_a_sentence(
    tmp_path: Path, text: Any, code: str, told: str
) -> None:
    path = tmp_path / "c.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    with pytest.raises(UsageError) as raised:
        read_rig_calibration(path)
    (found,) = raised.value.findings
    assert found.code == code
    assert told in found.what


def test_a_file_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with path.open("wb") as stream:
        stream.truncate(MOST_NBYTES + 1)
    with pytest.raises(UsageError, match="16 MB"):
        read_rig_calibration(path)


def test_a_link_that_somebody_names_is_followed_and_one_in_a_take_is_not(tmp_path: Path) -> None:
    write_rig_calibration(tmp_path / "c.json", calibration_of_three())
    take = tmp_path / "take"
    take.mkdir()
    try:
        (take / "rig_calibration.json").symlink_to(tmp_path / "c.json")
    except OSError:
        pytest.skip("links need a privilege here")
    assert read_rig_calibration(take / "rig_calibration.json").take == "walk"
    with pytest.raises(UsageError, match="no regular file"):
        read_calibration_beside(take)

"""Whether a calibration is of the devices that stand there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinect_sync.calibration.fitting import misfits
from kinect_sync.calibration.named import calibration_of
from kinect_sync.calibration.rig_calibration import write_rig_calibration
from kinect_sync.errors import UsageError
from kinect_sync.rig.loading import load_rig
from kinect_sync.survey.validation import validate_rig
from tests.calibration.calibrations import WEDNESDAY_NS, calibration_of_three, device_at
from tests.review.small_takes import small_rig

HOUR_NS = 3_600 * 10**9
DAY_NS = 24 * HOUR_NS
OTHER = "000999999912"


def found(later_ns: int = HOUR_NS, rig: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    fields = small_rig(**(rig or {}))
    settings = [fields.settings_of(device) for device in fields.devices]
    told = misfits(calibration_of_three(**changes), settings, WEDNESDAY_NS + later_ns)
    return [f"{each.code}: {each.device}: {each.what}" for each in told]


def devices(**front: Any) -> list[dict[str, Any]]:
    return [device_at("front", 0.0, **front), device_at("left", 1.0), device_at("right", 2.0)]


CAMERA = {"color_resolution": "720p", "color_format": "mjpg", "depth_mode": "nfov_2x2binned", "fps": 30}
EXCHANGED = "rig-calibration-misfit: front: the calibration made of walk does not know 000123456712"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({}, [], id="it fits"),
        pytest.param({"later_ns": 6 * DAY_NS}, [], id="six days"),
        pytest.param({"later_ns": 8 * DAY_NS}, ["rig-calibration-old: None: the rig was calibrated 8 days"],
                     id="eight days"),
        pytest.param({"later_ns": -8 * DAY_NS}, ["rig-calibration-old: None: the rig was calibrated 8 days"],
                     id="eight days too early"),
        pytest.param({"devices": devices()[1:]}, [EXCHANGED], id="a device more"),
        pytest.param({"devices": devices(serial=OTHER)}, [f"{EXCHANGED}: its front is {OTHER}"],
                     id="a unit was exchanged"),
        pytest.param({"devices": devices(name="porch")}, [], id="another name for the same unit"),
        pytest.param({"devices": devices(color=None)},
                     ["rig-calibration-misfit: front: its color camera was off when"], id="color was off"),
        pytest.param({"devices": devices(depth_mode="wfov_2x2binned")},
                     ["rig-calibration-misfit: front: its depth offset of -3.4 mm was measured in wfov"],
                     id="offset of another mode"),
        pytest.param({"devices": devices(depth_mode="wfov_2x2binned", depth_offset_mm=0.3)}, [],
                     id="another mode, and no offset to speak of"),
        pytest.param({"rig": {"camera": CAMERA | {"color_resolution": "1080p"}}}, [],
                     id="another color resolution: its place is the same"),
        pytest.param({"verdict": "bad"},
                     ["rig-calibration-doubted: None: `ksync calibrate` called the calibration made"],
                     id="it was no good"),
    ],
)  # fmt: skip
def test_a_calibration_is_compared_with_the_devices(changes: dict[str, Any], told: list[str]) -> None:
    seen = found(**changes)
    assert len(seen) == len(told), seen
    assert all(line.startswith(start) for line, start in zip(seen, told, strict=True)), seen


def rig_file(folder: Path, calibration: str) -> Path:
    path = folder / "rig.yaml"
    text = "name: one\ntopology: standalone\ndevices:\n"
    text += '  - {name: front, serial: "000123456712", role: standalone}\n'
    path.write_text(f"{text}calibration: {calibration}\n")
    return path


def test_the_path_in_a_rig_file_counts_from_the_rig_file(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "stage").mkdir()
    path = rig_file(tmp_path / "stage", "there/c.json")
    (tmp_path / "stage" / "there").mkdir()
    write_rig_calibration(tmp_path / "stage" / "there" / "c.json", calibration_of_three())
    monkeypatch.chdir(tmp_path)
    calibration, _ = calibration_of(load_rig(path.relative_to(tmp_path)).rig, WEDNESDAY_NS)
    assert calibration is not None
    assert calibration.take == "walk"
    assert "rig-calibration-old" in {each.code for each in validate_rig(str(path)).findings}


def test_a_calibration_that_is_given_is_used_in_the_place_of_the_named_one(tmp_path: Path) -> None:
    rig, given = load_rig(rig_file(tmp_path, "nowhere.json")).rig, calibration_of_three()
    calibration, doubts = calibration_of(rig, given.utc_ns, given)
    assert calibration is given
    assert doubts == misfits(given, [rig.settings_of(device) for device in rig.devices], given.utc_ns)


def test_a_calibration_that_is_not_there_stops_a_rig_before_it_starts(tmp_path: Path) -> None:
    path = rig_file(tmp_path, "c.json")
    with pytest.raises(UsageError, match=r"c\.json can't be read"):
        calibration_of(load_rig(path).rig, WEDNESDAY_NS)
    report = validate_rig(str(path))
    assert report.verdict == "not_valid"
    assert [each.code for each in report.findings] == ["rig-calibration-missing"]

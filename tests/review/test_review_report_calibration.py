"""What a report draws of a rig's calibration: places, pairs, and what is left over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinect_sync.calibration.rig_calibration import RigCalibration, put_calibration_beside
from kinect_sync.review.report.calibration import draw_calibration, lead_of
from kinect_sync.review.report.writing import write_report
from tests.calibration.calibrations import SERIALS, calibration_of_three, device_at
from tests.review.small_takes import make_take
from tests.review.test_review_report_page import Reader

STYLES = {serial: f"d{number}" for number, serial in enumerate(SERIALS.values())}
PAIR = {"poses": 12, "sigma_mm": 0.2, "sigma_deg": 0.01}
CAMERA = {"views": 30, "coverage": 0.4, "residual_px": 0.08, "held_out_px": 0.2, "held_out_ratio": 1.1}


def measured(**changes: Any) -> dict[str, Any]:
    measures = {
        "poses": 60,
        "held_out": 12,
        "depth_mm": 1.8,
        "depth_p90_mm": 4.4,
        "devices": [
            {"name": name, "color": CAMERA, "plane_mm": 0.4, "plane_spread_mm": 0.9} for name in SERIALS
        ],
        "pairs": [
            {"first": "front", "second": "left", "depth_mm": 1.2, "depth_p90_mm": 3.0, **PAIR},
            {"first": "front", "second": "right", "depth_mm": 17.0, "depth_p90_mm": 30.0, **PAIR},
            {"first": "left", "second": "right", **PAIR | {"poses": 0}},
        ],
        "over_time": {
            name: [{"pulse": pulse, "seconds": pulse / 30, "px": 0.1} for pulse in range(0, 300, 30)]
            for name in SERIALS
        },
    }
    return measures | changes


def drawn(**changes: Any) -> Reader:
    return Reader(draw_calibration(calibration_of_three(**{"measures": measured()} | changes), STYLES))


def classes(page: Reader, name: str) -> list[str | None]:
    return [fields.get("class") for tag, fields in page.tags if tag == name]


def test_devices_pairs_and_moments_are_drawn() -> None:
    page = drawn()
    assert all(f"{name}: x" in page.text for name in SERIALS)
    assert [each for each in classes(page, "td") if each in ("good", "warn", "bad")] == ["good", "bad"] * 2
    assert "front and right: 12 poses together" in str(page.tags)
    assert {"dots d0", "dots d1", "dots d2"} <= set(classes(page, "path"))
    assert "+0.4 ± 0.9" in page.text


def test_the_lead_is_the_headline() -> None:
    lead = lead_of(calibration_of_three(measures=measured()))
    assert "1.8 mm apart, and nine in ten points are within 4.4 mm (60 poses, 12 of them held " in lead


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"measures": None}, id="nothing was measured"),
        pytest.param({"world": "device"}, id="the world of a device"),
        pytest.param({"devices": [device_at("front", 0.0)]}, id="one device"),
        pytest.param({"devices": [device_at("front", 0.0, color=None, depth=None)]}, id="nowhere"),
        pytest.param({"devices": [device_at("front", 900.0), device_at("left", -900.0)]}, id="far apart"),
        pytest.param({"measures": measured(over_time={}, pairs=[], devices=[], depth_mm=None)}, id="bare"),
        pytest.param({"measures": measured(over_time={"<b>": [{"pulse": 1, "seconds": 0, "px": 1e300}]})},
                     id="from a stranger"),
    ],
)  # fmt: skip
def test_whatever_a_calibration_lacks_the_rest_is_drawn(changes: dict[str, Any]) -> None:
    page = drawn(**changes)
    assert "rig above" in classes(page, "svg")
    assert len(str(page.tags)) < 200_000


def test_a_take_with_a_calibration_has_it_on_its_page(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take")
    calibration: RigCalibration = calibration_of_three(measures=measured())
    write_report(take, tmp_path / "without.html")
    put_calibration_beside(take, calibration)
    write_report(take, tmp_path / "with.html")
    assert "Where the cameras stand" not in (tmp_path / "without.html").read_text()
    assert "Where the cameras stand" in (tmp_path / "with.html").read_text()

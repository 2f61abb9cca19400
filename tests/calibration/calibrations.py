"""Calibrations of rigs as `ksync calibrate` writes them, made up for tests."""

from __future__ import annotations

from typing import Any

from kinect_sync.calibration.rig_calibration import RigCalibration

SERIALS = {"front": "000123456712", "left": "000234567812", "right": "000345678912"}
BOARD = {
    "kind": "charuco",
    "columns": 8,
    "rows": 5,
    "square_m": 0.1,
    "marker_m": 0.07,
    "dictionary": "DICT_5X5_100",
}
WEDNESDAY_NS = 1_769_000_000 * 10**9


def place_at(x: float, y: float = 0.0, z: float = 0.0) -> dict[str, Any]:
    """A camera that looks along the world's z from a place in metres."""
    rows = [[1.0, 0.0, 0.0, x], [0.0, 1.0, 0.0, y], [0.0, 0.0, 1.0, z], [0.0, 0.0, 0.0, 1.0]]
    return {"camera_to_world": rows, "sigma_mm": 0.1, "sigma_deg": 0.01, "residual_px": 0.08}


def device_at(device_name: str, x: float, /, **changes: Any) -> dict[str, Any]:
    """A device, its depth camera 32 mm beside its color camera."""
    device = {
        "name": device_name,
        "serial": SERIALS[device_name],
        "depth_mode": "nfov_2x2binned",
        "color_resolution": "720p",
        "color": place_at(x + 0.032),
        "depth": place_at(x),
        "depth_offset_mm": -3.4,
    }
    return device | changes


def content_of(**changes: Any) -> dict[str, Any]:
    """A calibration of three devices as it stands in the file."""
    content = {
        "format": 1,
        "ksync": "0.2.0",
        "take": "walk",
        "utc_ns": WEDNESDAY_NS,
        "board": BOARD,
        "board_scale": 1.0,
        "world": "gravity",
        "devices": [device_at(name, place) for place, name in enumerate(SERIALS)],
    }
    return content | changes


def calibration_of_three(**changes: Any) -> RigCalibration:
    """The same as a value."""
    return RigCalibration.model_validate(content_of(**changes))

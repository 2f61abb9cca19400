"""Factory calibrations to compute with: made up, a real one where it is at hand, and what no shop sells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.devices.simulated.calibration import make_calibration as simulate_calibration
from kinect_sync.geometry.calibration import FactoryCalibration
from kinect_sync.geometry.parsing import parse_calibration
from tests.factory_calibration import make_calibration

REAL = Path(__file__).parents[3] / "shared" / "data" / "calibration.json"
SERIAL = "000123450112"


def read_real() -> bytes:
    """The calibration of a real Azure Kinect DK; skips the test where it is not at hand."""
    if not REAL.exists():
        pytest.skip(f"no calibration of a real device at {REAL}")
    return REAL.read_bytes()


def alter(raw: bytes, change: Callable[[Any], None]) -> bytes:
    """Change the cameras of a calibration: depth is [0], color [1]."""
    content = json.loads(raw)
    change(content["CalibrationInformation"]["Cameras"])
    return json.dumps(content).encode()


def _early(cameras: Any) -> None:
    for camera in cameras:
        camera["Intrinsics"]["ModelType"] = "CALIBRATION_LensDistortionModelRational6KT"
        camera["Intrinsics"]["ModelParameters"][10:14] = [0.002, -0.003, 4e-4, -7e-4]


def _wide(cameras: Any) -> None:
    """16:9: the same lens, measured on 2304 of the 3072 rows."""
    cameras[1] |= {"SensorWidth": 4096, "SensorHeight": 2304}
    parameters = cameras[1]["Intrinsics"]["ModelParameters"]
    parameters[1], parameters[3] = (parameters[1] * 3072 - 384) / 2304, parameters[3] * 3072 / 2304


CALIBRATIONS: dict[str, Callable[[], bytes]] = {
    "round numbers": lambda: make_calibration(SERIAL),
    "simulated": lambda: simulate_calibration(SERIAL),
    "real": read_real,
    "Rational6KT, bent off centre": lambda: alter(simulate_calibration(SERIAL), _early),
    "color measured in 16:9": lambda: alter(simulate_calibration(SERIAL), _wide),
}


def factory(name: str = "simulated") -> FactoryCalibration:
    """Read one of the calibrations."""
    return parse_calibration(CALIBRATIONS[name](), "front")


def pixel_grid(width: int, height: int, columns: int = 31, rows: int = 23) -> Any:
    """Pixels from edge to edge of an image, shape (columns · rows, 2), each a number of single precision."""
    across, down = np.linspace(-0.5, width - 0.5, columns), np.linspace(-0.5, height - 0.5, rows)
    grid = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
    return grid.astype(np.float32).astype(float)

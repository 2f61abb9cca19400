"""`rig_calibration.json` as a JSON Schema, for other programs."""

from __future__ import annotations

from typing import Any

from kinect_sync.calibration.rig_calibration import RigCalibration

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rig_calibration_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the file."""
    schema = RigCalibration.model_json_schema(mode="serialization")
    described = "Where the cameras of a rig are, in one world."
    return {"$schema": _DIALECT, **schema, "title": "ksync rig_calibration", "description": described}

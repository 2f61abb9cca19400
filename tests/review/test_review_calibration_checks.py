"""A take that names a calibration is inspected with it, whatever became of that file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinect_sync.calibration.rig_calibration import FILE
from kinect_sync.review.inspection.examining import examine
from kinect_sync.takes.names import MANIFEST
from tests.calibration.calibrations import content_of, device_at
from tests.review.small_takes import make_take

TAKEN_NS = 1_700_000_000 * 10**9
DAY_NS = 86_400 * 10**9
FITTING = content_of(utc_ns=TAKEN_NS)
STRANGE = content_of(utc_ns=TAKEN_NS, devices=[device_at("front", 0.0), device_at("left", 1.0)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(json.dumps(FITTING), [], id="it fits"),
        pytest.param(json.dumps(STRANGE), [("rig-calibration-misfit", "right")], id="a device more"),
        pytest.param(json.dumps(FITTING | {"utc_ns": TAKEN_NS - 9 * DAY_NS}), [("rig-calibration-old", None)],
                     id="old"),
        pytest.param("{}", [("rig-calibration-broken", None)], id="broken"),
        pytest.param(None, [("rig-calibration-missing", None)], id="not there"),
    ],
)  # fmt: skip
def test_a_calibration_that_does_not_fit_is_told_and_changes_no_verdict(
    tmp_path: Path, text: str | None, told: list[tuple[str, str | None]]
) -> None:
    take = make_take(tmp_path / "take")
    manifest = json.loads((take / MANIFEST).read_text())
    (take / MANIFEST).write_text(json.dumps(manifest | {"format": 3, "calibration": FILE}))
    if text is not None:
        (take / FILE).write_text(text)
    inspection = examine([take]).inspection
    assert inspection.verdict == "in_sync"
    found = [each for each in inspection.findings if each.code.startswith("rig-cal")]
    assert [(each.code, each.device) for each in found] == told
    assert all(each.severity == "warning" for each in found)


def test_a_calibration_that_no_take_names_is_passed_over(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take")
    (take / FILE).write_text("{}")
    assert not [each for each in examine([take]).inspection.findings if "calibration" in each.code]

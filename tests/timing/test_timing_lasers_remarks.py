"""What a rig's lasers do as it stands, told as one warning by every command that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.rig.loading import load_rig
from kinect_sync.timing.lasers.remarks import laser_findings
from tests.timing.laser_rigs import laser_rig_text


@pytest.mark.parametrize(
    ("tail", "code", "piece", "what"),
    [
        ("", "laser-conflict", "and so do 2 more pairs", "no delays"),
        (
            "    depth_delay_off_color_usec: 160\n",
            "laser-conflict",
            "cam-0 and cam-1 fire",
            "the last one is clear",
        ),
        ("overlaps: [[cam-0], [cam-1], [cam-2]]\n", None, "", "nobody sees what another sees"),
    ],
)
def test_conflicts_of_a_rig_are_one_warning(
    tmp_path: Path, tail: str, code: str | None, piece: str, what: str
) -> None:
    path = tmp_path / "my rig.yaml"
    path.write_text(laser_rig_text(3, tail=tail), encoding="utf-8")
    findings = laser_findings(load_rig(path), str(path))
    assert [finding.code for finding in findings] == ([code] if code else []), what
    if findings:
        assert findings[0].severity == "warning"
        assert piece in findings[0].what, what

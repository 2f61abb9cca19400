"""A rig file with planned delays: a text that says what was planned, and what there is to say of it."""

from __future__ import annotations

import io

from kinect_sync.findings.rig import DELAYS_KEPT, LASER_GAP
from kinect_sync.rig.loading import STDIN, load_fields
from kinect_sync.timing.lasers.plan import PlanRequest
from kinect_sync.timing.lasers.planned_rig import TOLERATED, PlannedRig, plan_rig
from tests.timing.laser_rigs import laser_rig_text


def planned(text: str) -> PlannedRig:
    return plan_rig(load_fields(STDIN, TOLERATED, io.BytesIO(text.encode())), PlanRequest())


def test_the_file_says_what_was_planned_and_keeps_its_comments() -> None:
    result = planned(laser_rig_text(3))
    again = load_fields(STDIN, TOLERATED, io.BytesIO(result.report.text.encode())).fields
    assert again == result.plan.rig
    assert [device.depth_delay_off_color_usec for device in again.devices] == [0, 160, 320]
    assert "# the studio" in result.report.text
    assert result.report.min_gap is not None
    (gap,) = result.report.findings
    assert gap.kind is LASER_GAP
    assert f"{result.report.min_gap.gap_us:.1f} µs" in gap.what


def test_delays_that_the_rig_fixes_are_kept_and_told() -> None:
    result = planned(laser_rig_text(3, tail="    depth_delay_off_color_usec: 480\n"))
    assert result.plan.rig.devices[2].depth_delay_off_color_usec == 480
    assert "cam-2" in next(each.what for each in result.report.findings if each.kind is DELAYS_KEPT)


def test_of_cameras_that_do_not_see_each_other_no_lasers_can_meet() -> None:
    result = planned(laser_rig_text(2, tail="overlaps: [[cam-0], [cam-1]]\n"))
    assert "none can meet" in result.report.findings[0].what


def test_more_devices_than_a_chain_of_cables_takes_are_planned_with_a_warning() -> None:
    result = planned(laser_rig_text(10))
    assert len(result.plan.rig.devices) == 10
    assert [each.code for each in result.report.findings] == ["too-many-devices", "laser-gap"]

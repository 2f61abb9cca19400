"""What a rig file says, as a report that is there for a broken one too."""

from __future__ import annotations

import io

from kinect_sync.survey.validation import ValidateReport, validate_rig
from tests.rig.rig_texts import GOOD, broken
from tests.timing.laser_rigs import laser_rig_text


def validate(text: str) -> ValidateReport:
    return validate_rig("-", io.BytesIO(text.encode()))


def test_a_good_rig_has_facts() -> None:
    report = validate(GOOD)
    assert (report.verdict, report.facts is not None) == ("valid", True)


def test_a_broken_rig_has_findings_and_no_facts() -> None:
    report = validate(broken(("fps: 30", "fps: 31")))
    assert (report.verdict, report.facts) == ("not_valid", None)
    assert [each.field for each in report.findings] == ["camera.fps"]


def test_lasers_that_meet_are_a_warning_of_a_valid_rig() -> None:
    report = validate(laser_rig_text(3))
    assert (report.verdict, [each.code for each in report.findings]) == ("valid", ["laser-conflict"])


def test_a_file_that_is_not_there_is_not_valid() -> None:
    report = validate_rig("nowhere.yaml")
    assert (report.verdict, report.facts) == ("not_valid", None)

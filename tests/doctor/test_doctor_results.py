"""A result of a check, and the finding that it amounts to."""

from __future__ import annotations

from kinect_sync.doctor.checks.host_clock import HOST_CLOCK
from kinect_sync.doctor.results import Status, results_of, unknown
from kinect_sync.findings import Severity
from kinect_sync.findings.bench import DEVICE_MISSING


def test_unknown_is_a_note_and_ok_is_no_finding() -> None:
    result = unknown(HOST_CLOCK, "nobody knows", "look", "front")
    finding = result.finding
    assert finding is not None
    assert (finding.code, finding.severity.value, finding.device) == ("host-clock", "note", "front")
    assert result.model_copy(update={"status": Status.OK}).finding is None


def test_a_finding_is_the_same_after_it_was_a_result() -> None:
    found = [DEVICE_MISSING.found("it is not there", device="left", severity=each) for each in Severity]
    assert [result.finding for result in results_of(found)] == found

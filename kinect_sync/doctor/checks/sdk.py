"""Whether the SDK can be loaded, tried in a process of its own."""

from __future__ import annotations

from collections.abc import Iterable

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, results_of
from kinect_sync.findings import model as declare

SDK = declare.note(
    "sdk",
    "The SDK, where it can be loaded; else other codes say what is wrong.",
    None,
)


def run(it: Examination) -> Iterable[CheckResult]:
    """Tell what is wrong with the SDK."""
    return results_of(it.sdk_findings) or (ok(SDK, "pyk4a and its native libraries can be loaded"),)


CHECK = check.Check("sdk", check.SDK, 10, run)

"""Whether the devices of the rig are there and can be opened."""

from __future__ import annotations

from collections.abc import Iterable

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, results_of, unknown, warning
from kinect_sync.findings import has_errors
from kinect_sync.findings import model as declare

DEVICES = declare.warning(
    "devices",
    "No device is connected, or nobody could ask.",
    "plug in power and USB 3",
)


def run(it: Examination) -> Iterable[CheckResult]:
    """Compare what the bench lists with the rig."""
    found, findings = it.bench
    if found is None:
        told = "without the SDK nobody can ask the devices"
        return results_of(findings) or (unknown(DEVICES, told, "mend the SDK first"),)
    if it.rig is None and not found:
        return (warning(DEVICES, "no device is connected"),)
    if has_errors(findings):
        return results_of(findings)
    if it.rig is None:
        serials = ", ".join(device.serial or "?" for device in found)
        return (ok(DEVICES, f"connected and not in use elsewhere: {serials}"),)
    return (ok(DEVICES, f"every device of `{it.rig.name}` is connected"), *results_of(findings))


CHECK = check.Check("devices", check.DEVICES, 10, run)

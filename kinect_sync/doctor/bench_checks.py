"""What `ksync doctor` finds out by asking: the SDK whether it loads, and the bench for its devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kinect_sync.devices.port import Discovered
from kinect_sync.director.preflight import compare_firmware, compare_inventory
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.host import DEVICES, FIRMWARE, SDK
from kinect_sync.host.checks import CheckResult, Status, ok, unknown, warning
from kinect_sync.rig.rig import Rig
from kinect_sync.survey.firmware import firmware_text, judge_firmware

Survey = Callable[[], Sequence[Discovered]]

_STATUSES = {
    Severity.ERROR: Status.PROBLEM,
    Severity.WARNING: Status.WARNING,
    Severity.NOTE: Status.UNKNOWN,
}


class BenchChecks(NamedTuple):
    """What came of asking the bench."""

    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    """What is wrong with the inventory, or why there is none."""
    devices: int
    """How many devices are listed."""


def check_sdk(
    try_sdk: Callable[[], tuple[Finding, ...]],
) -> tuple[tuple[CheckResult, ...], tuple[Finding, ...]]:
    """Load the SDK: the checks, and what is wrong."""
    findings = try_sdk()
    return _results(findings) or (ok(SDK, "pyk4a and its native libraries can be loaded"),), findings


def check_bench(rig: Rig | None, survey: Survey | None, *, allow_extra: bool) -> BenchChecks:
    """Ask the bench for its devices and judge them; None where there is no SDK to ask with."""
    if survey is None:
        told = "without the SDK nobody can ask the devices"
        return BenchChecks((unknown(DEVICES, told, "mend the SDK first"),), (), 0)
    try:
        found = tuple(survey())
    except BenchError as error:
        return BenchChecks(_results(error.findings), error.findings, 0)
    findings = _inventory(rig, found, allow_extra=allow_extra)
    return BenchChecks((*_devices(rig, found, findings), *_firmware(rig, found)), findings, len(found))


def _inventory(rig: Rig | None, found: Sequence[Discovered], *, allow_extra: bool) -> tuple[Finding, ...]:
    if rig is not None:
        return compare_inventory(rig, found, allow_extra=allow_extra)
    return tuple(device.problem for device in found if device.problem is not None)


def _devices(
    rig: Rig | None, found: Sequence[Discovered], findings: Sequence[Finding]
) -> tuple[CheckResult, ...]:
    if rig is None and not found:
        return (warning(DEVICES, "no device is connected"),)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return _results(findings)
    if rig is None:
        serials = ", ".join(device.serial or "?" for device in found)
        return (ok(DEVICES, f"connected and not in use elsewhere: {serials}"),)
    return (ok(DEVICES, f"every device of `{rig.name}` is connected"), *_results(findings))


def _firmware(rig: Rig | None, found: Sequence[Discovered]) -> tuple[CheckResult, ...]:
    names = {device.serial: device.name for device in rig.devices} if rig else {}
    findings = (*judge_firmware(found, names), *compare_firmware(found))
    told = [device.firmware for device in found if device.firmware is not None]
    if findings or not told:
        return _results(findings)
    versions = sorted({firmware_text(firmware) for firmware in told})
    return (ok(FIRMWARE, f"recent, and the same on all: {'; '.join(versions)}"),)


def _results(findings: Iterable[Finding]) -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult(
            name=finding.code,
            status=_STATUSES[finding.severity],
            device=finding.device,
            what=finding.what,
            remedy=finding.remedy,
        )
        for finding in findings
    )

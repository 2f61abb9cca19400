"""Whether the devices' firmware is recent, and the same on all."""

from __future__ import annotations

from collections.abc import Iterable

from kinect_sync.director.preflight import compare_firmware, firmware_of
from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, results_of
from kinect_sync.findings import model as declare
from kinect_sync.rig.hardware import hardware_of
from kinect_sync.survey.firmware import firmware_text, judge_firmware

FIRMWARE = declare.note(
    "firmware",
    "The devices' firmware, where it is recent and the same on all; else other codes say what is wrong.",
    None,
)


def run(it: Examination) -> Iterable[CheckResult]:
    """Judge the firmware of each device that told it."""
    found = it.bench.devices or ()
    names = {device.serial: device.name for device in it.rig.devices} if it.rig else {}
    told = firmware_of(found)
    findings = (*judge_firmware(found, names), *compare_firmware(told, hardware_of(*told)))
    if findings or not told:
        return results_of(findings)
    versions = sorted({firmware_text(firmware) for firmware in told.values()})
    return (ok(FIRMWARE, f"recent, and the same on all: {'; '.join(versions)}"),)


CHECK = check.Check("firmware", check.DEVICES, 20, run)

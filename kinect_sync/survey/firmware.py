"""Judges the firmware of each device on the bench: too old, or not told.

How old is too old stands in the profile of each hardware.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kinect_sync.devices.port import Discovered
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import FIRMWARE_OLD, FIRMWARE_UNKNOWN
from kinect_sync.readings import Firmware
from kinect_sync.rig.hardware import FirmwareNeeds, hardware_of

_PARTS = tuple(Firmware.model_fields)


def judge_firmware(devices: Sequence[Discovered], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """Find old and unreadable firmware; `names` are the rig's names by serial number."""
    known = [
        (names.get(serial, serial), device.firmware, hardware_of(serial).profile.firmware)
        for device in devices
        if (serial := device.serial)
    ]
    judged = [(name, firmware, needs) for name, firmware, needs in known if needs is not None]
    others = [name for name, _, needs in known if needs is None]
    silent = [name for name, firmware, _ in judged if firmware is None]
    return (
        *(finding for name, firmware, needs in judged if firmware for finding in _old(name, firmware, needs)),
        *([_untold(silent)] if silent else []),
        *([_not_judged(others)] if others else []),
    )


def firmware_text(firmware: Firmware) -> str:
    """Write all three versions: `color 1.6.110, depth 1.6.80, audio 1.6.14`."""
    return ", ".join(f"{part} {getattr(firmware, part)}" for part in _PARTS)


def _untold(names: Sequence[str]) -> Finding:
    return FIRMWARE_UNKNOWN.found(f"the SDK does not tell the firmware of {', '.join(names)}")


def _not_judged(names: Sequence[str]) -> Finding:
    return FIRMWARE_UNKNOWN.found(
        f"ksync knows no minimum firmware for what is no Azure Kinect: {', '.join(names)}",
        remedy="compare it with the release notes of its maker, and keep it equal on all devices",
    )


def _old(name: str, firmware: Firmware, needs: FirmwareNeeds) -> Iterator[Finding]:
    for part in _PARTS:
        version, minimum, opens = (getattr(each, part) for each in (firmware, needs.least, needs.opens))
        if _number(version) >= _number(minimum):
            continue
        why = f"below {opens} the SDK refuses to open it" if _number(version) < _number(opens) else ""
        yield FIRMWARE_OLD.found(
            f"its {part} firmware is {version}; {why or f'synchronized recording needs {minimum}'}",
            device=name,
            remedy=f"update it with `{needs.tool} -u` to {needs.bundle} or later, and replug it",
        )


def _number(version: str) -> tuple[int, ...]:
    """Turn `1.6.110` into numbers that compare; what is not a number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))

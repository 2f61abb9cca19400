"""Judges the firmware of each device on the bench: too old, or not told.

The SDK (`depth.c`) opens no device below color 1.5.92, depth 1.5.66, audio 1.5.14, and warns below 1.6.110,
1.6.79, 1.6.14: versions in which a subordinate was off by 100 µs, or did not start again with color off
(SDK issues 529, 818, 971).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from kinect_sync.devices.port import Discovered, Firmware
from kinect_sync.findings import Finding, Severity

OPENS = Firmware(color="1.5.92", depth="1.5.66", audio="1.5.14")
"""What the SDK opens at all."""
MINIMUM = Firmware(color="1.6.110", depth="1.6.79", audio="1.6.14")
"""What synchronized recording needs."""
_PARTS = ("color", "depth", "audio")
_UPDATE = "update it with `AzureKinectFirmwareTool -u` to 1.6.110080014 or later, and replug it"


def judge_firmware(devices: Sequence[Discovered], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """Find old and unreadable firmware; `names` are the rig's names by serial number."""
    known = [(names.get(device.serial, device.serial), device) for device in devices if device.serial]
    kinects = [(name, device.firmware) for name, device in known if is_kinect(device)]
    others = [name for name, device in known if not is_kinect(device)]
    silent = [name for name, firmware in kinects if firmware is None]
    return (
        *(finding for name, firmware in kinects if firmware for finding in _old(name, firmware)),
        *([_untold(silent)] if silent else []),
        *([_not_judged(others)] if others else []),
    )


def is_kinect(device: Discovered) -> bool:
    """Tell an Azure Kinect by its serial number of 12 digits: other hardware counts versions otherwise."""
    return re.fullmatch(r"[0-9]{12}", device.serial or "") is not None


def firmware_text(firmware: Firmware) -> str:
    """Write all three versions: `color 1.6.110, depth 1.6.80, audio 1.6.14`."""
    return ", ".join(f"{part} {getattr(firmware, part)}" for part in _PARTS)


def _untold(names: Sequence[str]) -> Finding:
    return Finding(
        code="firmware-unknown",
        severity=Severity.NOTE,
        what=f"the SDK does not tell the firmware of {', '.join(names)}",
        remedy="look at it with `AzureKinectFirmwareTool -q`",
    )


def _not_judged(names: Sequence[str]) -> Finding:
    return Finding(
        code="firmware-unknown",
        severity=Severity.NOTE,
        what=f"ksync knows no minimum firmware for what is no Azure Kinect: {', '.join(names)}",
        remedy="compare it with the release notes of its maker, and keep it equal on all devices",
    )


def _old(name: str, firmware: Firmware) -> Iterator[Finding]:
    for part in _PARTS:
        version, minimum, opens = (getattr(each, part) for each in (firmware, MINIMUM, OPENS))
        if _number(version) >= _number(minimum):
            continue
        why = f"below {opens} the SDK refuses to open it" if _number(version) < _number(opens) else ""
        yield Finding(
            code="firmware-old",
            device=name,
            what=f"its {part} firmware is {version}; {why or f'synchronized recording needs {minimum}'}",
            remedy=_UPDATE,
        )


def _number(version: str) -> tuple[int, ...]:
    """Turn `1.6.110` into numbers that compare; what is not a number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))

"""Every connected device, and how that compares with the rig."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Literal

from kinect_sync.devices.port import Discovered
from kinect_sync.director.preflight import compare_firmware, compare_inventory, firmware_of
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import DEVICE_CLOSED, NO_DEVICES
from kinect_sync.findings.hosts import DEVICE_ELSEWHERE
from kinect_sync.readings import Firmware, Jacks
from kinect_sync.rig.hardware import hardware_of
from kinect_sync.rig.model import HERE, RigFields
from kinect_sync.survey.firmware import judge_firmware
from kinect_sync.survey.wiring import Place, place_of
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of


class ListedDevice(Value):
    """One connected device."""

    index: int
    """The SDK's index on its computer: the order of discovery, another one after each replugging."""
    host: str | None = None
    """The other host that it is connected to; null for the computer of the command."""
    serial: str | None
    """Null where the device could not be opened."""
    name: str | None
    """The rig's name for it, where there is a rig that has it."""
    jacks: Jacks | None
    """What its plug detectors say; null where they could not be read."""
    firmware: Firmware | None
    """Its firmware; null where that could not be read."""
    place: Place
    """Where its plugs put it, which suggests its role."""
    problem: Finding | None
    """Why it could not be opened or read."""


class InventoryReport(Report):
    """What `ksync devices --json` prints."""

    report: Literal["inventory"] = "inventory"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """`good`: every device answers, and they are the rig's where there is one."""
    rig: str | None = None
    """Name of the rig; null where there was none to compare with."""
    devices: tuple[ListedDevice, ...] = ()
    """Every connected device, host by host, in the SDK's order."""
    missing: tuple[str, ...] = ()
    """Names of the rig's devices that were not found."""


def report_inventory(
    bench: Sequence[Discovered],
    rig: RigFields | None,
    *,
    allow_extra: bool = False,
    on_usb: Collection[str] = (),
) -> InventoryReport:
    """List a bench, and compare it both ways with a rig where there is one.

    `on_usb` are the serials that the USB bus tells, also of devices that the SDK cannot open.
    """
    names: dict[str, str] = {device.serial: device.name for device in rig.devices} if rig else {}
    present = {device.serial for device in bench}
    compared = compare_inventory(rig, bench, allow_extra=allow_extra, on_usb=on_usb) if rig else ()
    versions = firmware_of(bench)
    problems = [device.problem for device in bench if device.problem]
    findings = (
        *compared,
        *_elsewhere(rig, bench),
        *(problem for problem in problems if problem not in compared),
        *(_closed(serial) for serial in _closed_serials(bench, names, on_usb)),
        *judge_firmware(bench, names),
        *compare_firmware(versions, hardware_of(*versions)),
        *([_nothing()] if not bench and not rig else []),
    )
    return InventoryReport(
        verdict=verdict_of(findings),
        rig=rig.name if rig else None,
        devices=tuple(
            ListedDevice(
                index=device.index,
                host=device.host,
                serial=device.serial,
                name=names.get(device.serial or ""),
                jacks=device.jacks,
                firmware=device.firmware,
                place=place_of(device.jacks),
                problem=device.problem,
            )
            for device in bench
        ),
        missing=tuple(name for serial, name in names.items() if serial not in present),
        findings=findings,
    )


def _elsewhere(rig: RigFields | None, bench: Sequence[Discovered]) -> Iterator[Finding]:
    """Yield each device that is connected to another host than the rig says."""
    hosts = {device.serial: device.host or HERE for device in bench}
    for device in rig.devices if rig else ():
        found = hosts.get(device.serial)
        if None not in (found, device.host) and found != device.host:
            yield DEVICE_ELSEWHERE.found(
                f"the rig says that it is at `{device.host}`, and it answers at `{found}`", device=device.name
            )


def _closed_serials(
    bench: Sequence[Discovered], names: Collection[str], on_usb: Collection[str]
) -> list[str]:
    """Return the serials on the bus that the SDK did not tell; those of the rig are told as missing."""
    opened = {device.serial for device in bench}
    return sorted(serial for serial in on_usb if serial not in opened and serial not in names)


def _closed(serial: str) -> Finding:
    return DEVICE_CLOSED.found(
        "the USB bus lists it, and the SDK cannot open it: another program uses it, or you may not",
        device=serial,
    )


def _nothing() -> Finding:
    return NO_DEVICES.found("no device is connected")

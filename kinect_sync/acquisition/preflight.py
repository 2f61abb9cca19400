"""What can be known before a camera is started: the inventory, the jacks, the disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kinect_sync.devices.port import Controls, Discovered, Jacks
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.topology import cables, expected_jacks


def compare_inventory(
    rig: RigFields, bench: Sequence[Discovered], *, allow_extra: bool = False
) -> tuple[Finding, ...]:
    """Compare the devices of the rig with those of the bench, both ways."""
    present = {device.serial for device in bench if device.serial}
    wanted = {device.serial for device in rig.devices}
    unopened = [device.problem for device in bench if device.serial is None and device.problem]
    missing = [_missing(device, bench) for device in rig.devices if device.serial not in present]
    extra = [_unexpected(serial, allowed=allow_extra) for serial in sorted(present - wanted)]
    # A device that can't be opened matters only where one of the rig's is missing.
    return (*missing, *(unopened if missing else ()), *extra)


def check_jacks(rig: RigFields, jacks: dict[str, Jacks]) -> tuple[Finding, ...]:
    """Compare the plugs that the detectors see with those that the topology needs, by device name."""
    expected = expected_jacks(rig)
    known = [device for device in rig.devices if device.name in jacks and _tells(jacks[device.name])]
    blind = [device.name for device in rig.devices if device.name in jacks and device not in known]
    found = [
        finding
        for device in known
        for finding in _check_device(rig, device, jacks[device.name], expected[device.name])
    ]
    return (*found, *([_unknown(blind)] if blind else []))


def compare_controls(controls: Mapping[str, Controls]) -> tuple[Finding, ...]:
    """Compare the exposure that each device reports with the others': timestamps are centres of exposure."""
    exposures = {name: each.exposure_us for name, each in controls.items()}
    if len(set(exposures.values())) < 2:
        return ()
    told = ", ".join(f"`{name}` {exposure}" for name, exposure in exposures.items())
    return (
        Finding(
            code="exposure-differs",
            severity=Severity.WARNING,
            what=f"devices were given one exposure and report different ones, in µs: {told}",
            remedy="replug the devices that differ; different exposures shift images against each other",
        ),
    )


def _tells(jacks: Jacks) -> bool:
    return jacks.sync_in is not None and jacks.sync_out is not None


def _check_device(
    rig: RigFields, device: DeviceSpec, seen: Jacks, expected: tuple[bool, bool]
) -> Iterable[Finding]:
    for jack, plugged, wanted in (
        ("sync in", seen.sync_in, expected[0]),
        ("sync out", seen.sync_out, expected[1]),
    ):
        if wanted and not plugged:
            yield _unplugged(rig, device, jack)
        elif plugged and not wanted:
            yield _plugged(rig, device, jack)


def _missing(device: DeviceSpec, bench: Sequence[Discovered]) -> Finding:
    seen = ", ".join(sorted(each.serial for each in bench if each.serial)) or "none"
    return Finding(
        code="device-missing",
        device=device.name,
        what=f"no device with serial {device.serial} is connected (connected: {seen})",
        remedy="check its power and USB cable, or correct the serial in the rig file",
    )


def _unexpected(serial: str, *, allowed: bool) -> Finding:
    return Finding(
        code="device-unexpected",
        severity=Severity.NOTE if allowed else Severity.ERROR,
        what=f"the device with serial {serial} is connected, but not in the rig",
        remedy="add it to the rig file, unplug it, or allow it with --allow-extra",
    )


def _unknown(names: Sequence[str]) -> Finding:
    return Finding(
        code="jack-unknown",
        severity=Severity.NOTE,
        what=f"this hardware cannot tell whether its sync jacks are plugged: {', '.join(names)}",
        remedy="nothing to do: the start proves the cables by behaviour, silent before the master, then not",
    )


def _unplugged(rig: RigFields, device: DeviceSpec, jack: str) -> Finding:
    cable = next(
        (
            each
            for each in cables(rig)
            if device.name == (each.to_device if jack == "sync in" else each.from_device)
        ),
        None,
    )
    return Finding(
        code="jack-unplugged",
        device=device.name,
        what=f"nothing is plugged into {jack}",
        remedy=f"plug a cable {cable}",
    )


def _plugged(rig: RigFields, device: DeviceSpec, jack: str) -> Finding:
    fatal = jack == "sync in"
    return Finding(
        code="jack-plugged",
        severity=Severity.ERROR if fatal else Severity.WARNING,
        device=device.name,
        what=f"something is plugged into {jack}, which a {rig.topology} leaves empty here",
        remedy=f"unplug it from `{device.name}` {jack}, or correct the order of the devices in the rig file",
    )

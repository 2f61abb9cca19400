"""What can be known before a camera is started: the inventory, the jacks, the disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from kinect_sync.devices.port import Discovered
from kinect_sync.director.device_state import DeviceState
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.bench import (
    DEVICE_CLOSED,
    DEVICE_MISSING,
    DEVICE_UNEXPECTED,
    FIRMWARE_DIFFERS,
    JACK_PLUGGED,
    JACK_UNKNOWN,
    JACK_UNPLUGGED,
    JACK_WRONG,
)
from kinect_sync.findings.start import CONTROLS_DIFFER, EXPOSURE_DIFFERS
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import DeviceSettings, DeviceSpec, RigFields
from kinect_sync.rig.topology import Cable, cables, expected_jacks


def compare_inventory(
    rig: RigFields,
    bench: Sequence[Discovered],
    *,
    allow_extra: bool = False,
    on_usb: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Compare the devices of the rig with those of the bench, both ways.

    `on_usb` are serials that the USB bus tells: a device among them is no absent one, whatever the SDK says.
    """
    present = {device.serial for device in bench if device.serial}
    wanted = {device.serial for device in rig.devices}
    unopened = [device.problem for device in bench if device.serial is None and device.problem]
    missing = [_missing(device, bench, on_usb) for device in rig.devices if device.serial not in present]
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


def compare_devices(states: Sequence[DeviceState], hardware: Hardware) -> tuple[Finding, ...]:
    """Compare what open devices say of themselves: what differs moves images against each other."""
    controls = {state.name: state.controls for state in states if state.controls}
    firmware = {state.name: state.firmware for state in states if state.firmware}
    settings = {state.name: state.settings for state in states}
    return (*compare_controls(controls, settings), *compare_firmware(firmware, hardware))


def compare_controls(
    controls: Mapping[str, Controls], wanted: Mapping[str, DeviceSettings]
) -> tuple[Finding, ...]:
    """Compare the controls that devices report: exposure moves timestamps, the others what images look like.

    `wanted` is what each was to be set to, by name: what the rig itself makes different is no finding.
    """
    return tuple(
        kind.found(f"devices were {done} and report different ones{unit}: {told}")
        for field, kind, done, unit in _COMPARED
        for told in _differences(field, controls, wanted)
    )


_COMPARED = (
    ("exposure_us", EXPOSURE_DIFFERS, "given one exposure", ", in µs"),
    ("gain", CONTROLS_DIFFER, "to have one gain", ""),
    ("white_balance_k", CONTROLS_DIFFER, "to have one white balance", ", in K"),
)


def _differences(
    field: str, controls: Mapping[str, Controls], wanted: Mapping[str, DeviceSettings]
) -> Iterator[str]:
    """Tell what devices report of one control, of those that were wanted alike and are not."""
    for wish in dict.fromkeys(getattr(wanted[name], field) for name in controls):
        found = {
            name: getattr(each, field)
            for name, each in controls.items()
            if getattr(wanted[name], field) == wish
        }
        if len(set(found.values())) > 1:
            yield ", ".join(f"`{name}` {'auto' if value is None else value}" for name, value in found.items())


def firmware_of(bench: Sequence[Discovered]) -> dict[str, Firmware]:
    """Return the firmware of each device that told it, by serial."""
    return {each.serial: each.firmware for each in bench if each.serial and each.firmware}


def compare_firmware(versions: Mapping[str, Firmware], hardware: Hardware) -> tuple[Finding, ...]:
    """Compare the firmware of devices, by name or serial: another takes its exposures at other moments."""
    if len(set(versions.values())) < 2:
        return ()
    told = ", ".join(
        f"{device} color {firmware.color} depth {firmware.depth} audio {firmware.audio}"
        for device, firmware in versions.items()
    )
    needs = hardware.profile.firmware
    remedy = f"bring all to the newest with {needs.tool}; {needs.bundle} or later" if needs else None
    return (FIRMWARE_DIFFERS.found(f"the devices do not run the same firmware: {told}", remedy=remedy),)


def _tells(jacks: Jacks) -> bool:
    return jacks.sync_in is not None and jacks.sync_out is not None


def _check_device(
    rig: RigFields, device: DeviceSpec, seen: Jacks, expected: tuple[bool, bool]
) -> Iterable[Finding]:
    if (seen.sync_in, seen.sync_out) == expected[::-1] and expected[0] != expected[1]:
        yield _wrong_jack(rig, device, expected)
        return
    for jack, plugged, wanted in (
        ("sync in", seen.sync_in, expected[0]),
        ("sync out", seen.sync_out, expected[1]),
    ):
        if wanted and not plugged:
            yield _unplugged(rig, device, jack)
        elif plugged and not wanted:
            yield _plugged(rig, device, jack)


def _missing(device: DeviceSpec, bench: Sequence[Discovered], on_usb: Collection[str]) -> Finding:
    """Say that a device is not there; the SDK tells serials only of those that it can open."""
    seen = ", ".join(sorted(each.serial for each in bench if each.serial)) or "none"
    if device.serial in on_usb:
        return DEVICE_CLOSED.found(
            f"the USB bus lists {device.serial}, and the SDK cannot open it: another program uses it, "
            "or you may not",
            device=device.name,
        )
    closed = [str(each.index) for each in bench if each.serial is None]
    if not closed:
        what = f"no device with serial {device.serial} is connected (connected: {seen})"
        return DEVICE_MISSING.found(what, device=device.name)
    what = (
        f"no device that can be opened has the serial {device.serial} (opened: {seen}): it is absent, "
        f"or the one at index {' or '.join(closed)}, which does not tell its serial"
    )
    remedy = "see what is said of that device; if it is another one, check this one's power and USB cable"
    return DEVICE_MISSING.found(what, device=device.name, remedy=remedy)


def _unexpected(serial: str, *, allowed: bool) -> Finding:
    return DEVICE_UNEXPECTED.found(
        f"the device with serial {serial} is connected, but not in the rig",
        severity=Severity.NOTE if allowed else None,
    )


def _unknown(names: Sequence[str]) -> Finding:
    return JACK_UNKNOWN.found(
        f"this hardware cannot tell whether its sync jacks are plugged: {', '.join(names)}"
    )


def _unplugged(rig: RigFields, device: DeviceSpec, jack: str) -> Finding:
    return JACK_UNPLUGGED.found(
        f"nothing is plugged into {jack}",
        device=device.name,
        remedy=f"plug a cable {_cable_at(rig, device, jack)}",
    )


def _wrong_jack(rig: RigFields, device: DeviceSpec, expected: tuple[bool, bool]) -> Finding:
    """Say that the one plug of a device is in its other jack: one mistake, not two."""
    wrong, right = ("sync out", "sync in") if expected[0] else ("sync in", "sync out")
    return JACK_WRONG.found(
        f"a plug is in {wrong} and none in {right}: it is in the wrong jack",
        device=device.name,
        remedy=f"move the plug from `{device.name}` {wrong} to {right}: "
        f"the cable runs {_cable_at(rig, device, right)}",
    )


def _cable_at(rig: RigFields, device: DeviceSpec, jack: str) -> Cable | None:
    """Return the cable of the topology that ends in a jack."""
    ends = ((cable.to_device if jack == "sync in" else cable.from_device, cable) for cable in cables(rig))
    return next((cable for name, cable in ends if name == device.name), None)


def _plugged(rig: RigFields, device: DeviceSpec, jack: str) -> Finding:
    fatal = jack == "sync in"
    return JACK_PLUGGED.found(
        f"something is plugged into {jack}, which a {rig.topology} leaves empty here",
        device=device.name,
        severity=Severity.ERROR if fatal else None,
        remedy=f"unplug it from `{device.name}` {jack}, or correct the order of the devices in the rig file",
    )

"""Names and serials: each device is one file and one serial number."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.files import is_reserved
from kinect_sync.findings.rig import (
    DUPLICATE_NAME,
    DUPLICATE_SERIAL,
    RESERVED_NAME,
    SERIAL_NOT_12_DIGITS,
    SERIAL_NOT_ALPHANUMERIC,
)
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.problem import Location, Problem, shown
from kinect_sync.rig.topology import TRIGGER


def names_differ(rig: RigFields) -> Iterator[Problem]:
    """Two names that differ in case only are one file on Windows and macOS."""
    seen: dict[str, int] = {}
    for index, device in enumerate(rig.devices):
        first = seen.setdefault(device.name.casefold(), index)
        if first != index:
            other = rig.devices[first].name
            same = "taken" if other == device.name else f"`{other}` in other case: one file for both"
            place = ("devices", index, "name")
            what = f"the name `{device.name}` is {same}"
            yield Problem(place, DUPLICATE_NAME, what)


def serials_differ(rig: RigFields) -> Iterator[Problem]:
    """One serial is one device, and a device can be opened only once."""
    seen: dict[str, int] = {}
    for index, device in enumerate(rig.devices):
        first = seen.setdefault(device.serial.strip().casefold(), index)
        if first != index:
            what = f"the serial {shown(device.serial)} is also that of devices[{first}]"
            yield Problem(("devices", index, "serial"), DUPLICATE_SERIAL, what)


def rig_name_is_a_file_name(rig: RigFields) -> Iterator[Problem]:
    """Takes are named after the rig."""
    yield from _reserved(("name",), rig.name)


def device_name_is_a_file_name(_rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """A device's file is named after it; `trigger` is the other end of a cable."""
    place: Location = ("devices", index, "name")
    yield from _reserved(place, device.name)
    if device.name.casefold() == TRIGGER:
        what = f"`{device.name}` is the word for the external trigger in `cables:`"
        yield Problem(place, RESERVED_NAME, what)


def _reserved(place: Location, name: str) -> Iterator[Problem]:
    if is_reserved(name):
        what = f"Windows keeps the name `{name}` for itself, and cannot make a file of it"
        yield Problem(place, RESERVED_NAME, what)


def serial_is_complete(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """The SDK compares serials as text: 12 ASCII digits on an Azure Kinect."""
    place: Location = ("devices", index, "serial")
    serial, digits = device.serial, rig.hardware.profile.serial_digits
    if rig.hardware.profile.has_serial(serial):
        return
    if digits is None:
        what = f'the serial "{shown(serial)}" is not made of letters and digits'
        yield Problem(place, SERIAL_NOT_ALPHANUMERIC, what)
        return
    remedy = "copy it from the label of the device"
    what = f'the serial "{shown(serial)}" does not have {digits} digits'
    if serial.isascii() and serial.isdecimal() and len(serial) < digits:
        remedy = f'write "{serial.zfill(digits)}" if leading zeros were lost, else {remedy}'
    elif serial.isascii() and serial.isalnum():
        remedy += ", or write `hardware: femto` if it is an Orbbec device"
    yield Problem(place, SERIAL_NOT_12_DIGITS, what, remedy)


RIG_RULES = (names_differ, serials_differ, rig_name_is_a_file_name)
DEVICE_RULES = (device_name_is_a_file_name, serial_is_complete)

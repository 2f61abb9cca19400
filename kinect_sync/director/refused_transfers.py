"""Why a device whose cameras were started can't deliver: no USB transfer of it could be submitted.

Starting succeeds all the same, and the SDK's log alone tells, by libusb's name of the error
(`usbstreaming.c`). Which names there are, and what they stand for, is in `linux_usbfs.c` and
`windows_winusb.c` of libusb. Before 1.0.24, the one in pyk4a-bundle among them, Linux has one name for all
but a device that is gone, IO, and the system's number of the error stands in a line of libusb's own.
"""

from __future__ import annotations

import errno
from typing import NamedTuple

from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.sdk_words import RefusedTransfers
from kinect_sync.findings import Finding
from kinect_sync.findings.sdk import TRANSFERS_REFUSED
from kinect_sync.host.usbfs import MEGABYTES_EACH, PARAMETER
from kinect_sync.rig.model import HERE, DeviceSettings, RigFields

_REPLUG = "unplug its power and USB, plug them in again, and start again"
_MEMORY_USED_UP = "the kernel's memory for USB transfers is used up"


class _Cause(NamedTuple):
    what: str
    remedy: str


_CAUSES = {
    "NO_DEVICE": _Cause("it left the bus", "check its USB cable and power, replug it, and start again"),
    "ACCESS": _Cause(
        "this program may not use its USB interface",
        "look at `ksync doctor`, which tells who may use it on Linux; on Windows, see in the device manager "
        "that no other driver was installed for it",
    ),
    "BUSY": _Cause(
        "another transfer of it is still under way", f"end other programs that use the camera; {_REPLUG}"
    ),
    "NOT_FOUND": _Cause("its USB interface is not open any more", _REPLUG),
    "PIPE": _Cause("the device has halted its stream", _REPLUG),
    "TIMEOUT": _Cause("the device does not answer", _REPLUG),
}
"""By libusb's name of the error."""


def transfers_refused(rig: RigFields, state: DeviceState, refused: RefusedTransfers) -> Finding:
    """Name a device of which the SDK's log says that it can't deliver, the cause, and what to do."""
    host = next((each.host for each in rig.devices if each.name == state.name), None)
    beside = sum(each.host == host for each in rig.devices)
    where = "" if host in (None, HERE) else f" on `{host}`"
    cause = _cause(refused, MEGABYTES_EACH * beside, where)
    what = (
        f"its cameras were started, and no USB transfer of its {_streams(state.settings)} could be submitted"
    )
    return TRANSFERS_REFUSED.found(
        f"{what}{_told(refused)}: {cause.what}", device=state.name, remedy=cause.remedy
    )


def _cause(refused: RefusedTransfers, megabytes: int, where: str) -> _Cause:
    """Return what an error stands for; the memory is that of all devices of one host."""
    raise_it = (
        f"raise it{where}: echo {megabytes} | sudo tee {PARAMETER}; `ksync doctor` tells how for every boot"
    )
    name = refused.error.removeprefix("LIBUSB_ERROR_")
    if name == "NO_MEM" or refused.errno == errno.ENOMEM:
        return _Cause(_MEMORY_USED_UP, raise_it)
    if name in _CAUSES:
        return _CAUSES[name]
    if name in ("", "IO") and refused.errno is None:
        return _Cause(
            f"most often {_MEMORY_USED_UP}",
            f"see with `ksync doctor` whether `usb-memory` is too small: {raise_it}; if it is not, {_REPLUG}",
        )
    return _Cause("the system does not take them", f"{_REPLUG}; if that does not help, try another port")


def _told(refused: RefusedTransfers) -> str:
    number = "" if refused.errno is None else f"errno {refused.errno}"
    told = ", ".join(filter(None, (refused.error, number)))
    return f" ({told})" if told else ""


def _streams(settings: DeviceSettings) -> str:
    """Name what sends over libusb: color does not, and the log does not tell depth from the IMU."""
    return " or its ".join(
        name for name, runs in (("depth camera", settings.has_ir), ("IMU", settings.imu)) if runs
    )

"""The one table that turns what the SDK reports, mostly nothing, into something an operator can act on.

libk4a says why it failed only in its log; pyk4a raises an exception with an empty message. So each place
that calls the SDK names its trouble here, and no empty message gets past the adapter.
"""

from __future__ import annotations

from typing import NamedTuple

from kinect_sync.errors import (
    BenchError,
    DeviceBusy,
    DeviceError,
    DeviceLost,
    DeviceNotFound,
    ImuEnded,
    SdkMissing,
    StartRefused,
)
from kinect_sync.findings import Finding, Kind
from kinect_sync.findings.bench import (
    DEVICE_BUSY,
    DEVICE_MAY_BE_BUSY,
    DEVICE_NOT_FOUND,
    JACKS_UNREADABLE,
    NO_DEVICES,
    SERIAL_UNREADABLE,
)
from kinect_sync.findings.sdk import (
    CALIBRATION_UNREADABLE,
    CONTROL_NOT_TAKEN,
    CONTROL_REFUSED,
    CONTROL_UNREADABLE,
    IMU_ENDED,
    IMU_REFUSED,
    NOT_STARTED,
    SDK_LIBRARY_BROKEN,
    SDK_NOT_INSTALLED,
    SDK_NUMPY_2,
    SDK_UNSUITABLE,
    START_JACKS_UNREADABLE,
    START_NO_DISPLAY,
    START_NO_SYNC_IN,
    START_NO_SYNC_OUT,
    START_REFUSED,
    START_USB_MEMORY,
    STREAM_ENDED,
)


class Trouble(NamedTuple):
    """What a failure amounts to here: the error to raise, and the sentence with its facts."""

    error: type[BenchError]
    what: str
    remedy: str | None = None
    """What to do, where it needs a fact; else what the kind says."""


TROUBLES = {
    SDK_NOT_INSTALLED: Trouble(SdkMissing, "pyk4a is not installed, and a Kinect needs it"),
    SDK_NUMPY_2: Trouble(
        SdkMissing, "pyk4a is built against NumPy 1 and cannot run with the installed NumPy {version}"
    ),
    SDK_LIBRARY_BROKEN: Trouble(
        SdkMissing, "pyk4a is installed, but its native libraries cannot be loaded: {reason}"
    ),
    SDK_UNSUITABLE: Trouble(SdkMissing, "the installed pyk4a {version} lacks {names}, which ksync relies on"),
    NO_DEVICES: Trouble(DeviceNotFound, "no Kinect is connected, {serial} neither"),
    DEVICE_NOT_FOUND: Trouble(
        DeviceNotFound, "no connected Kinect has the serial {serial}; there are {found}"
    ),
    DEVICE_BUSY: Trouble(
        DeviceBusy,
        "the SDK cannot open the device at index {indices}: another program uses it, permission is missing, "
        "or it is still starting up",
    ),
    DEVICE_MAY_BE_BUSY: Trouble(
        DeviceBusy,
        "the Kinect with the serial {serial} could not be opened: the device at index {indices} is in use by "
        "another program, lacks permission, or does not answer; the others are {found}",
    ),
    SERIAL_UNREADABLE: Trouble(
        DeviceBusy, "the device at index {indices} opens, but does not tell its serial"
    ),
    JACKS_UNREADABLE: Trouble(DeviceError, "the state of the sync jacks cannot be read"),
    CALIBRATION_UNREADABLE: Trouble(DeviceError, "the factory calibration cannot be read"),
    CONTROL_REFUSED: Trouble(DeviceError, "the color camera refuses {control} = {value}"),
    CONTROL_UNREADABLE: Trouble(
        DeviceError,
        "{control} {done}, but reading it back fails, so nobody knows what the camera uses",
    ),
    CONTROL_NOT_TAKEN: Trouble(DeviceError, "{control} was set to {value}, but the camera reports {found}"),
    START_NO_SYNC_IN: Trouble(
        StartRefused,
        "the SDK refused to start it as a subordinate: nothing is plugged into its sync in jack",
    ),
    START_NO_SYNC_OUT: Trouble(
        StartRefused, "the SDK refused to start it as the master: nothing is plugged into its sync out jack"
    ),
    START_JACKS_UNREADABLE: Trouble(
        StartRefused, "the SDK refused to start it, and the state of its sync jacks cannot be read"
    ),
    START_REFUSED: Trouble(
        StartRefused,
        "the SDK refused to start the cameras without saying why; the usual causes are another program that "
        "uses the camera, a USB controller shared with other devices, or a missing depth engine",
    ),
    START_NO_DISPLAY: Trouble(StartRefused, "the depth engine needs OpenGL 4.4, and DISPLAY is not set"),
    START_USB_MEMORY: Trouble(
        StartRefused,
        "the kernel allows only {megabytes} MB for USB transfers, too little for several devices",
        "write a larger number to {path}, for instance 32 per device",
    ),
    IMU_ENDED: Trouble(ImuEnded, "the SDK reports that the stream of its IMU has ended; its cameras go on"),
    IMU_REFUSED: Trouble(StartRefused, "the SDK refused to start the IMU"),
    NOT_STARTED: Trouble(DeviceError, "its cameras do not run"),
    STREAM_ENDED: Trouble(
        DeviceLost, "the SDK reports that the stream has ended: unplugged, out of power, or a USB error"
    ),
}


def describe(kind: Kind, device: str | None = None, **facts: object) -> Finding:
    """Return the finding for a trouble, with the facts of the case in it."""
    trouble = TROUBLES[kind]
    remedy = trouble.remedy.format(**facts) if trouble.remedy else None
    return kind.found(trouble.what.format(**facts), device=device, remedy=remedy)


def error(kind: Kind, device: str | None = None, **facts: object) -> BenchError:
    """Return the exception for a trouble, ready to be raised."""
    return TROUBLES[kind].error(describe(kind, device, **facts))

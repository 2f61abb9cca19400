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
    SdkMissing,
    StartRefused,
)
from kinect_sync.findings import Finding, Severity


class Trouble(NamedTuple):
    """What a failure means: the error to raise, the sentence, and the next step."""

    error: type[BenchError]
    what: str
    remedy: str
    severity: Severity = Severity.ERROR


_INSTALL = "install it with `pip install 'pyk4a-bundle>=1.5,<1.6'`, or use --simulate"
_REPLUG = "unplug the device's power and USB, plug them in again, and retry"
_SDK_LOG = "set K4A_ENABLE_LOG_TO_A_FILE=k4a.log and K4A_LOG_LEVEL=w, and read there what the SDK says"

TROUBLES = {
    "sdk-not-installed": Trouble(SdkMissing, "pyk4a is not installed, and a Kinect needs it", _INSTALL),
    "sdk-numpy-2": Trouble(
        SdkMissing,
        "pyk4a is built against NumPy 1 and cannot run with the installed NumPy {version}",
        "install an older one with `pip install 'numpy<2'`",
    ),
    "sdk-library-broken": Trouble(
        SdkMissing,
        "pyk4a is installed, but its native libraries cannot be loaded: {reason}",
        "reinstall with `pip install --force-reinstall 'pyk4a-bundle>=1.5,<1.6'`; with a system SDK or "
        "Orbbec's wrapper, put the folder of libk4a on LD_LIBRARY_PATH (Windows: K4A_DLL_DIR)",
    ),
    "sdk-unsuitable": Trouble(
        SdkMissing,
        "the installed pyk4a {version} lacks {names}, which ksync relies on",
        "install the release that ksync is made for with `pip install 'pyk4a-bundle>=1.5,<1.6'`",
    ),
    "no-devices": Trouble(
        DeviceNotFound,
        "no Kinect is connected, {serial} neither",
        "plug in power and USB 3; on Linux check the udev rules of the SDK (99-k4a.rules)",
    ),
    "device-not-found": Trouble(
        DeviceNotFound,
        "no connected Kinect has the serial {serial}; there are {found}",
        "correct the serial in the rig file, or plug the device in",
    ),
    "device-busy": Trouble(
        DeviceBusy,
        "the SDK cannot open the device at index {indices}: another program uses it, permission is missing, "
        "or it is still starting up",
        "close other programs that use the camera; on Linux check the udev rules of the SDK (99-k4a.rules)",
    ),
    "device-may-be-busy": Trouble(
        DeviceBusy,
        "the Kinect with the serial {serial} could not be opened: the device at index {indices} is in use by "
        "another program, lacks permission, or does not answer; the others are {found}",
        "close other programs that use the camera; on Linux check the udev rules of the SDK (99-k4a.rules)",
    ),
    "serial-unreadable": Trouble(
        DeviceBusy, "the device at index {indices} opens, but does not tell its serial", _REPLUG
    ),
    "jacks-unreadable": Trouble(DeviceError, "the state of the sync jacks cannot be read", _REPLUG),
    "calibration-unreadable": Trouble(DeviceError, "the factory calibration cannot be read", _REPLUG),
    "control-refused": Trouble(
        DeviceError, "the color camera refuses {control} = {value}", "choose a value that the camera accepts"
    ),
    "control-unreadable": Trouble(
        DeviceError,
        "{control} was set to {value}, but reading it back fails, so nobody knows what the camera uses",
        _REPLUG,
    ),
    "control-not-taken": Trouble(
        DeviceError, "{control} was set to {value}, but the camera reports {found}", _REPLUG
    ),
    "start-no-sync-in": Trouble(
        StartRefused,
        "the SDK refused to start it as a subordinate: nothing is plugged into its sync in jack",
        "plug the sync cable from the previous device into sync in",
    ),
    "start-no-sync-out": Trouble(
        StartRefused,
        "the SDK refused to start it as the master: nothing is plugged into its sync out jack",
        "plug the sync cable to the next device into sync out",
    ),
    "start-jacks-unreadable": Trouble(
        StartRefused, "the SDK refused to start it, and the state of its sync jacks cannot be read", _REPLUG
    ),
    "start-refused": Trouble(
        StartRefused,
        "the SDK refused to start the cameras without saying why; the usual causes are another program that "
        "uses the camera, a USB controller shared with other devices, or a missing depth engine",
        _SDK_LOG,
    ),
    "start-no-display": Trouble(
        StartRefused,
        "the depth engine needs OpenGL 4.4, and DISPLAY is not set",
        "run where there is a display, for instance with DISPLAY=:0",
        Severity.WARNING,
    ),
    "start-usb-memory": Trouble(
        StartRefused,
        "the kernel allows only {megabytes} MB for USB transfers, too little for several devices",
        "write a larger number to {path}, for instance 32 per device",
        Severity.WARNING,
    ),
    "imu-refused": Trouble(StartRefused, "the SDK refused to start the IMU", _REPLUG),
    "not-started": Trouble(DeviceError, "its cameras do not run", "start the device before reading it"),
    "stream-ended": Trouble(
        DeviceLost,
        "the SDK reports that the stream has ended: unplugged, out of power, or a USB error",
        "check the device's power and USB cable, then start the whole rig again",
    ),
}


def describe(code: str, device: str | None = None, **facts: object) -> Finding:
    """Return the finding for a trouble, with the facts of the case in it."""
    trouble = TROUBLES[code]
    return Finding(
        code=code,
        severity=trouble.severity,
        device=device,
        what=trouble.what.format(**facts),
        remedy=trouble.remedy.format(**facts),
    )


def error_of(*findings: Finding) -> BenchError:
    """Return the exception that the first finding's trouble calls for, with all findings in it."""
    return TROUBLES[findings[0].code].error(*findings)


def error(code: str, device: str | None = None, **facts: object) -> BenchError:
    """Return the exception for a trouble, ready to be raised."""
    return error_of(describe(code, device, **facts))

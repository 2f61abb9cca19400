"""The calls into pyk4a's C extension that are not safe as pyk4a makes them.

pyk4a 1.5.0 gives away a reference to None that it does not own wherever the SDK has nothing to give: a
missing image, no IMU sample, a failed open. Before Python 3.12 each such answer brings the process closer
to `Fatal Python error: none_dealloc`: some 8,500 half captures, under five minutes. So every None that
comes from the extension is given its reference back. Were pyk4a mended, None would merely count too high,
which harms nobody.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.devices.k4a.sdk import Sdk
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.steady import steady_ns

# pyk4a's word for "hold the GIL during the call". Released, other threads of the process live on while one
# waits for a capture.
THREAD_SAFE = False
HOLD_GIL = True

SUCCEEDED = 0
FAILED = 1

_NONE_IS_COUNTED = sys.version_info < (3, 12)


def give_none_back() -> None:
    """Restore the reference to None that the extension has just given away."""
    if _NONE_IS_COUNTED:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))


def read_serial(sdk: Sdk, kinect: Any) -> str | None:
    """Read the serial number of an open device; None where it cannot be read.

    The one call that holds the GIL: when reading fails after the size was told, pyk4a returns without
    having taken the GIL back, and the interpreter crashes. The call is short and no capture waits yet.
    """
    return sdk.extension.device_get_serialnum(kinect._device_handle, HOLD_GIL) or None


def read_capture(
    sdk: Sdk, kinect: Any, settings: DeviceSettings, timeout_ms: int
) -> tuple[int, Capture | None]:
    """Wait for a capture: the SDK's result (succeeded, failed, timed out) and the capture where there is one.

    Not `PyK4A.get_capture`: on its first call that reads the calibration as well, so that a broken
    calibration would look like a broken stream. Only images of cameras that run are asked for.
    """
    result, capsule = sdk.extension.device_get_capture(kinect._device_handle, THREAD_SAFE, max(0, timeout_ms))
    if result != SUCCEEDED:
        return result, None
    return result, view_capture(sdk, capsule, settings, host_time_ns=steady_ns())


def view_capture(sdk: Sdk, capsule: object, settings: DeviceSettings, *, host_time_ns: int) -> Capture:
    """View the images of an SDK capture without a copy; only those of cameras that run are asked for."""
    extension = sdk.extension
    return Capture(
        color=_read_color(extension, capsule) if settings.has_color else None,
        depth=_read_image(extension.capture_get_depth_image, capsule) if settings.has_depth else None,
        ir=_read_image(extension.capture_get_ir_image, capsule) if settings.has_ir else None,
        host_time_ns=host_time_ns,
    )


def _read_image(
    get_image: Callable[[object, bool], tuple[Any, int, int]],
    capsule: object,
    get_exposure_us: Callable[[object], int] | None = None,
) -> Image | None:
    """View one image of a capture, without a copy; the array keeps the SDK's buffer alive."""
    data, device_timestamp_usec, system_timestamp_nsec = get_image(capsule, THREAD_SAFE)
    if data is None:
        give_none_back()
        return None
    exposure_us = None if get_exposure_us is None else get_exposure_us(capsule) or None
    return Image(data, device_timestamp_usec, system_timestamp_nsec, exposure_us)


def _read_color(extension: Any, capsule: object) -> Image | None:
    """View the color image, which says how long it was exposed: that takes captures to settle."""
    return _read_image(extension.capture_get_color_image, capsule, extension.color_image_get_exposure_usec)


def read_imu_sample(sdk: Sdk, kinect: Any) -> tuple[int, ImuSample | None]:
    """Take one IMU sample from the SDK's queue without waiting: the SDK's result, and the sample or None.

    It fails when the stream has ended: a transfer that fails stops the queue for good (`imu.c`).
    """
    result, sample = sdk.extension.device_get_imu_sample(kinect._device_handle, THREAD_SAFE, 0)
    if sample is None:
        give_none_back()
        return result, None
    return result, ImuSample(
        temperature_c=sample["temperature"],
        acc_m_s2=sample["acc_sample"],
        acc_timestamp_usec=sample["acc_timestamp"],
        gyro_rad_s=sample["gyro_sample"],
        gyro_timestamp_usec=sample["gyro_timestamp"],
    )

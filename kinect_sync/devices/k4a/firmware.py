"""Reads the firmware versions with one call into libk4a, as pyk4a has none."""

from __future__ import annotations

import ctypes
from typing import Any

from kinect_sync.devices.k4a.native import device_handle, find_function
from kinect_sync.devices.k4a.sdk import Sdk
from kinect_sync.readings import Firmware


class _Version(ctypes.Structure):
    """`k4a_version_t`."""

    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("iteration", ctypes.c_uint32),
    )

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.iteration}"


class _HardwareVersion(ctypes.Structure):
    """`k4a_hardware_version_t`."""

    _fields_ = (
        ("color", _Version),
        ("depth", _Version),
        ("audio", _Version),
        ("depth_sensor", _Version),
        ("build", ctypes.c_int),
        ("signature", ctypes.c_int),
    )


def read_firmware(sdk: Sdk, kinect: Any) -> Firmware | None:
    """Read the versions of an open device; None where the SDK does not tell."""
    get_version = find_function(sdk, "k4a_device_get_version")
    handle = device_handle(kinect)
    if get_version is None or handle is None:
        return None
    get_version.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    version = _HardwareVersion()
    if get_version(handle, ctypes.byref(version)) != 0:
        return None
    return Firmware(color=str(version.color), depth=str(version.depth), audio=str(version.audio))

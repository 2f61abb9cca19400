"""Reads the firmware versions with one call into the libk4a that pyk4a has loaded, as pyk4a has none."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from typing import Any

from kinect_sync.devices.k4a.sdk import Sdk
from kinect_sync.readings import Firmware

_CAPSULE_NAME = b"pyk4a device handle"
_FUNCTION = "k4a_device_get_version"


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
    get_version = _find_function(sdk)
    handle = _device_handle(kinect)
    if get_version is None or handle is None:
        return None
    version = _HardwareVersion()
    if get_version(handle, ctypes.byref(version)) != 0:
        return None
    return Firmware(color=str(version.color), depth=str(version.depth), audio=str(version.audio))


def _device_handle(kinect: Any) -> ctypes.c_void_p | None:
    """Unpack pyk4a's capsule: it holds a pointer to the `k4a_device_t`."""
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype = ctypes.c_void_p
    get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    try:
        address = get_pointer(kinect._device_handle, _CAPSULE_NAME)
    except ValueError:
        return None
    return ctypes.c_void_p.from_address(address)


def _find_function(sdk: Sdk) -> Any | None:
    for library in _libraries(sdk):
        function = getattr(library, _FUNCTION, None)
        if function is not None:
            function.restype = ctypes.c_int
            function.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
            return function
    return None


def _libraries(sdk: Sdk) -> Iterator[ctypes.CDLL]:
    """Yield where pyk4a's own calls are resolved, in the loader's order.

    On Linux that is the process's global scope, then the extension with the libraries that it was linked
    to. Windows has no such scope; there the loaded libk4a is found by its name.
    """
    names = ["k4a"] if sys.platform == "win32" else [None, sdk.extension.__file__]
    for name in names:
        try:
            yield ctypes.CDLL(name)
        except OSError:
            continue

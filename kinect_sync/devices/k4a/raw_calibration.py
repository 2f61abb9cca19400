"""Reads the factory calibration, as many bytes as the SDK says.

pyk4a reads up to a NUL, which Orbbec's wrapper does not write: what it returns then ends anywhere, or is no
text at all.
"""

from __future__ import annotations

import ctypes
from typing import Any

from kinect_sync.devices.k4a.native import device_handle, find_function
from kinect_sync.devices.k4a.sdk import Sdk

_SUCCEEDED, _TOO_SMALL = 0, 2
"""`k4a_buffer_result_t`"""


def read_calibration(sdk: Sdk, kinect: Any) -> bytes | None:
    """Read the calibration of an open device, without a NUL at its end; None where that fails."""
    read = find_function(sdk, "k4a_device_get_raw_calibration")
    handle = device_handle(kinect)
    if read is None or handle is None:
        return _read_through_pyk4a(sdk, kinect)
    read.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    size = ctypes.c_size_t(0)
    if read(handle, None, ctypes.byref(size)) != _TOO_SMALL:
        return None
    data = ctypes.create_string_buffer(max(size.value, 1))
    if read(handle, data, ctypes.byref(size)) != _SUCCEEDED:
        return None
    return data.raw[: size.value].rstrip(b"\0")


def _read_through_pyk4a(sdk: Sdk, kinect: Any) -> bytes | None:
    """Read it where libk4a itself can't be found."""
    try:
        text = kinect.calibration_raw
    except (sdk.pyk4a.K4AException, UnicodeDecodeError):
        return None
    return str(text).encode() if text else None

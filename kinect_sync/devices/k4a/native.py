"""Calls into the libk4a that pyk4a has loaded, for what pyk4a lacks or does not do safely."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from typing import Any

from kinect_sync.devices.k4a.sdk import Sdk

_CAPSULE_NAME = b"pyk4a device handle"


def device_handle(kinect: Any) -> ctypes.c_void_p | None:
    """Unpack pyk4a's capsule: it holds a pointer to the `k4a_device_t`."""
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype = ctypes.c_void_p
    get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    try:
        address = get_pointer(kinect._device_handle, _CAPSULE_NAME)
    except ValueError:
        return None
    return ctypes.c_void_p.from_address(address)


def find_function(sdk: Sdk, name: str) -> Any | None:
    """Return a function of libk4a that returns an int; None where the library can't be found."""
    for library in _libraries(sdk):
        function = getattr(library, name, None)
        if function is not None:
            function.restype = ctypes.c_int
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

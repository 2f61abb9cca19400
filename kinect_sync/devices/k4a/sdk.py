"""Loads pyk4a, at the first touch of a Kinect and not before.

Everything but a Kinect works without it, and its native libraries fail in many ways on a machine that
lacks something; each becomes `SdkMissing` with one sentence and a remedy.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from threading import Lock
from typing import Any

from kinect_sync.devices.k4a.sdk_errors import error
from kinect_sync.errors import BenchError
from kinect_sync.findings.sdk import SDK_LIBRARY_BROKEN, SDK_NOT_INSTALLED, SDK_NUMPY_2, SDK_UNSUITABLE
from kinect_sync.version import installed_version

_DEVICE_MEMBERS = (
    "_set_color_control",
    "_start_cameras",
    "_start_imu",
    "_stop_cameras",
    "_stop_imu",
    "close",
    "open",
    "sync_jack_status",
)
_EXTENSION_MEMBERS = (
    "capture_get_color_image",
    "capture_get_depth_image",
    "capture_get_ir_image",
    "device_get_capture",
    "device_get_color_control",
    "device_get_imu_sample",
    "device_get_serialnum",
)

# The redirection is the process's, so that two threads must not do it at once.
_loading = Lock()


@dataclass(frozen=True)
class Sdk:
    """pyk4a and its C extension, both known to have what the adapter calls."""

    pyk4a: Any
    extension: Any


def load_sdk() -> Sdk:
    """Import pyk4a; raises `SdkMissing` where it or a native library is missing, broken or unsuitable.

    libk4a writes its log to stdout unless told otherwise before it is loaded, and stdout is for results.
    """
    os.environ.setdefault("K4A_ENABLE_LOG_TO_STDOUT", "0")
    try:
        # NumPy 2 writes a page to stderr when it refuses an extension; the error says the same in a line.
        with _loading, redirect_stderr(StringIO()):
            import pyk4a
            from pyk4a.module import k4a_module
    except Exception as failure:  # a broken binary raises ImportError, OSError, AttributeError, SystemError …
        raise _explain(failure) from failure
    lacking = [f"PyK4A.{name}" for name in _DEVICE_MEMBERS if not hasattr(pyk4a.PyK4A, name)]
    lacking += [name for name in _EXTENSION_MEMBERS if not hasattr(k4a_module, name)]
    if lacking:
        raise error(SDK_UNSUITABLE, version=_version(), names=", ".join(lacking))
    return Sdk(pyk4a, k4a_module)


def _explain(failure: Exception) -> BenchError:
    if isinstance(failure, ModuleNotFoundError) and failure.name == "pyk4a":
        return error(SDK_NOT_INSTALLED)
    numpy_version = installed_version("numpy")
    if numpy_version and int(numpy_version.split(".")[0]) >= 2:
        return error(SDK_NUMPY_2, version=numpy_version)
    return error(SDK_LIBRARY_BROKEN, reason=_first_cause(failure))


def _first_cause(failure: BaseException) -> str:
    """Return the innermost message: pyk4a wraps the loader's own words in a guess."""
    messages = [" ".join(str(link).split()) for link in _chain(failure)]
    told = [message for message in messages if message]
    return told[-1] if told else type(failure).__name__


def _chain(failure: BaseException | None) -> Iterator[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__


def _version() -> str:
    return installed_version("pyk4a-bundle") or installed_version("pyk4a") or "(of unknown version)"

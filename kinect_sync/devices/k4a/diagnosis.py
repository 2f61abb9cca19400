"""Finds out why start_cameras failed: the SDK itself gives a bare failure for every cause."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kinect_sync.devices.k4a.sdk_errors import describe
from kinect_sync.errors import DeviceError
from kinect_sync.findings import Finding
from kinect_sync.findings.sdk import (
    START_JACKS_UNREADABLE,
    START_NO_DISPLAY,
    START_NO_SYNC_IN,
    START_NO_SYNC_OUT,
    START_REFUSED,
    START_USB_MEMORY,
)
from kinect_sync.readings import Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import Role

USB_MEMORY = Path("/sys/module/usbcore/parameters/usbfs_memory_mb")
# The kernel's default, and too little for two devices.
SMALL_USB_MEMORY_MB = 16


def explain_refusal(
    settings: DeviceSettings,
    read_jacks: Callable[[], Jacks],
    environment: Mapping[str, str] = os.environ,
    usb_memory: Path = USB_MEMORY,
) -> list[Finding]:
    """Return why the start was refused: the plug that is missing, else what else could be the cause."""
    name = settings.name
    try:
        jacks = read_jacks()
    except DeviceError:
        return [describe(START_JACKS_UNREADABLE, name)]
    if settings.role is Role.SUBORDINATE and jacks.sync_in is False:
        return [describe(START_NO_SYNC_IN, name)]
    if settings.role is Role.MASTER and jacks.sync_out is False:
        return [describe(START_NO_SYNC_OUT, name)]
    return [describe(START_REFUSED, name), *_hints(settings, environment, usb_memory)]


def _hints(settings: DeviceSettings, environment: Mapping[str, str], usb_memory: Path) -> list[Finding]:
    hints = []
    if settings.has_ir and sys.platform.startswith("linux") and not environment.get("DISPLAY"):
        hints.append(describe(START_NO_DISPLAY, settings.name))
    megabytes = _read_number(usb_memory)
    if megabytes is not None and 0 < megabytes <= SMALL_USB_MEMORY_MB:
        hints.append(describe(START_USB_MEMORY, settings.name, megabytes=megabytes, path=usb_memory))
    return hints


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None

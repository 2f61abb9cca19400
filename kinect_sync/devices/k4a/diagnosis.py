"""Finds out why start_cameras failed: the SDK itself gives a bare failure for every cause."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kinect_sync.devices.k4a.sdk_errors import describe
from kinect_sync.devices.port import Jacks
from kinect_sync.errors import DeviceError
from kinect_sync.findings import Finding
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
        return [describe("start-jacks-unreadable", name)]
    if settings.role is Role.SUBORDINATE and jacks.sync_in is False:
        return [describe("start-no-sync-in", name)]
    if settings.role is Role.MASTER and jacks.sync_out is False:
        return [describe("start-no-sync-out", name)]
    return [describe("start-refused", name), *_hints(settings, environment, usb_memory)]


def _hints(settings: DeviceSettings, environment: Mapping[str, str], usb_memory: Path) -> list[Finding]:
    hints = []
    if settings.has_ir and sys.platform.startswith("linux") and not environment.get("DISPLAY"):
        hints.append(describe("start-no-display", settings.name))
    megabytes = _read_number(usb_memory)
    if megabytes is not None and 0 < megabytes <= SMALL_USB_MEMORY_MB:
        hints.append(describe("start-usb-memory", settings.name, megabytes=megabytes, path=usb_memory))
    return hints


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None

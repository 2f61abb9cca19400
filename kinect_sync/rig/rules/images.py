"""Faults of color images that users report, and nobody at the maker has explained.

They show in no timestamp. SDK issues 1227 and 1404: behind a pulse generator some images are pink, black or
white, at any rate and depth mode. Issue 1713: subordinates flicker at 1536p and 15 fps, with any delay.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings.rig import COLOR_FLICKERS, TRIGGER_SPOILS_COLOR
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import ColorResolution, Role
from kinect_sync.rig.problem import Problem

_FLICKERS = (ColorResolution.RES_1536P, 15)


def trigger_spoils_color(rig: RigFields) -> Iterator[Problem]:
    """Color of Azure Kinects behind a generator is to be looked at."""
    runs_color = any(rig.color_resolution_of(device) is not ColorResolution.OFF for device in rig.devices)
    if rig.external_trigger is not None and rig.hardware.profile.color_spoils and runs_color:
        what = "behind an external trigger some color images may be pink, black or white"
        yield Problem(("external_trigger",), TRIGGER_SPOILS_COLOR, what)


def subordinate_flickers(rig: RigFields, index: int, device: DeviceSpec) -> Iterator[Problem]:
    """One mode of color flickers on subordinates."""
    mode = (rig.color_resolution_of(device), rig.camera.fps)
    if mode == _FLICKERS and device.role is Role.SUBORDINATE and rig.hardware.profile.color_spoils:
        what = f"color of the subordinate `{device.name}` may flicker at 1536p and 15 fps"
        own = device.color_resolution is not None
        place = ("devices", index, "color_resolution") if own else ("camera", "color_resolution")
        yield Problem(place, COLOR_FLICKERS, what)


RIG_RULES = (trigger_spoils_color,)
DEVICE_RULES = (subordinate_flickers,)

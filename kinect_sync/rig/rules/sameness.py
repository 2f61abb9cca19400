"""Settings that may differ between devices, though sync is better where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kinect_sync.findings.rig import COLOR_RESOLUTIONS_DIFFER, DEPTH_MODES_DIFFER
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import ColorResolution, DepthMode
from kinect_sync.rig.problem import Problem, listed


def depth_modes_alike(rig: RigFields) -> Iterator[Problem]:
    """Laser pulses can be interleaved only where every device pulses with the same pitch and length."""
    modes = {device.name: rig.depth_mode_of(device) for device in rig.devices}
    running = {name: mode for name, mode in modes.items() if mode is not DepthMode.OFF}
    if len(set(running.values())) > 1:
        what = f"depth modes differ ({_told(running)}), so that laser pulses come at different pitches"
        yield Problem(_place(rig, "depth_mode", "off"), DEPTH_MODES_DIFFER, what)


def color_resolutions_alike(rig: RigFields) -> Iterator[Problem]:
    """The documentation of external sync asks for one resolution: rows are read out one after another."""
    resolutions = {device.name: rig.color_resolution_of(device) for device in rig.devices}
    running = {name: size for name, size in resolutions.items() if size is not ColorResolution.OFF}
    if len(set(running.values())) > 1:
        what = f"color resolutions differ ({_told(running)}), so equal rows are not read at equal times"
        yield Problem(_place(rig, "color_resolution", "off"), COLOR_RESOLUTIONS_DIFFER, what)


def _told(values: Mapping[str, ColorResolution | DepthMode]) -> str:
    return listed([f"`{name}` {value}" for name, value in values.items()], "and")


def _place(rig: RigFields, field: str, off: str) -> tuple[str | int, ...]:
    """Return the first override that makes the difference."""
    for index, device in enumerate(rig.devices):
        own = getattr(device, field)
        if own not in (None, off, getattr(rig.camera, field)):
            return ("devices", index, field)
    return ("camera", field)


RIG_RULES = (depth_modes_alike, color_resolutions_alike)

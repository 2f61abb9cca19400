"""Exposure: the same fixed one on every device, and short enough for a period."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings.rig import EXPOSURE_AUTO, EXPOSURE_ROUNDED, EXPOSURE_TOO_LONG, GAIN_LEFT_OUT
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import ColorResolution
from kinect_sync.rig.problem import Problem, listed

_PLACE = ("camera", "exposure_us")


def _runs_color(rig: RigFields) -> bool:
    return any(rig.color_resolution_of(device) is not ColorResolution.OFF for device in rig.devices)


def exposure_is_fixed(rig: RigFields) -> Iterator[Problem]:
    """Under automatic exposure every camera moves its own timing, away from the others."""
    if rig.camera.exposure_us == "auto" and _runs_color(rig):
        what = "`exposure_us: auto` lets every camera change its exposure, and with it its timing, by itself"
        yield Problem(_PLACE, EXPOSURE_AUTO, what)


def exposure_fits_period(rig: RigFields) -> Iterator[Problem]:
    """The firmware silently shortens an exposure that does not fit into one period."""
    camera = rig.camera
    if camera.exposure_us == "auto" or not _runs_color(rig):
        return
    exposures = rig.hardware.profile.exposures
    longest = exposures.longest_us(camera.powerline_hz, camera.fps)
    if camera.exposure_us > longest:
        at = f"{camera.fps} fps and {camera.powerline_hz} Hz" if exposures.table_us else f"{camera.fps} fps"
        what = f"an exposure of {camera.exposure_us} µs is longer than {longest} µs, the longest at {at}"
        yield Problem(_PLACE, EXPOSURE_TOO_LONG, what, f"write {longest} or less, or a lower fps")
    else:
        yield from _rounding(rig, camera.exposure_us)


def gain_is_fixed(rig: RigFields) -> Iterator[Problem]:
    """Beside a fixed exposure a camera does not choose its gain: it keeps that of power-up or a program."""
    if rig.camera.exposure_us == "auto" or rig.camera.gain is not None:
        return
    open_left = [
        device.name
        for device in rig.devices
        if device.gain is None and rig.color_resolution_of(device) is not ColorResolution.OFF
    ]
    if open_left:
        whose = (
            ""
            if len(open_left) == len(rig.devices)
            else f" of {listed([f'`{name}`' for name in open_left], 'and')}"
        )
        what = f"the exposure is fixed and the gain{whose} is left out: images may be dark, or unlike"
        yield Problem(_PLACE, GAIN_LEFT_OUT, what)


def _rounding(rig: RigFields, exposure_us: int) -> Iterator[Problem]:
    powerline = rig.camera.powerline_hz
    effective = rig.hardware.profile.exposures.effective_us(exposure_us, powerline, rig.camera.fps)
    if effective != exposure_us:
        what = f"an exposure of {exposure_us} µs becomes {effective} µs, the next step at {powerline} Hz"
        yield Problem(_PLACE, EXPOSURE_ROUNDED, what, f"write {effective} to say what is used")


RIG_RULES = (exposure_is_fixed, exposure_fits_period, gain_is_fixed)

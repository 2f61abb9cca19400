"""What a simulated device makes of settings: color controls that it keeps, and starts that it refuses.

libk4a says nothing but "failed" to its caller; a simulated device names every rule that is broken. Sources:
`color_priv.h`; `validate_configuration` of `k4a.c`; for Femto `ob_k4a_impl.cpp`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from kinect_sync.devices.shared_records import read_record, write_record
from kinect_sync.devices.simulated.hardware import behavior_of
from kinect_sync.findings import Kind
from kinect_sync.findings.sdk import START_NO_SYNC_IN, START_NO_SYNC_OUT, START_REFUSED
from kinect_sync.readings import Controls, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role

_STEPS_US = {
    50: (500, 1250, 2500, 10000, 20000, 30000, 40000, 50000, 60000, 80000, 100000, 120000, 130000),
    60: (500, 1250, 2500, 8330, 16670, 33330, 41670, 50000, 66670, 83330, 100000, 116670, 133330),
}
"""Exposures that the firmware knows, by powerline frequency."""
_FACTORY = Controls(exposure_us="auto", powerline_hz=60)
_GAIN = 128
_PERIOD_US = {30: 33_333, 15: 66_666, 5: 200_000}
_ONLY_720P = (ColorFormat.NV12, ColorFormat.YUY2)

# --- controls, which stay set until the power is cut -------------------------------------------------------


def set_controls(directory: Path, serial: str, settings: DeviceSettings) -> Controls:
    """Set what the settings ask for on top of what the device still has, and read it back."""
    record = directory / f"{serial}.controls"
    before = read_record(record, Controls) or _FACTORY
    manual = settings.exposure_us != "auto"
    gain = settings.gain if settings.gain is not None else before.gain
    controls = Controls(
        exposure_us=_effective_us(settings),
        powerline_hz=settings.powerline_hz,
        gain=(gain if gain is not None else _GAIN) if manual else None,
        white_balance_k=settings.white_balance_k,
    )
    write_record(record, controls)
    return controls


def _effective_us(settings: DeviceSettings) -> int | Literal["auto"]:
    """Round up to what the firmware knows, and cut off at what fits into a period."""
    asked_us = settings.exposure_us
    if asked_us == "auto":
        return "auto"
    step_us = behavior_of(settings.hardware).exposure_step_us
    steps: Sequence[int] = (
        _STEPS_US[settings.powerline_hz] if step_us is None else range(step_us, 1_000_000, step_us)
    )
    fitting = [step for step in steps if step * settings.fps <= 1_000_000]
    return next((step for step in fitting if step >= asked_us), fitting[-1])


# --- what `start_cameras` refuses --------------------------------------------------------------------------


def broken_rules(settings: DeviceSettings, jacks: Jacks) -> list[tuple[Kind, str]]:
    """Return a kind and a sentence for every rule that keeps the cameras from starting."""
    rules = (_master(settings), _delays(settings), _cameras(settings), _depth(settings), _color(settings))
    broken = [(START_REFUSED, sentence) for rule in rules for sentence in rule]
    return [*_plugs(settings, jacks), *broken]


def _plugs(settings: DeviceSettings, jacks: Jacks) -> Iterator[tuple[Kind, str]]:
    if not behavior_of(settings.hardware).detects_plugs:
        return
    if settings.role is Role.SUBORDINATE and not jacks.sync_in:
        yield START_NO_SYNC_IN, "a subordinate needs a plug in sync in, and none is detected"
    if settings.role is Role.MASTER and not jacks.sync_out:
        yield START_NO_SYNC_OUT, "a master needs a plug in sync out, and none is detected"


def _master(settings: DeviceSettings) -> Iterator[str]:
    needed = behavior_of(settings.hardware).needs_color_for_pulses
    if needed and settings.role is Role.MASTER and not settings.has_color:
        yield "a master needs its color camera: the pulses are the color camera's"


def _delays(settings: DeviceSettings) -> Iterator[str]:
    longest = behavior_of(settings.hardware).longest_delay_us or _PERIOD_US[settings.fps]
    delay, depth_delay = settings.subordinate_delay_off_master_usec, settings.depth_delay_off_color_usec
    if settings.role is Role.SUBORDINATE and not 0 <= delay <= longest:
        yield f"subordinate_delay_off_master_usec is {delay}, and has to be between 0 and {longest}"
    if settings.role is not Role.SUBORDINATE and delay != 0:
        yield f"subordinate_delay_off_master_usec is {delay}, and only a subordinate may have one"
    if settings.has_color and settings.has_ir and not -longest <= depth_delay <= longest:
        yield f"depth_delay_off_color_usec is {depth_delay}, and may be {longest} at most either way"


def _cameras(settings: DeviceSettings) -> Iterator[str]:
    if settings.has_color and settings.has_ir:
        return
    if not settings.has_color and not settings.has_ir:
        yield "neither the color nor the depth camera is on"
        return
    if settings.depth_delay_off_color_usec != 0:
        yield "depth_delay_off_color_usec is not 0, and only one camera is on"
    if settings.synchronized_images_only:
        yield "synchronized_images_only is set, and only one camera is on"


def _depth(settings: DeviceSettings) -> Iterator[str]:
    if settings.depth_mode is DepthMode.WFOV_UNBINNED and settings.fps > 15:
        yield f"wfov_unbinned runs at 15 fps at most, not at {settings.fps}"


def _color(settings: DeviceSettings) -> Iterator[str]:
    if settings.color_resolution is ColorResolution.RES_3072P and settings.fps > 15:
        yield f"3072p runs at 15 fps at most, not at {settings.fps}"
    only_720p = settings.color_format in _ONLY_720P and settings.has_color
    if only_720p and settings.color_resolution is not ColorResolution.RES_720P:
        yield f"{settings.color_format} exists in 720p only, not in {settings.color_resolution}"

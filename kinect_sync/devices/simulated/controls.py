"""The color controls of a simulated device, which keep their values until its power is cut."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kinect_sync.devices.simulated.shared_records import read_record, write_record
from kinect_sync.readings import Controls
from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import DeviceSettings

_STEPS_US = {
    50: (500, 1250, 2500, 10000, 20000, 30000, 40000, 50000, 60000, 80000, 100000, 120000, 130000),
    60: (500, 1250, 2500, 8330, 16670, 33330, 41670, 50000, 66670, 83330, 100000, 116670, 133330),
}
"""Exposures that the firmware knows, by powerline frequency (`color_priv.h`)."""
_FEMTO_STEP_US = 100
_FACTORY = Controls(exposure_us="auto", powerline_hz=60)
_GAIN = 128


def set_controls(directory: Path, serial: str, settings: DeviceSettings) -> Controls:
    """Set what the settings ask for on top of what the device still has, and read it back."""
    record = directory / f"{serial}.controls"
    before = read_record(record, Controls) or _FACTORY
    manual = settings.exposure_us != "auto"
    gain = settings.gain if settings.gain is not None else before.gain
    white = settings.white_balance_k if settings.white_balance_k is not None else before.white_balance_k
    controls = Controls(
        exposure_us=_effective_us(settings),
        powerline_hz=settings.powerline_hz,
        gain=(gain if gain is not None else _GAIN) if manual else None,
        white_balance_k=white,
    )
    write_record(record, controls)
    return controls


def _effective_us(settings: DeviceSettings) -> int | Literal["auto"]:
    """Round up to what the firmware knows, and cut off at what fits into a period."""
    asked_us = settings.exposure_us
    if asked_us == "auto":
        return "auto"
    if settings.hardware is Hardware.FEMTO:
        steps: Sequence[int] = range(_FEMTO_STEP_US, 1_000_000, _FEMTO_STEP_US)
    else:
        steps = _STEPS_US[settings.powerline_hz]
    fitting = [step for step in steps if step * settings.fps <= 1_000_000]
    return next((step for step in fitting if step >= asked_us), fitting[-1])

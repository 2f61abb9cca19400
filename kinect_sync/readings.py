"""What a device says of itself: its firmware, the plugs in its jacks, its color controls.

Read through the port of devices, and kept in take.json: nothing in a recording tells them all.
"""

from __future__ import annotations

from typing import Literal

from kinect_sync.values import Value


class Firmware(Value):
    """Firmware versions, each as `major.minor.iteration`; empty where nothing tells."""

    color: str
    """Of the color camera."""
    depth: str
    """Of the depth camera."""
    audio: str
    """Of the microphones; no recording holds it."""


class Jacks(Value):
    """What the plug detectors of the two sync jacks say, where the hardware can tell (a Femto cannot)."""

    sync_in: bool | None
    """Whether a plug is in sync in; null where the hardware cannot tell."""
    sync_out: bool | None
    """Whether a plug is in sync out; null where the hardware cannot tell."""


class Controls(Value):
    """Color controls as read back from the device after they were set."""

    exposure_us: int | Literal["auto"]
    """Exposure in µs, as the device rounded it."""
    powerline_hz: int
    """Mains frequency that the device reckons with."""
    gain: int | None = None
    """Gain; null where automatic exposure decides."""
    white_balance_k: int | None = None
    """White balance in kelvin; null where it is automatic."""

"""What a device says of itself: its firmware, the plugs in its jacks, its color controls.

Read through the port of devices, and kept in take.json: nothing in a recording tells them all.
"""

from __future__ import annotations

from typing import Literal

from kinect_sync.values import Value


class Firmware(Value):
    """Firmware versions, each as `major.minor.iteration`; empty where nothing tells."""

    color: str
    depth: str
    audio: str


class Jacks(Value):
    """What the plug detectors of the two sync jacks say; None where the hardware cannot tell (Femto)."""

    sync_in: bool | None
    sync_out: bool | None


class Controls(Value):
    """Color controls as read back from the device after they were set."""

    exposure_us: int | Literal["auto"]
    powerline_hz: int
    gain: int | None = None
    """None where automatic exposure decides."""
    white_balance_k: int | None = None
    """None where white balance is automatic."""

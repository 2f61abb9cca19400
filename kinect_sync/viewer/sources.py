"""Where captures come from: what a view looks at, said in one way for a take, a rig and another host."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from kinect_sync.steady import steady_s
from kinect_sync.viewer.darkroom import Darkroom
from kinect_sync.viewer.head import DeviceHead, Head
from kinect_sync.viewer.shots import Shot


def no_pulse(device_us: int) -> int | None:  # noqa: ARG001
    """Tell of no pulse."""
    return None


class Sighted(NamedTuple):
    """One device as a source sees it."""

    head: DeviceHead
    """All that is known of it but its pictures."""
    shot: Shot | None
    meets: tuple[str, ...] = ()
    """The devices whose lasers fire into its depth exposure by the rig's delays."""
    pulse_of: Callable[[int], int | None] = no_pulse
    """Tells the pulse of a device time, of a capture that another host has; None where nothing tells."""


class Sight(NamedTuple):
    """What a source sees at one moment."""

    head: Head
    """All but the devices."""
    devices: tuple[Sighted, ...]


class Source(ABC):
    """Something to look at; what it may be in, gone or damaged too, is an answer and no exception."""

    def __init__(self, now_s: Callable[[], float] = steady_s) -> None:
        """Begin with no picture made; `now_s` is the steady clock."""
        self.darkroom = Darkroom(now_s)

    @abstractmethod
    def look(self, pulse: int | None) -> Sight:
        """Look at a pulse, or where that is None at what each device gave last."""

"""What a check is: a question about a computer, its cameras or a rig, and where its answer stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult


@dataclass(frozen=True)
class Theme:
    """What several checks are about; their results stand together."""

    title: str
    place: int
    """Where it stands among the themes: the lowest is first."""
    of_kinects: bool = False
    """Whether only Kinects need it: beside simulated devices none of it is a problem."""


SDK = Theme("SDK", 10, of_kinects=True)
DEVICES = Theme("devices", 20)
USB = Theme("USB", 30, of_kinects=True)
DEPTH_ENGINE = Theme("depth engine", 40, of_kinects=True)
DISK = Theme("disk", 50)
COMPUTER = Theme("computer", 60)


@dataclass(frozen=True)
class Check:
    """One check. Making it changes nothing: not the computer, not a device, not a rig."""

    name: str
    """What it is asked for by: `usb-memory`."""
    theme: Theme
    place: int
    """Where it stands in its theme: the lowest is first."""
    run: Callable[[Examination], Iterable[CheckResult]]
    """Looks, and tells each thing that it saw."""
    applies: Callable[[Examination], bool] = lambda _: True
    """Whether there is anything to look at."""

"""What the checks look at: one computer, its cameras, and the rig that they are to make up.

Each thing is asked when the first check wants to know it, and once, as a device takes seconds to open. How
it is asked is given from outside, so that the computer may be another one, or a made-up one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from kinect_sync.benches.sdk_trial import try_sdk
from kinect_sync.devices.port import Discovered
from kinect_sync.director.preflight import compare_inventory
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.host.usb import KinectLink, find_kinects
from kinect_sync.host.view import Host
from kinect_sync.rig.facts import RigFacts, rig_facts
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import DepthMode


class Bus(NamedTuple):
    """The Kinects on the USB buses of a computer."""

    kinects: tuple[KinectLink, ...] = ()
    unreadable: OSError | None = None
    """Why nobody knows of any."""


class BenchAnswer(NamedTuple):
    """What came of asking the bench for its devices."""

    devices: tuple[Discovered, ...] | None
    """None where it could not be asked."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the devices, or why none are known; nothing where the SDK is the reason."""


@dataclass(frozen=True)
class Examination:
    """What is to be looked at, and through which eyes."""

    rig: RigFields | None
    """The rig that everything is measured against, where there is one."""
    takes: Path
    """Folder that takes will be put into."""
    ask_bench: Callable[[], Sequence[Discovered]]
    """Lists the devices of the bench; BenchError where that fails."""
    simulated: bool = False
    """Whether the devices of the bench are simulated; the computer is not."""
    allow_extra: bool = False
    """Whether devices that the rig does not name are fine."""
    host: Host = field(default_factory=Host)
    try_sdk: Callable[[], tuple[Finding, ...]] = try_sdk
    """Loads the SDK where it can do no harm, and returns what is wrong with it."""

    @cached_property
    def facts(self) -> RigFacts | None:
        """What follows from the rig."""
        return rig_facts(self.rig) if self.rig is not None else None

    @cached_property
    def sdk_findings(self) -> tuple[Finding, ...]:
        """What is wrong with the SDK; nothing if it loads."""
        return self.try_sdk()

    @cached_property
    def bench(self) -> BenchAnswer:
        """The devices of the bench, compared with the rig."""
        if not self.simulated and self.sdk_findings:
            return BenchAnswer(devices=None)
        try:
            found = tuple(self.ask_bench())
        except BenchError as error:
            return BenchAnswer(None, error.findings)
        if self.rig is not None:
            return BenchAnswer(found, compare_inventory(self.rig, found, allow_extra=self.allow_extra))
        return BenchAnswer(found, tuple(each.problem for each in found if each.problem is not None))

    @cached_property
    def bus(self) -> Bus:
        """What the USB buses tell; nothing where it is not known how to read them."""
        if not self.host.is_linux or not self.knows_usb:
            return Bus()
        try:
            return Bus(find_kinects(self.host))
        except OSError as error:
            return Bus(unreadable=error)

    @property
    def knows_usb(self) -> bool:
        """Whether the rig's cameras stand on the USB as is documented; without a rig, Kinects are meant."""
        return self.facts is None or self.facts.hardware.profile.usb_is_known

    @property
    def uses_depth(self) -> bool:
        """Whether any depth camera is to run; without a rig, all are."""
        return self.facts is None or any(
            device.depth_mode is not DepthMode.OFF for device in self.facts.devices
        )

    @property
    def number(self) -> int:
        """For how many devices the computer has to suffice: the rig's, or else all that are there."""
        if self.facts is not None:
            return len(self.facts.devices)
        return len(self.bus.kinects) or len(self.bench.devices or ()) or 1

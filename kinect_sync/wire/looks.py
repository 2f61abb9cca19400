"""What a director asks an agent about its computer, which may take a while: no command waits for it.

Nobody has to command a host for that, and nothing is changed by it.
"""

from __future__ import annotations

from typing import Literal

from kinect_sync.devices.port import Discovered
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields
from kinect_sync.values import Value


class ListConnected(Value):
    """Say which devices the USB bus lists, without opening one; answered by `Connected`."""

    kind: Literal["list_connected"] = "list_connected"


class Examine(Value):
    """Make the doctor's checks of the computer; answered by `Examined`, or `Refused` while it records."""

    kind: Literal["examine"] = "examine"
    rig: RigFields
    """What the computer has to serve: the rig, as far as its devices are connected to it."""
    devices: tuple[Discovered, ...] | None
    """What the director's worker found on the bench there; null where that failed."""
    findings: tuple[Finding, ...] = ()
    """Why it failed."""
    allow_extra: bool = False
    """Whether devices that the rig does not name are fine."""


LookRequest = ListConnected | Examine


class Connected(Value):
    """What the USB bus lists."""

    kind: Literal["connected"] = "connected"
    serials: tuple[str, ...] | None
    """Serial numbers, in their order; null where nobody can tell without opening devices."""


class Examined(Value):
    """What the doctor found."""

    kind: Literal["examined"] = "examined"
    checkup: str
    """The report of `ksync doctor` of that computer, as JSON."""

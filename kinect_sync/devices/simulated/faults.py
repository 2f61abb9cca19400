"""What can go wrong on a bench, as an operator writes it into a faults file.

Where a fault happens at a capture, that capture is named by its pulse: pulses are numbered from 0, the
first one that the master (or the trigger, or a device that runs by itself) gives, in each start anew.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import Field

from kinect_sync.devices.simulated.room.description import WorldFields
from kinect_sync.rig.model import Name
from kinect_sync.values import Value

Pulse = Annotated[int, Field(ge=0)]
AnySerial = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+$", max_length=12)]


class CableFault(str, Enum):
    """What is wrong with the cable that feeds a device's sync in."""

    ABSENT = "absent"
    """There is no cable: nothing is plugged in at either end."""
    UNPLUGGED = "unplugged"
    """It is plugged in at the other device only: sync in is empty."""
    DEAD = "dead"
    """It is plugged in at both ends, as the detectors see, but carries no pulses."""
    SWAPPED = "swapped"
    """This device's two plugs are in each other's jack."""
    WRONG_JACK = "wrong_jack"
    """Its plug at this device is in sync out, and sync in is empty."""


class Every(Value):
    """Every n-th pulse."""

    every: Annotated[int, Field(ge=1)]
    """Distance in pulses."""
    start: Pulse = 0
    """The first pulse that is meant."""


Pulses = tuple[Pulse, ...] | Every
"""Pulses, one by one or at a distance: `[120, 121]` or `{every: 50}`."""


class Halves(Value):
    """Captures that come without one of their images.

    With `synchronized_images_only` the SDK drops such captures whole.
    """

    color: Pulses = ()
    """Pulses whose color image is missing."""
    depth: Pulses = ()
    """Pulses whose depth and IR images are missing."""


class JackClaims(Value):
    """What the plug detectors say, whatever is plugged in."""

    sync_in: bool | None = None
    """What sync in claims; the truth where this is absent."""
    sync_out: bool | None = None
    """What sync out claims; the truth where this is absent."""


class DeviceFaults(Value):
    """What is wrong with one device of the rig."""

    missing: bool = False
    """It is not connected to the computer; cables behind it get no pulses either."""
    serial: AnySerial | None = None
    """Another device, with this serial number, is in its place."""
    busy: bool = False
    """Another program holds it."""
    open_fails: bool = False
    """The SDK cannot open it."""
    control_fails: bool = False
    """The SDK opens it, but cannot set its color controls."""
    start_fails: bool = False
    """The SDK opens it, but cannot start its cameras."""

    cable: CableFault | None = None
    """What is wrong with the cable that feeds its sync in: `absent`, `unplugged`, `dead`, `swapped` or
    `wrong_jack`."""
    fed_by: Name | None = None
    """Its sync in is fed by the sync out of this device (through a splitter where that feeds another too)
    and not from where the rig says."""
    cable_breaks_at: Pulse | None = None
    """From this pulse on, the cable that feeds its sync in carries no pulses."""
    jacks: JackClaims = JackClaims()
    """Plug detectors that lie."""
    jacks_fail: bool = False
    """The state of its jacks cannot be read."""
    deaf: bool = False
    """It does not follow pulses, but passes them on to its sync out."""
    color_firmware: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    """The version of its color firmware; by default 1.6.110."""
    free_running: bool = False
    """It delivers from its start on, without pulses, whatever its role."""
    free_runs_from: Pulse | None = None
    """From this pulse on it does not follow pulses, but exposes every period of its own clock, as some
    subordinates do when their cable is pulled (SDK issue 1850). Its sync out still mirrors its sync in: a
    cable that is pulled, `cable_breaks_at`, silences those behind it unless they run free too."""
    clock_not_reset: bool = False
    """The first pulse does not zero its clock, which goes on from when it was switched on."""
    misses_pulses: Annotated[int, Field(ge=0)] = 0
    """Its clock is zeroed this many pulses late, as if it had been started after the master."""

    drift_ppm: Annotated[float, Field(ge=-2000, le=2000)] | None = None
    """How much faster than the host's clock its own runs, in ppm; by default up to 200 either way."""
    bias_us: int = 0
    """It exposes this much later than it should."""
    unsettled: Annotated[int, Field(ge=0)] = 0
    """So many captures at the beginning of each start are taken `unsettled_us` later than they should, as
    those of a camera whose manual exposure has not settled yet (SDK issue 396)."""
    unsettled_us: int = 400
    """How much later they are taken."""
    jitter_us: Annotated[float, Field(ge=0)] | None = None
    """Largest random deviation of each exposure, either way; by default 5."""

    covered_at: Pulse | None = None
    """From this pulse on something stands right before it: color is dark, IR saturated, and depth invalid."""
    overexposed_at: Pulse | None = None
    """From this pulse on its color is clipped all over, as against a lamp."""

    drops: Pulses = ()
    """Pulses whose capture the sensor loses."""
    half: Halves = Halves()
    """Captures that lack an image."""
    stall_at: Pulse | None = None
    """From this pulse on nothing arrives, and the SDK reports nothing but timeouts."""
    unplug_at: Pulse | None = None
    """At this pulse its USB cable is pulled: nothing arrives from then on, the SDK reports nothing but
    timeouts, and counts a device less."""
    stream_error_at: Pulse | None = None
    """At this pulse the stream ends with an error."""
    die_at: Pulse | None = None
    """At this pulse the process that holds the device is killed, as by a crash inside the SDK."""
    hang_at: Pulse | None = None
    """From this pulse on a call for a capture never returns."""


class ExtraDevice(Value):
    """A device that is connected, but not in the rig."""

    serial: AnySerial
    """Its serial number."""
    busy: bool = False
    """Another program holds it."""
    open_fails: bool = False
    """The SDK cannot open it."""


class TriggerFaults(Value):
    """What the external trigger does, where the rig has one."""

    starts_after_s: Annotated[float, Field(ge=0)] = 3.5
    """Seconds from the start of the last device that it feeds to its first pulse; 3.5 by default, as an
    operator would who waits until every device has been seen silent."""
    never_starts: bool = False
    """It gives no pulse at all."""
    already_running: bool = False
    """It gives pulses before any device is started."""
    stops_after_s: Annotated[float, Field(gt=0)] | None = None
    """It stops this many seconds after its first pulse."""
    fps: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Its real frequency; by default the one that the rig states."""


class Faults(Value):
    """Everything that is wrong with a simulated bench."""

    devices: dict[Name, DeviceFaults] = Field(default_factory=dict)
    """What is wrong with devices of the rig, by their names in it."""
    extra: tuple[ExtraDevice, ...] = ()
    """Devices that are connected, but not in the rig."""
    trigger: TriggerFaults = TriggerFaults()
    """What the external trigger does."""
    world: WorldFields | None = None
    """One room for all devices, in which somebody walks a board from station to station. Without it each
    device sees a little scene of its own."""


def selects(pulses: Pulses, number: int) -> bool:
    """Whether a selection of pulses contains this one."""
    if isinstance(pulses, Every):
        return number >= pulses.start and (number - pulses.start) % pulses.every == 0
    return number in pulses

"""When every laser of a rig fires, and whether any two of them meet: the checker of offset plans.

A depth exposure is nine laser pulses with idle time between them. A sensor that is exposed while another
device's laser fires measures wrong distances, so pulses of devices that see the same volume must not
touch. All devices of a rig run at one fps, so that everything repeats with the capture period and one
period, taken as a circle, holds every case.

The arithmetic is exact: whole units of 1/18 µs, in which a 90 kHz tick is 200 and a Femto's step 18, a pulse
2250, half of a
laser train 114525 or 182205, and a period 600000, 1200000 or 3600000. Nothing here plans: what the planner
makes is judged by code that shares none of its method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import DepthMode, Topology

UNITS_PER_US = 18
UNITS_PER_S = 1_000_000 * UNITS_PER_US


@dataclass(frozen=True, slots=True)
class LaserPattern:
    """The laser pulses of one depth exposure, evenly spaced around its centre."""

    pulses: int
    width_us: int
    pitch_us: int
    """From the start of one pulse to the start of the next."""

    @property
    def length_us(self) -> int:
        """From the start of the first pulse to the end of the last."""
        return self.width_us + (self.pulses - 1) * self.pitch_us

    @property
    def width(self) -> int:
        """Width of a pulse in units."""
        return self.width_us * UNITS_PER_US

    @property
    def starts(self) -> tuple[int, ...]:
        """Start of each pulse in units, relative to the centre of the exposure."""
        first = -self.length_us * UNITS_PER_US // 2
        return tuple(first + index * self.pitch_us * UNITS_PER_US for index in range(self.pulses))


_SHORT_IDLE = LaserPattern(pulses=9, width_us=125, pitch_us=125 + 1450)
_LONG_IDLE = LaserPattern(pulses=9, width_us=125, pitch_us=125 + 2390)

LASER_PATTERNS: dict[DepthMode, LaserPattern] = {
    DepthMode.NFOV_2X2BINNED: _SHORT_IDLE,
    DepthMode.NFOV_UNBINNED: _SHORT_IDLE,
    DepthMode.WFOV_2X2BINNED: _SHORT_IDLE,
    DepthMode.WFOV_UNBINNED: _LONG_IDLE,
}
"""Pattern by depth mode; passive IR fires nothing. Source: Azure Kinect DK hardware specification, "Depth
sensor raw timing": 9 pulses of 125 µs with 8 idle periods of 1450 or 2390 µs (12.8 and 20.3 ms)."""


class Laser(NamedTuple):
    """One device's laser: its pulses, and when its exposure is."""

    device: str
    pattern: LaserPattern
    centre: int
    """Centre of the depth exposure in units after the pulse, the centre of the master's color exposure."""


@dataclass(frozen=True, slots=True)
class LaserGap:
    """The time between two neighbouring laser pulses of two devices that see the same volume."""

    gap: int
    """From the end of the earlier pulse to the start of the later one, in units; negative is overlap."""
    earlier: str
    later: str
    at: int
    """End of the earlier pulse, in units after the pulse on the sync wire, within one period."""

    @property
    def gap_us(self) -> float:
        """The gap in µs; negative is overlap."""
        return self.gap / UNITS_PER_US

    @property
    def at_us(self) -> float:
        """When the gap begins, in µs after the pulse on the sync wire."""
        return self.at / UNITS_PER_US


@dataclass(frozen=True, slots=True)
class LaserCheck:
    """What the checker found."""

    smallest: LaserGap | None
    """The smallest gap; None where no two devices with lasers see the same volume."""
    collisions: tuple[LaserGap, ...]
    """Every overlap of two pulses in one period, the worst first."""


def check_lasers(lasers: Sequence[Laser], pairs: Iterable[tuple[str, str]], period: int) -> LaserCheck:
    """Find the smallest gap between laser pulses, and all overlaps, over one period as a circle.

    `pairs` are the devices that see the same volume, by name, each pair once; devices without a laser may
    be among them. `period` is in units.
    """
    by_name = {laser.device: laser for laser in lasers}
    gaps = [
        gap
        for first, second in pairs
        if first in by_name and second in by_name
        for gap in _gaps(by_name[first], by_name[second], period)
    ]
    smallest = min(gaps, key=_rank, default=None)
    return LaserCheck(smallest, tuple(sorted((gap for gap in gaps if gap.gap < 0), key=_rank)))


def _rank(gap: LaserGap) -> tuple[int, int, str, str]:
    return gap.gap, gap.at, gap.earlier, gap.later


def _gaps(first: Laser, second: Laser, period: int) -> Iterator[LaserGap]:
    """Yield, for each pulse of one laser with each of the other, the shorter way round the circle."""
    for start in (first.centre + offset for offset in first.pattern.starts):
        for other in (second.centre + offset for offset in second.pattern.starts):
            after = (other - start) % period - first.pattern.width
            before = (start - other) % period - second.pattern.width
            if after <= before:
                at = (start + first.pattern.width) % period
                yield LaserGap(after, first.device, second.device, at)
            else:
                at = (other + second.pattern.width) % period
                yield LaserGap(before, second.device, first.device, at)


def depth_centre(hardware: Hardware, subordinate_delay_us: int, depth_delay_us: int) -> int:
    """Return when a device's depth exposure is centred, in units after the pulse: positive is later."""
    kept = hardware.profile.delays.keep(subordinate_delay_us, depth_delay_us)
    return (kept.color_steps + kept.depth_steps) * units_per_step(hardware)


def units_per_step(hardware: Hardware) -> int:
    """Return how many units the delays of this hardware are multiples of."""
    return UNITS_PER_S // hardware.profile.delays.steps_per_s


def capture_period(fps: int) -> int:
    """Return the time between two pulses on the sync wire in units, exactly."""
    return UNITS_PER_S // fps


def lasers_of(rig: RigFields) -> list[Laser]:
    """Return the lasers of a rig as it stands; devices that fire none are left out."""
    return [
        Laser(device.name, pattern, _centre_of(rig, device))
        for device in rig.devices
        if (pattern := LASER_PATTERNS.get(rig.depth_mode_of(device))) is not None
    ]


def _centre_of(rig: RigFields, device: DeviceSpec) -> int:
    return depth_centre(
        rig.hardware, device.subordinate_delay_off_master_usec, device.depth_delay_off_color_usec
    )


def overlapping_pairs(rig: RigFields) -> list[tuple[str, str]]:
    """Return the pairs of devices that see the same volume, in the order of the rig.

    Two devices do when a group of `overlaps:` names both. A device that no group names is taken to see
    what every other one sees: to forget one costs time, never depth.
    """
    groups = [set(group) for group in rig.overlaps]
    listed = {name for group in groups for name in group}
    return [
        (first.name, second.name)
        for first, second in combinations(rig.devices, 2)
        if not {first.name, second.name} <= listed
        or any({first.name, second.name} <= group for group in groups)
    ]


def check_rig(rig: RigFields) -> LaserCheck:
    """Check the lasers of a rig as it stands; standalone devices share no clock, so nothing is known."""
    if rig.topology is Topology.STANDALONE:
        return LaserCheck(None, ())
    return check_lasers(lasers_of(rig), overlapping_pairs(rig), capture_period(rig.camera.fps))

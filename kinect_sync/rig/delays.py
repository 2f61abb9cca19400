"""What devices make of the two delays of a rig file: whole steps of their clock, and which camera gives way.

Every other part of ksync asks here, so that what `validate` prints, the alignment expects and the lasers are
checked by is one figure. The simulated bench alone does this arithmetic by itself.
"""

from __future__ import annotations

from dataclasses import dataclass


def whole_period_us(fps: int) -> int:
    """Return one period in whole microseconds, as the SDK has it: 33333, 66666 or 200000."""
    return 1_000_000 // fps


@dataclass(frozen=True, slots=True)
class KeptDelays:
    """When a device really takes its images: color after the pulse, depth after its color. Positive is later.

    Whole steps keep this exact: a tick of 90 kHz is no whole number of microseconds.
    """

    color_steps: int
    """From the pulse on the sync wire to the centre of the color exposure."""
    depth_steps: int
    """From there to the centre of the depth exposure."""
    steps_per_s: int

    @property
    def color_us(self) -> float:
        """Color after the pulse in µs: 160 µs are 155.6 on an Azure Kinect."""
        return self.color_steps * 1_000_000 / self.steps_per_s

    @property
    def depth_us(self) -> float:
        """Depth after color in µs; negative is earlier."""
        return self.depth_steps * 1_000_000 / self.steps_per_s


@dataclass(frozen=True, slots=True)
class DelayRules:
    """Which delays one kind of hardware takes, and what it makes of them."""

    steps_per_s: int
    """Delays are cut toward zero to whole steps of a clock of so many Hz."""
    longest_us: int | None
    """The longest delay that is accepted; None where that is one period."""
    color_gives_way: bool
    """Whether depth comes earlier than color by taking color later, so that color leaves the pulse."""

    @property
    def step_us(self) -> float:
        """One step in µs."""
        return 1_000_000 / self.steps_per_s

    def limit_us(self, fps: int) -> int:
        """Return the longest delay in µs that is accepted, either way for depth."""
        return whole_period_us(fps) if self.longest_us is None else self.longest_us

    def steps(self, delay_us: int) -> int:
        """Return the whole steps of a delay, cut toward zero: on an Azure Kinect 160 µs are 14, -80 are -7.

        Source: `K4A_USEC_TO_90K_HZ_TICK` in the SDK's `k4ainternal/common.h`.
        """
        steps = abs(delay_us) * self.steps_per_s // 1_000_000
        return steps if delay_us >= 0 else -steps

    def cut_us(self, delay_us: int) -> float:
        """Return a single delay as it is left after cutting: 160 µs are 155.6 on an Azure Kinect."""
        return self.steps(delay_us) * 1_000_000 / self.steps_per_s

    def keep(self, subordinate_delay_us: int, depth_delay_us: int) -> KeptDelays:
        """Return what a device makes of its two delays in µs, each cut by itself."""
        color, depth = self.steps(subordinate_delay_us), self.steps(depth_delay_us)
        if self.color_gives_way:
            color += max(0, -depth)
        return KeptDelays(color, depth, self.steps_per_s)

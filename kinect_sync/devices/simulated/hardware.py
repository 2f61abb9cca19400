"""How each kind of hardware behaves, in figures of the simulation's own.

The rig's profiles say the same of delays, clocks and exposures; but a simulation that took it from there
could only agree with what it tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kinect_sync.readings import Firmware
from kinect_sync.rig.hardware import Hardware


@dataclass(frozen=True, slots=True)
class Behavior:
    """What one kind of hardware does."""

    firmware: Firmware
    queue: int
    """Captures that the SDK keeps (`capturesync.c`; Orbbec's wrapper)."""
    drift_range_ppm: float
    """Without a fault, a device's clock runs up to this much faster or slower than the host's."""
    imu_period_us: int
    """1666 Hz (`common.h`), and 500 Hz on a Femto."""
    detects_plugs: bool
    """Whether its jacks tell what is plugged in, which starting then insists on."""
    needs_color_for_pulses: bool
    """Whether a master does not start without its color camera."""
    follows_host_time: bool
    """Whether its clock is the host's time of day, and has no zero."""
    shows_old_clock: bool
    """Whether captures from before the clock reset reach the user, where the SDK does not pair images."""
    delays_in_ticks: bool
    """Whether delays are whole 90 kHz ticks."""
    longest_delay_us: int | None
    """The longest delay at any frame rate; None where that is one period."""
    holds_color_back: bool
    """Whether it brings depth forward by taking color later."""
    exposure_step_us: int | None
    """Exposures are multiples of this; None where the firmware has a table."""

    def kept_us(self, delay_us: int) -> float:
        """Return what it makes of a delay: in ticks, cut toward zero, 160 becomes 155.6."""
        return math.trunc(delay_us * 9 / 100) * 100 / 9 if self.delays_in_ticks else float(delay_us)


_BEHAVIOR = {
    Hardware.AZURE_KINECT: Behavior(
        firmware=Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14"),
        queue=7,
        drift_range_ppm=200,
        imu_period_us=600,
        detects_plugs=True,
        needs_color_for_pulses=True,
        follows_host_time=False,
        shows_old_clock=True,
        delays_in_ticks=True,
        longest_delay_us=None,
        holds_color_back=False,
        exposure_step_us=None,
    ),
    Hardware.FEMTO: Behavior(  # a Bolt behind Orbbec's wrapper (`ob_k4a_impl.cpp`)
        firmware=Firmware(color="0.0.0", depth="1.1.2", audio="0.0.0"),
        queue=5,
        drift_range_ppm=20,
        imu_period_us=2000,
        detects_plugs=False,
        needs_color_for_pulses=False,
        follows_host_time=True,
        shows_old_clock=False,
        delays_in_ticks=False,
        longest_delay_us=33_333,
        holds_color_back=True,
        exposure_step_us=100,
    ),
}


def behavior_of(hardware: Hardware) -> Behavior:
    """Return how this hardware behaves."""
    return _BEHAVIOR[hardware]

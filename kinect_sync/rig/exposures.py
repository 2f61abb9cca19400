"""What color cameras make of the exposure that they are set to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kinect_sync.rig.delays import whole_period_us


@dataclass(frozen=True, slots=True)
class ExposureRules:
    """The exposures of one kind of hardware, by the mains frequency that the camera is told."""

    example_us: int
    """What a new rig file proposes: short, and kept as it is written."""
    table_us: Mapping[int, tuple[int, ...]]
    """The only exposures that the firmware has, ascending, by powerline frequency; empty where it has any."""

    def longest_us(self, powerline_hz: int, fps: int) -> int:
        """Return the longest exposure that fits into one period."""
        period_us = whole_period_us(fps)
        table = self.table_us.get(powerline_hz, (period_us,))
        return max(entry for entry in table if entry <= period_us)

    def effective_us(self, exposure_us: int, powerline_hz: int, fps: int) -> int:
        """Return the exposure that the device really uses for a set value.

        Firmware with a table rounds up to its next entry, and caps the result at the largest one that fits
        into a period.
        """
        table = self.table_us.get(powerline_hz)
        if table is None:
            return exposure_us
        rounded = next((entry for entry in table if entry >= exposure_us), table[-1])
        return min(rounded, self.longest_us(powerline_hz, fps))

"""Which pulse a capture belongs to, told from device timestamps alone.

A capture carries no pulse number. Its device timestamp does, but device clocks drift by hundreds of ppm,
so that after a minute a division by the period may name the wrong pulse. Counting from one capture to
the next never does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.trend import RunningLine

TOLERANCE_US = {30: 110, 15: 220, 5: 660}
"""How far a synchronized timestamp may be from the expected one: 0.33 % of a period, as in the SDK's own
test (`k4a_unittest_get_max_sync_delay_ms` in `tests/UnitTests/utcommon/utcommon.cpp`; the values are µs)."""

REPEATED = -(2**62)
"""In the place of a number: a second capture for the pulse of the one before."""
JUMPED = REPEATED - 1
"""In the place of a number: the clock went back, or ahead further than counting can follow."""

STEADY_PERIODS = 32
"""Up to so many periods between two captures the nominal period counts right, even when the real frame
rate is 0.5 % off (Femto devices deliver up to 30.14 fps at 30)."""
CLOCK_PPM = 500.0
"""How far a clock may be from the pulses before it was measured; 390 ppm have been seen."""
WANDER_PPM = 50.0
"""How far a clock's rate may move, with temperature, from what was measured so far."""
MARGIN_PERIODS = 0.4
"""Half a period slips a pulse; a tenth is left for jitter (3.3 ms at 30 fps)."""
JUMPS_TO_LOSE = 2
"""One stray timestamp is skipped; so many in a row are another time line, which has no numbers here."""


def period_us(fps: int) -> float:
    """Return the time between two pulses in µs: exact, not the SDK's whole number (33333)."""
    return 1_000_000 / fps


def pulses_in(seconds: float, fps: int) -> int:
    """Return how many pulses come in a time, at least one."""
    return max(1, round(seconds * fps))


@dataclass(frozen=True, slots=True)
class Offsets:
    """When a device takes its images, measured from the pulse: positive is later.

    color = pulse + subordinate_delay; depth = pulse + subordinate_delay + depth_delay.
    """

    subordinate_delay_us: float = 0.0
    depth_delay_us: float = 0.0

    @classmethod
    def of(cls, settings: DeviceSettings) -> Offsets:
        """Derive a device's offsets from its settings, as its hardware carries them out."""
        kept = settings.kept_delays
        return cls(kept.color_us, kept.depth_us)


ON_PULSE = Offsets()
"""No delays: color and depth are taken on the pulse."""


def pulse_time_us(color_us: int | None, depth_us: int | None, offsets: Offsets) -> float:
    """Return when the pulse of a capture came, on the device's own clock.

    `color_us` and `depth_us` are device timestamps (depth stands for IR too); color decides, depth only
    where color is missing. Raises ValueError when both are.
    """
    if color_us is not None:
        return color_us - offsets.subordinate_delay_us
    if depth_us is not None:
        return depth_us - offsets.subordinate_delay_us - offsets.depth_delay_us
    raise ValueError("a capture without any timestamp belongs to no pulse")


@overload
def is_pulse(number: int) -> bool: ...
@overload
def is_pulse(number: NDArray[np.int64]) -> NDArray[np.bool_]: ...
def is_pulse(number: int | NDArray[np.int64]) -> bool | NDArray[np.bool_]:
    """Tell numbers of pulses from `REPEATED` and `JUMPED`."""
    return number > REPEATED


class PulseCounter:
    """Numbers one device's captures by counting periods from each capture to the next.

    Why counting: an error of the clock matters only within one gap, and does not add up. Across at most
    `STEADY_PERIODS` the nominal period counts right. Across longer gaps the period measured on the
    captures so far counts. A gap slips no pulse while gap × rate error < 0.4 period; the rate error is
    `CLOCK_PPM` at first, and `WANDER_PPM` plus four standard errors of the measured rate as soon as that
    is less. At 30 fps and 100 µs of jitter that is 26 s at the start, more than 60 s after 2 s of
    captures, and 4 min after 10 s; six times as long at 5 fps. A longer gap is not guessed across: it
    gives `JUMPED`.

    - Pulse 0 is the pulse at the anchor. Captures before it have negative numbers, by plain division.
    - A second capture for a pulse gives `REPEATED`, and the first one stays.
    - A timestamp behind the last one, or too far ahead, gives `JUMPED`. If the next one fits
      again, counting goes on; after two in a row the clock has left for good (`clock_lost`).

    Epoch timestamps (Femto, 1.7e15 µs) are safe: float64 resolves 0.25 µs there, and all arithmetic
    happens after the anchor has been subtracted, which is exact.
    """

    def __init__(self, fps: int, anchor_us: float) -> None:
        """Let pulse 0 be the pulse at `anchor_us` on the device's pulse time line (`pulse_time_us`)."""
        self._period_us = period_us(fps)
        self._anchor_us = anchor_us
        self._started = False
        self._before: int | None = None
        self._last = 0.0  # pulse time of the last numbered capture, in periods since the anchor
        self._number = 0
        self._jumps = 0
        self._deviation = RunningLine()  # of the clock from the count, in periods over pulses
        self.repeated = 0
        self.jumped = 0

    @property
    def clock_lost(self) -> bool:
        """Whether the clock has jumped for good: no later capture of this device has a number."""
        return self._jumps >= JUMPS_TO_LOSE

    def number(self, pulse_times_us: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the pulse numbers of the next captures, shape (n,), in the order they came.

        May be called with one or with many; the result does not depend on how they are cut.
        """
        times = (np.asarray(pulse_times_us, dtype=np.float64) - self._anchor_us) / self._period_us
        numbers = np.empty(len(times), dtype=np.int64)
        gaps = np.diff(times, prepend=self._last)
        breaks = np.flatnonzero(~((np.rint(gaps) >= 1) & (gaps <= STEADY_PERIODS)))
        steady, at = self._started and not self.clock_lost, 0
        while at < len(times):
            end = _next_break(breaks, at, len(times)) if steady else at
            if end > at:
                self._count_on(times[at:end], np.rint(gaps[at:end]).astype(np.int64), numbers[at:end])
                at = end
            else:
                numbers[at] = self._number_one(float(times[at]))
                steady = self._started and not self.clock_lost and bool(self._last == times[at])
                at += 1
        return numbers

    def number_next(self, pulse_time_us: float) -> int:
        """Return the pulse number of the next capture: `number` of one, in a tenth of the time.

        A worker numbers each capture as it comes, and arrays of one cost more than all that is reckoned.
        """
        time = (pulse_time_us - self._anchor_us) / self._period_us
        gap = time - self._last
        if not self._started or self.clock_lost or round(gap) < 1 or gap > STEADY_PERIODS:
            return self._number_one(time)
        self._count(self._number + round(gap), time)
        return self._number

    def _count(self, number: int, time: float) -> None:
        self._deviation.add(float(number), time - number)
        self._started, self._number, self._last, self._jumps = True, number, time, 0

    def _count_on(
        self, times: NDArray[np.float64], steps: NDArray[np.int64], numbers: NDArray[np.int64]
    ) -> None:
        numbers[:] = self._number + np.cumsum(steps)
        self._deviation.add_all(numbers.astype(np.float64), times - numbers)
        self._number, self._last, self._jumps = int(numbers[-1]), float(times[-1]), 0

    def _number_one(self, time: float) -> int:
        if not self._started and round(time) < 0:
            return self._number_before_anchor(round(time))
        rate, reach = self._rate_and_reach()
        step = round((time - self._last) / rate)
        if self.clock_lost or step < 0 or step > reach:
            self._jumps += 1
            self.jumped += 1
            return JUMPED
        if self._started and step == 0:
            self.repeated += 1
            return REPEATED
        self._count(self._number + step, time)
        return self._number

    def _number_before_anchor(self, number: int) -> int:
        if self._before is not None and number <= self._before:
            repeated = number == self._before
            self.repeated += repeated
            self.jumped += not repeated
            return REPEATED if repeated else JUMPED
        self._before = number
        return number

    def _rate_and_reach(self) -> tuple[float, float]:
        """Return the device's periods per nominal period, and how many periods it may be trusted for."""
        known_ppm = WANDER_PPM + 4e6 * self._deviation.slope_error
        if self._deviation.count >= STEADY_PERIODS and known_ppm < CLOCK_PPM:
            return 1.0 + self._deviation.slope, MARGIN_PERIODS / (known_ppm * 1e-6)
        return 1.0, MARGIN_PERIODS / (CLOCK_PPM * 1e-6)


def _next_break(breaks: NDArray[np.int64], at: int, end: int) -> int:
    index = int(np.searchsorted(breaks, at))
    return int(breaks[index]) if index < len(breaks) else end

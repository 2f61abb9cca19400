"""How well one device keeps the time of the reference: bias, jitter and drift, kept apart.

A constant bias comes from exposure or firmware, jitter from automatic exposure or the wire, drift from
two quartz clocks and is harmless. Mixed into one number, none of them could be acted on.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.blocks import MIN_BLOCK, FittedBlock, Floats, fit_blocks, less_settings
from kinect_sync.timing.pulses import TOLERANCE_US, period_us
from kinect_sync.timing.trend import RunningLine

BLOCK = 300
"""Pulses per block, 10 s at 30 fps: short enough for a drift that changes with temperature to be straight."""
MIN_LINE = 3
"""Fewer points than this have no spread around a line."""


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What is known of one device's residuals."""

    count: int
    bias_us: float | None
    """The fitted residual at the common zero of the clocks; None without residuals near it."""
    jitter_us: float | None
    """RMS around the trend, without spikes."""
    drift_ppm: float | None
    """Slope over the whole take: positive when this clock is faster than the reference's."""
    outliers: int
    """Residuals farther than the tolerance from the trend, spikes among them."""
    step_us: float
    """The largest sudden change that stayed, with its sign; 0 where there was none to see."""


class SyncStatistics:
    """Bias, jitter, drift, outliers and steps of one device's residuals, in constant memory.

    The trend is a straight line per block of `BLOCK` pulses. One line for the whole take would call a
    drift that changes with temperature jitter: 10 ppm within an hour bend it by milliseconds.
    """

    def __init__(
        self,
        fps: int,
        tolerance_us: float | None = None,
        *,
        since_zero_us: float = 0.0,
        settings_us: float = 0.0,
    ) -> None:
        """Begin without residuals; the tolerance is that of the frame rate unless given.

        `since_zero_us` is how long the clocks had run from their common zero when pulse 0 came. They had
        drifted apart for so long already, and at 400 ppm a third of a second looks like a bias of 130 µs.
        `settings_us` is by how much clocks that are set every minute, as Femtos' are, may be set at a time;
        0 where they never are.
        """
        self._settings_us = settings_us
        self._since_zero_s = since_zero_us * 1e-6
        self._pulse_s = period_us(fps) * 1e-6
        self._tolerance_us = TOLERANCE_US[fps] if tolerance_us is None else tolerance_us
        self._pulses: list[int] = []
        self._residuals: list[float] = []
        self._first: FittedBlock | None = None
        self._last: FittedBlock | None = None
        self._steady: FittedBlock | None = None
        self._whole = RunningLine()
        self._squares = 0.0
        self._freedom = 0
        self._outliers = 0
        self._step_us = 0.0
        self._count = 0

    def add(self, pulse: int, residual_us: float | None) -> None:
        """Add one row's residual, in pulse order; None, where there is none, is nothing to measure."""
        if residual_us is None:
            return
        pulses = self._pulses
        enough = len(pulses) >= MIN_BLOCK and pulse - pulses[0] >= BLOCK
        if enough or len(pulses) >= BLOCK:
            self._close_block()
        self._pulses.append(pulse)
        self._residuals.append(residual_us)
        self._count += 1

    def add_all(self, pulses: NDArray[np.int64], residuals_us: Floats) -> None:
        """Add many rows at once, shapes (n,), in pulse order: as `add` would, one after the other."""
        at, end = 0, len(pulses)
        while at < end:
            begun = len(self._pulses)
            first = self._pulses[0] if begun else int(pulses[at])
            spans = at + int(np.searchsorted(pulses[at:], first + BLOCK))
            stop = min(at + BLOCK - begun, max(at + MIN_BLOCK - begun, spans), end)
            self._pulses += pulses[at:stop].tolist()
            self._residuals += residuals_us[at:stop].tolist()
            at = stop
            if at < end:
                self._close_block()
        self._count += end

    @property
    def count(self) -> int:
        """Residuals added."""
        return self._count

    @property
    def bias_us(self) -> float | None:
        """The fitted residual at the clocks' common zero, positive is late; None when not measurable."""
        return self.summary().bias_us

    @property
    def jitter_us(self) -> float | None:
        """RMS around the trend; None when not measurable."""
        return self.summary().jitter_us

    @property
    def drift_ppm(self) -> float | None:
        """Slope of the residuals over time; None when not measurable."""
        return self.summary().drift_ppm

    @property
    def outliers(self) -> int:
        """Residuals farther than the tolerance from the trend."""
        return self.summary().outliers

    @property
    def step_us(self) -> float:
        """The largest sudden change of the residual that stayed."""
        return self.summary().step_us

    def summary(self) -> SyncSummary:
        """Return what is known now, the unfinished block included; more can be added after."""
        whole = copy(self)
        whole._whole = copy(self._whole)
        whole._pulses, whole._residuals = list(self._pulses), list(self._residuals)
        whole._close_rest()
        return whole._summary()

    def _summary(self) -> SyncSummary:
        measurable = self._freedom > 0
        return SyncSummary(
            count=self._count,
            bias_us=self._bias_us(),
            jitter_us=math.sqrt(self._squares / self._freedom) if measurable else None,
            drift_ppm=self._whole.slope if measurable else None,
            outliers=self._outliers,
            step_us=self._step_us,
        )

    def _bias_us(self) -> float | None:
        if self._first is None or self._first.start_s > BLOCK * self._pulse_s:
            return None
        return self._first.line.at(-self._since_zero_s) if self._freedom > 0 else self._first.line.mean_y

    def _close_rest(self) -> None:
        """Take the unfinished block in: as a block, or measured by the trend before if it is too short."""
        if len(self._pulses) >= MIN_BLOCK or (self._pulses and self._last is None):
            self._close_block()
        elif self._pulses and self._last is not None:
            times, residuals = self._open_block()
            distance = residuals - self._last.line.at_all(times)
            distance = less_settings(distance, self._tolerance_us, self._settings_us)
            near = np.abs(distance) <= self._tolerance_us
            self._whole.add_all(times[near], residuals[near])
            self._outliers += int(np.count_nonzero(~near))

    def _open_block(self) -> tuple[Floats, Floats]:
        return np.array(self._pulses) * self._pulse_s, np.array(self._residuals)

    def _close_block(self) -> None:
        times, residuals = self._open_block()
        self._pulses, self._residuals = [], []
        for block in fit_blocks(times, residuals, self._tolerance_us, self._settings_us):
            self._take_in(block)

    def _take_in(self, block: FittedBlock) -> None:
        self._whole.merge(block.line)
        if block.line.count >= MIN_LINE:
            self._squares += block.line.squares
            self._freedom += block.line.count - 2
        self._outliers += block.outliers
        self._first, self._last = self._first or block, block
        if block.steady:
            self._compare(block)
            self._steady = block

    def _compare(self, block: FittedBlock) -> None:
        """Note how far the trends of two steady blocks miss each other half-way between them.

        Across more than a block in between, a line can't be continued precisely enough.
        """
        before = self._steady
        if before is None or block.start_s - before.end_s > 1.5 * BLOCK * self._pulse_s:
            return
        middle_s = (before.end_s + block.start_s) / 2
        step_us = block.line.at(middle_s) - before.line.at(middle_s)
        if abs(step_us) > max(abs(self._step_us), self._tolerance_us / 2):
            self._step_us = step_us

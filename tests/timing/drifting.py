"""Captures of a device whose clock drifts, made from true pulse numbers without the package's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinect_sync.timing.alignment import AlignedDevice, Entry, HoleReason
from kinect_sync.timing.pulses import Offsets
from kinect_sync.timing.table import MISSING, CaptureTimes

TICKS_PER_US = 0.09


@dataclass(frozen=True)
class Drifting:
    """One device over a number of pulses; delays are in whole ticks."""

    name: str
    fps: int = 30
    pulses: int = 3000
    ppm: float = 0.0
    jitter_us: float = 0.0
    sub_delay_ticks: int = 0
    depth_delay_ticks: int = 0
    dropped: frozenset[int] = frozenset()
    no_color: frozenset[int] = frozenset()
    no_depth: frozenset[int] = frozenset()
    has_color: bool = True
    has_depth: bool = True
    zero_us: float = 246_233.0
    """Device time of pulse 0: the first capture comes some pulses after the clock's zero."""
    seed: int = 0
    truth: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        kept = np.array([pulse for pulse in range(self.pulses) if pulse not in self.dropped], dtype=np.int64)
        object.__setattr__(self, "truth", kept)

    @property
    def device(self) -> AlignedDevice:
        offsets = Offsets(self.sub_delay_ticks / TICKS_PER_US, self.depth_delay_ticks / TICKS_PER_US)
        return AlignedDevice(self.name, offsets, has_color=self.has_color, has_depth=self.has_depth)

    def timestamps(self) -> tuple[np.ndarray, np.ndarray]:
        """(color, depth) in µs on the tick grid, MISSING where there is no image."""
        chance = np.random.default_rng(self.seed)
        noise = np.clip(
            chance.normal(0, self.jitter_us, len(self.truth)), -4 * self.jitter_us, 4 * self.jitter_us
        )
        seconds = self.truth / self.fps
        clock_us = self.zero_us + seconds * 1e6 + seconds * self.ppm + noise
        ticks = np.floor(clock_us * TICKS_PER_US).astype(np.int64) + self.sub_delay_ticks
        color, depth = ticks * 100 // 9, (ticks + self.depth_delay_ticks) * 100 // 9
        color[np.isin(self.truth, sorted(self.no_color)) | (not self.has_color)] = MISSING
        depth[np.isin(self.truth, sorted(self.no_depth)) | (not self.has_depth)] = MISSING
        return color, depth

    def recording(self) -> CaptureTimes:
        return CaptureTimes(self.device, *self.timestamps())

    def pulse_times(self) -> np.ndarray:
        return self.recording().pulse_times_us

    def entries(self) -> list[Entry]:
        rows = zip(self.truth.tolist(), *(array.tolist() for array in self.timestamps()), strict=True)
        return [self._entry(number, *row) for number, row in enumerate(rows)]

    def _entry(self, number: int, pulse: int, color: int, depth: int) -> Entry:
        half = (self.has_color and color == MISSING) or (self.has_depth and depth == MISSING)
        return Entry(
            pulse,
            number,
            None if color == MISSING else color,
            None if depth == MISSING else depth,
            pulse * 1_000_000_000 // self.fps,
            HoleReason.HALF_CAPTURE if half else None,
        )

"""Whether a device goes on at its own pace: arrivals that part from the reference's as two clocks do.

Two clocks part in a straight line, for as long as they run: 50 ppm are 3 ms a minute. Latency does not: it
jumps, when the exposure or the load of the host changes, and stays within what the host can hold back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinect_sync.rig.hardware import ClockKind, Hardware
from kinect_sync.timing.measures import Divergence
from kinect_sync.timing.pulses import TOLERANCE_US, period_us

TOLD_US = 5000.0
"""Less is not told. Latencies that differ and change by some ms are usual (USB, load, exposure)."""
PARTS = 8
"""A divergence is cut into so many parts of equal time, and each must show it. Six steps of latency, equal
and at equal distances, may be taken for one; five are not."""
MIN_PART = 3
"""Points in a part: the least of which one may be wrong. So nothing is told in less than 24 s at 30 fps."""
LEAST = PARTS * MIN_PART
"""Points without which nothing is told; a kink needs as many on either side."""
EVEN = (0.25, 1.75)
"""The share that each part may have of an eighth of the whole: on a busy host the earliest arrivals of a
second scatter by a millisecond, a third of an eighth of what two clocks 300 ppm apart part in 90 s."""
KINK_SHARE = 0.25
"""How far what arrivals gain may be from what timestamps lose; earliest arrivals scatter by a millisecond."""
APART_PPM = 1.0
"""Timestamps that part from the reference's faster than this show two clocks: 20 µs of jitter within 24 s
are less."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Track:
    """One device against the reference, over the take: shapes (n,), in the order of time."""

    moments_s: Floats
    """Since the first pulse."""
    lags_us: Floats
    """Arrival at the host - the reference's, for the same pulse; positive is later."""
    residuals_us: Floats
    """Observed - expected device timestamp."""

    @property
    def length_s(self) -> float:
        """From the first point to the last."""
        return float(self.moments_s[-1] - self.moments_s[0])

    def between(self, start: int, stop: int) -> Track:
        """Return the points from `start` to before `stop`."""
        part = slice(start, stop)
        return Track(self.moments_s[part], self.lags_us[part], self.residuals_us[part])


def find_divergence(
    track: Track, fps: int, hardware: Hardware, *, on_pulse: bool, uncertainty_us: float = 0.0
) -> Divergence | None:
    """Return how a device's arrivals part from the reference's until the end of the take; None if they don't.

    `on_pulse` says that the reference counts out the pulses itself: a device that runs by itself then shows
    the reference's own spacing. Where clocks are set to the host's, as a Femto's every minute, timestamps
    prove nothing here, and arrivals alone decide. `uncertainty_us` is by how much a lag may be off, either
    way, where the two came to different hosts: what twice as much explains is not told.
    """
    told_us = TOLD_US + 2 * uncertainty_us
    if len(track.lags_us) < LEAST or np.ptp(track.lags_us) <= told_us:
        return None
    fastest_ppm = hardware.profile.paces_apart_ppm
    by_timestamps = hardware.profile.clock is ClockKind.FROM_FIRST_PULSE
    if by_timestamps and (proof := _find_kink(track, fastest_ppm, TOLERANCE_US[fps], told_us)):
        return _divergence(*proof, fps, certain=True)
    for part in _ends(track):
        slope = steady_slope(part.moments_s, part.lags_us)
        if slope is not None and _is_told(part, slope, fastest_ppm, told_us):
            far = abs(slope) * part.length_s > period_us(fps) / 2
            found = _divergence(part, slope, fps, certain=far)
            return _explain(found, part, on_pulse=on_pulse) if by_timestamps else found
    return None


def _ends(track: Track) -> Iterator[Track]:
    """Yield ends of the take, the longest first; each can be cut into equal parts."""
    count = len(track.moments_s)
    size = count // PARTS
    while size >= MIN_PART:
        yield track.between(count - size * PARTS, count)
        size = min(size - 1, size * 9 // 10)


def _is_told(part: Track, ppm: float, fastest_ppm: float, told_us: float) -> bool:
    return abs(ppm) <= fastest_ppm and abs(ppm) * part.length_s > told_us


def _divergence(part: Track, ppm: float, fps: int, *, certain: bool) -> Divergence:
    begin = round(part.moments_s[0] * fps)
    return Divergence(us=ppm * part.length_s, ppm=ppm, from_pulse=begin, certain=certain)


def steady_slope(moments: Floats, values: Floats) -> float | None:
    """Return the slope of a straight line through points, shapes (PARTS × n,); None if it is none.

    Cut once more half a part later, it must be as even: steps in the middle of parts would look like a line.
    """
    slope, slopes = _slopes(moments, values, PARTS)
    if slope == 0:
        return None
    size = len(moments) // PARTS
    between = slice(size // 2, size // 2 - size)
    shares = np.concatenate([slopes, _slopes(moments[between], values[between], PARTS - 1)[1]]) / slope
    return slope if EVEN[0] <= shares.min() and shares.max() <= EVEN[1] else None


def _slopes(moments: Floats, values: Floats, parts: int) -> tuple[float, Floats]:
    """Return the slope from the first part to the last, and those from each part to the next.

    The medians of each part stand for it, so that single stretches may be wrong or missing.
    """
    times, levels = (np.median(each.reshape(parts, -1), axis=1) for each in (moments, values))
    slopes: Floats = np.diff(levels) / np.diff(times)
    return float((levels[-1] - levels[0]) / (times[-1] - times[0])), slopes


def _explain(found: Divergence, part: Track, *, on_pulse: bool) -> Divergence | None:
    """Hold a divergence against the device's timestamps: None, or uncertain, where they contradict it."""
    clock_ppm, clocks_ppm = _slopes(part.moments_s, part.residuals_us, PARTS)
    if (clocks_ppm * np.sign(clock_ppm)).min() < APART_PPM:
        return found
    if _made_of_timestamps(clock_ppm, found.ppm) or not found.certain:
        return None  # two clocks that part, as those of devices do that follow
    return found.model_copy(update={"certain": not on_pulse})


def _made_of_timestamps(clock_ppm: float, arrivals_ppm: float) -> bool:
    """Tell times of arrival that part as the timestamps do: recordings that are played have such."""
    return abs(clock_ppm - arrivals_ppm) <= APART_PPM + abs(arrivals_ppm) / 20


def _find_kink(
    track: Track, fastest_ppm: float, tolerance_us: float, told_us: float
) -> tuple[Track, float] | None:
    """Return since when timestamps run otherwise, and arrivals by as much, and how fast these part; or None.

    A device that follows shows its clock's rate in the residuals, and one that runs by itself in the
    arrivals: what one loses, the other gains. Latency changes no timestamp, and no clock changes its rate so.
    By its own clock the device then keeps to the period, so that its residuals lie on one line.
    """
    count = len(track.moments_s)
    if count < 2 * LEAST:
        return None
    start = _bend(track.moments_s, track.residuals_us)
    since, before = track.between(start, count), track.between(max(0, 2 * start - count), start)
    arrivals_ppm = _line_slope(since.moments_s, since.lags_us)
    ppm = _line_slope(since.moments_s, since.residuals_us)
    level = since.residuals_us - ppm * since.moments_s
    if np.percentile(np.abs(level - np.median(level)), 95) > tolerance_us:
        return None
    if _made_of_timestamps(ppm, arrivals_ppm):
        return None
    lost_ppm = ppm - _line_slope(before.moments_s, before.residuals_us)
    alike = abs(lost_ppm - arrivals_ppm) <= KINK_SHARE * abs(arrivals_ppm)
    return (since, arrivals_ppm) if alike and _is_told(since, arrivals_ppm, fastest_ppm, told_us) else None


def _bend(moments: Floats, values: Floats) -> int:
    """Return where two lines, one through the points before and one from there on, fit best."""
    x, y = moments - moments.mean(), values - values.mean()
    sums = np.cumsum([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    before = sums[:, LEAST - 1 : -LEAST]
    return LEAST + int(np.argmin(_squares(before) + _squares(sums[:, -1:] - before)))


def _squares(sums: Floats) -> Floats:
    """Return the squared distances of points from their line, from the sums of 1, x, y, xx, xy and yy."""
    count, x, y, xx, xy, yy = sums
    squares: Floats = yy - y * y / count - (xy - x * y / count) ** 2 / (xx - x * x / count)
    return squares


def _line_slope(moments: Floats, values: Floats) -> float:
    """Return the slope of the line through points, shapes (n,), without those far off it."""
    kept = np.ones(len(values), np.bool_)
    for _ in range(2):
        slope, level = np.polyfit(moments[kept], values[kept], 1)
        distance = np.abs(values - slope * moments - level)
        kept = distance <= 5 * np.median(distance)
    return float(slope)

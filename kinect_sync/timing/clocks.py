"""How the devices' clocks relate when they have just started: one zero for all, or not.

The first pulse that a device sees sets its clock to zero. A subordinate that was armed too late sees
another first pulse; it delivers at the right moments, but its timestamps have nothing to do with the
others'.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from kinect_sync.timing.pulses import PulseCounter, is_pulse, period_us

Sample = tuple[float, int]
"""(pulse_time_us, host_time_ns) of one capture; the host time is that of depth where there is some."""

LATENCY_SPREAD_US = 60_000.0
"""By how much the shortest ways from exposure to host may differ between devices (USB, and what is decoded
on a device without depth)."""


def unrelated_clocks(
    samples: Mapping[str, Sequence[Sample]],
    reference: str,
    fps: int,
    *,
    latency_spread_us: float = LATENCY_SPREAD_US,
    uncertainty_us: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Name the devices whose clock was not zeroed by the same pulse as the reference's.

    Host time - device time of a capture is the moment of the clock's zero plus a latency. Latency only
    adds, so each device's smallest difference is the one to compare: give all captures at hand. The
    margin is two periods (67 ms at 30 fps, 400 ms at 5 fps), or `latency_spread_us` where that is more:
    what is left of latency, and 500 ppm of drift during the first seconds, stays below it. A zero that
    is off by two periods and the spread is always found. One that is off by a single period at 30 fps
    is not told from latency; a subordinate that was armed late is off by much more. Devices without a
    sample are not named: nothing is known of them. Raises KeyError when the reference is one of them.
    `uncertainty_us` says by how much each device's host times may be off, where hosts' clocks differ: what
    two devices may be off together is added to their margin.
    """
    off_us = uncertainty_us or {}
    margin_us = max(2 * period_us(fps), latency_spread_us)
    zeros = {name: zero_us(found) for name, found in samples.items() if found}
    return tuple(
        name
        for name, zero in zeros.items()
        if abs(zero - zeros[reference]) > margin_us + off_us.get(name, 0.0) + off_us.get(reference, 0.0)
    )


def zero_us(samples: Sequence[Sample]) -> float:
    """Return the host time in µs at which a device's clock stood at zero, plus its least latency."""
    return min(host_ns / 1000 - device_us for device_us, host_ns in samples)


def common_anchors(
    samples: Mapping[str, Sequence[Sample]], reference: str, fps: int
) -> dict[str, float] | None:
    """Return, per device, its own pulse time at the first pulse that all have; None if there is none yet.

    The clocks must be related. Devices are compared at the reference's first sample: right while their
    clocks, zeroed together, have drifted apart by less than half a period (20 s at 30 fps and 800 ppm).
    """
    if not samples or not all(samples.values()):
        return None
    begin_us = samples[reference][0][0]
    moments = {name: _by_pulse(found, begin_us, fps) for name, found in samples.items()}
    first = first_common_pulse(moments)
    return None if first is None else {name: found[first] for name, found in moments.items()}


def _by_pulse(samples: Sequence[Sample], begin_us: float, fps: int) -> dict[int, float]:
    times = [device_us for device_us, _ in samples]
    numbers = PulseCounter(fps, begin_us).number(np.array(times)).tolist()
    return {number: time for number, time in zip(numbers, times, strict=True) if is_pulse(number)}


def first_common_pulse(pulses_by_device: Mapping[str, Collection[int]]) -> int | None:
    """Return the first pulse that every device has, where all files begin; None if there is none yet."""
    common = [set(pulses) for pulses in pulses_by_device.values()]
    return min(set.intersection(*common), default=None) if common else None

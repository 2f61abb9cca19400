"""Captures on their way to the host, made from true moments of exposure without the package's arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.rig.hardware import Hardware
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.measures import DeviceVerification
from kinect_sync.timing.table import MISSING, CaptureTimes, Table, align
from kinect_sync.timing.verification import Verification

BEGIN_NS = 10**15
ZERO_US = 246_233.0


@dataclass(frozen=True)
class Arriving:
    """One device: its clock against the host's, and what happens to its captures on their way."""

    name: str
    ppm: float = 0.0
    free_from: int | None = None
    """From this pulse on it exposes every period of its own clock."""
    jitter_ms: float = 3.0
    """Scale of the latency that comes on top of the least: exponential, so one-sided."""
    steps: Sequence[tuple[float, float]] = ()
    """(share of the take, ms): latency that changes at once and stays."""
    ramp_ms: float = 0.0
    """Latency that has grown by so much at the end, steadily."""
    dropped: float = 0.0
    """Share of the pulses that are lost."""
    outage: range = range(0)
    """Pulses that are all lost."""
    halves: float = 0.0
    """Share of the captures without color."""
    subordinate: bool = True
    seed: int = 0

    def exposed_s(self, pulses_s: np.ndarray, fps: int) -> np.ndarray:
        """Host times of exposure, for the pulses at these host times."""
        times = pulses_s.copy()
        if self.free_from is not None:
            own = np.arange(1, len(times) - self.free_from + 1) / fps / (1 + self.ppm * 1e-6)
            times[self.free_from :] = times[self.free_from - 1] + own
        return times

    def recording(self, pulses_s: np.ndarray, fps: int, hardware: Hardware) -> CaptureTimes:
        chance, count = np.random.default_rng(self.seed), len(pulses_s)
        exposed_s = self.exposed_s(pulses_s, fps)
        latency_ms = 30 + chance.exponential(self.jitter_ms, count)
        latency_ms += np.linspace(0, self.ramp_ms, count)
        for share, step_ms in self.steps:
            latency_ms[int(share * count) :] += step_ms
        counted_s = exposed_s * (1 + self.ppm * 1e-6)
        if hardware is Hardware.FEMTO:  # set to the host's time every minute
            counted_s = exposed_s + exposed_s % 60 * self.ppm * 1e-6
        clock_us = ZERO_US + counted_s * 1e6 + chance.uniform(-5, 5, count)
        color = np.floor(clock_us * 0.09).astype(np.int64) * 100 // 9
        depth = color.copy()
        color[chance.random(count) < self.halves] = MISSING
        kept = chance.random(count) >= self.dropped
        kept[self.outage.start : self.outage.stop] = False
        kept[0] = True
        host_ns = BEGIN_NS + np.round(exposed_s * 1e9 + latency_ms * 1e6).astype(np.int64)
        device = AlignedDevice(self.name, gives_pulses=not self.subordinate)
        return CaptureTimes(device, color[kept], depth[kept], host_ns[kept])


def arrive(
    devices: Sequence[Arriving],
    seconds: float,
    fps: int = 30,
    hardware: Hardware = Hardware.AZURE_KINECT,
    trigger_ppm: float | None = None,
) -> Table:
    """Align a take of devices that follow the first one's pulses, or a trigger's."""
    rate = 1 + (devices[0].ppm if trigger_ppm is None else trigger_ppm) * 1e-6
    pulses_s = np.arange(round(seconds * fps)) / fps / rate
    recordings = [each.recording(pulses_s, fps, hardware) for each in devices]
    anchors = {each.name: ZERO_US for each in devices}
    return align(recordings, devices[0].name, fps, anchors)


def verify(
    table: Table, fps: int = 30, hardware: Hardware = Hardware.AZURE_KINECT
) -> tuple[DeviceVerification, ...]:
    verification = Verification(table.devices, fps, hardware, first_pulse_us=ZERO_US)
    verification.add_table(table)
    return verification.devices()

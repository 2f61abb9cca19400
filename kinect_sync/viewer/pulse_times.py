"""Which pulse a device's time is of, and when that was by the host's clock, from the rows of an index."""

from __future__ import annotations

from typing import NamedTuple

from kinect_sync.takes.index_reader import IndexColumns, TakeIndex
from kinect_sync.takes.manifest import Manifest, TakeDevice
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.pulses import period_us
from kinect_sync.timing.table import MISSING


class _Anchor(NamedTuple):
    """One capture that the index names."""

    pulse: int
    device_us: float
    host_ns: int
    """When it reached the host; `MISSING` where that is not told."""


class PulseTimes:
    """Counts from the last row of each device: two clocks part by less than half a period in so short a time.

    Before there is one it counts from pulse 0, as take.json has it.
    """

    def __init__(self, manifest: Manifest) -> None:
        """Begin with what take.json says."""
        self._anchors = {each.settings.name: _first_pulse(each) for each in manifest.devices}
        self._period_us = period_us(manifest.devices[0].settings.fps)

    def note(self, rows: TakeIndex) -> None:
        """Learn from the newest rows."""
        for name, columns in rows.devices.items():
            times = columns.color_us if (columns.color_us != MISSING).any() else columns.depth_us
            known = (times != MISSING).nonzero()[0]
            if name in self._anchors and len(known):
                self._anchors[name] = _anchor(rows, columns, int(known[-1]), float(times[known[-1]]))

    def pulse(self, device: str, device_us: int) -> int | None:
        """Return the pulse that a device's time is of; None for a device that the take does not name."""
        anchor = self._anchors.get(device)
        if anchor is None:
            return None
        return anchor.pulse + round((device_us - anchor.device_us) / self._period_us)

    def host_ns(self, device: str, device_us: int) -> int | None:
        """Return when a device's time was, on the clock of the director's host; None where nothing tells."""
        anchor = self._anchors.get(device)
        if anchor is None or anchor.host_ns == MISSING:
            return None
        return anchor.host_ns + round((device_us - anchor.device_us) * 1000)


def _first_pulse(device: TakeDevice) -> _Anchor:
    return _Anchor(0, device.first_pulse_us + AlignedDevice.of(device.settings).delay_us, MISSING)


def _anchor(rows: TakeIndex, columns: IndexColumns, row: int, device_us: float) -> _Anchor:
    return _Anchor(int(rows.pulses[row]), device_us, int(columns.host_ns[row]))

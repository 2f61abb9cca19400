"""Of which pulses rows have no whole capture of a device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kinect_sync.timing.alignment import Row
from kinect_sync.timing.pulse_set import PulseSet


class DeviceHoles:
    """Remembers the holes of rows, by device."""

    def __init__(self, devices: Sequence[str]) -> None:
        """Know the devices, in the order of rows, and no row yet."""
        self.by_device: Mapping[str, PulseSet] = {name: PulseSet() for name in devices}

    def add(self, row: Row) -> None:
        """Note what a row lacks."""
        for holes, cell in zip(self.by_device.values(), row.cells, strict=True):
            if cell.hole is not None:
                holes.add(row.pulse)

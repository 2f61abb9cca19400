"""The Kinects that are connected to this host."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kinect_sync.devices.k4a.device import KinectDevice
from kinect_sync.devices.k4a.extension import read_serial
from kinect_sync.devices.k4a.indexed import IndexedKinects
from kinect_sync.devices.k4a.open_devices import KeptKinects
from kinect_sync.devices.k4a.sdk_errors import error
from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError
from kinect_sync.findings.bench import (
    DEVICE_MAY_BE_BUSY,
    DEVICE_NOT_FOUND,
    NO_DEVICES,
)
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.steady import steady_s

_RETRY_S = 0.25


@dataclass
class _Search:
    """What one pass over the indices has seen."""

    kinect: Any = None
    found: list[str] = field(default_factory=list)
    refusing: list[int] = field(default_factory=list)


class KinectBench:
    """Azure Kinects (and Femtos) through pyk4a; making one touches nothing."""

    def __init__(
        self,
        busy_patience_s: float = 3.0,
        clock: Callable[[], float] = steady_s,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take how long to go on trying while a device is in use: other workers probe the same indices."""
        self._busy_patience_s = busy_patience_s
        self._clock = clock
        self._sleep = sleep
        self._kinects = IndexedKinects()
        self._kept = KeptKinects(self._kinects)

    def discover(self) -> Sequence[Discovered]:
        """List every device; each is opened and closed once. Raises `SdkMissing`.

        What refuses is tried again: a device that was closed a moment ago, or is opened while another is,
        needs its time, and is neither absent nor in use.
        """
        found: dict[int, Discovered] = {}
        indices = list(range(self._kinects.count()))
        for _ in self._tries():
            found |= {index: self._discover_one(index) for index in indices}
            indices = [index for index in indices if found[index].serial is None]
            if not indices:
                break
        return list(found.values())

    def count(self) -> int | None:
        """Count the devices that are connected; an unplugged one is missed by nothing else in the SDK."""
        return self._kinects.count()

    def claim(self, index: int) -> Discovered | None:
        """Open one index and keep it until `open` takes it; None beyond the last. Raises `SdkMissing`."""
        return self._kept.claim(index) if index < self._kinects.count() else None

    def release(self, index: int) -> None:
        """Close what was claimed."""
        self._kept.release(index)

    def look(self) -> Sequence[Discovered]:
        """List every device and keep it open; a later look reads jacks only. Raises `SdkMissing`."""
        return self._kept.look()

    def close(self) -> None:
        """Close what `look` and `claim` keep open."""
        self._kept.close()

    def open(self, settings: DeviceSettings, index: int | None = None) -> KinectDevice:
        """Open the device with this serial, at `index` if it is still there, else wherever it is.

        The SDK knows devices by index only, and indices change with every replugging. What refuses is tried
        again, and the others are not: each costs a second or two. Raises `DeviceNotFound`, `DeviceBusy` or
        `SdkMissing`.
        """
        if (kept := self._kept.take(index, settings.serial)) is not None:
            return KinectDevice(self._kinects.sdk, kept, settings)
        indices = sorted(range(self._kinects.count()), key=lambda each: each != index)
        search = _Search(refusing=indices)
        for _ in self._tries():
            search = self._search(settings.serial, search.refusing, search.found)
            if search.kinect is not None:
                return KinectDevice(self._kinects.sdk, search.kinect, settings)
            if not search.refusing:
                break
        raise _not_opened(settings, search)

    def _tries(self) -> Iterator[None]:
        """Try at once, and again for as long as what refuses may come free."""
        yield
        deadline = self._clock() + self._busy_patience_s
        while self._clock() < deadline:
            self._sleep(_RETRY_S)
            yield

    def _search(self, serial: str, indices: Sequence[int], found: Sequence[str]) -> _Search:
        search = _Search(found=list(found))
        for index in indices:
            kinect = self._kinects.open_index(index)
            seen = read_serial(self._kinects.sdk, kinect) if kinect is not None else None
            if seen == serial:
                search.kinect = kinect
                return search
            if kinect is not None:
                kinect.close()
            if seen is None:
                search.refusing.append(index)
            else:
                search.found.append(seen)
        return search

    def _discover_one(self, index: int) -> Discovered:
        kinect = self._kinects.open_index(index)
        try:
            return self._kinects.inspect(index, kinect)
        finally:
            if kinect is not None:
                kinect.close()


def _not_opened(settings: DeviceSettings, search: _Search) -> BenchError:
    found = ", ".join(search.found) or "none"
    if search.refusing:
        indices = ", ".join(map(str, search.refusing))
        return error(DEVICE_MAY_BE_BUSY, settings.name, serial=settings.serial, indices=indices, found=found)
    if search.found:
        return error(DEVICE_NOT_FOUND, settings.name, serial=settings.serial, found=found)
    return error(NO_DEVICES, settings.name, serial=settings.serial)

"""The Kinects that are connected to this host."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kinect_sync.devices.k4a.device import KinectDevice
from kinect_sync.devices.k4a.extension import THREAD_SAFE, give_none_back, read_serial
from kinect_sync.devices.k4a.firmware import read_firmware
from kinect_sync.devices.k4a.open_devices import KeptKinects
from kinect_sync.devices.k4a.sdk import Sdk, load_sdk
from kinect_sync.devices.k4a.sdk_errors import describe, error
from kinect_sync.devices.port import Discovered
from kinect_sync.errors import BenchError
from kinect_sync.findings.bench import (
    DEVICE_BUSY,
    DEVICE_MAY_BE_BUSY,
    DEVICE_NOT_FOUND,
    JACKS_UNREADABLE,
    NO_DEVICES,
    SERIAL_UNREADABLE,
)
from kinect_sync.readings import Jacks
from kinect_sync.rig.hardware import hardware_of
from kinect_sync.rig.model import DeviceSettings

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
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take how long to go on trying while a device is in use: other workers probe the same indices."""
        self._busy_patience_s = busy_patience_s
        self._clock = clock
        self._sleep = sleep
        self._kept = KeptKinects(self)

    @property
    def _sdk(self) -> Sdk:
        return load_sdk()

    def discover(self) -> Sequence[Discovered]:
        """List every device; each is opened and closed once. Raises `SdkMissing`."""
        return [self._discover_one(index) for index in range(self.count())]

    def look(self) -> Sequence[Discovered]:
        """List every device and keep it open; a later look reads jacks only. Raises `SdkMissing`."""
        return self._kept.look()

    def close(self) -> None:
        """Close what `look` keeps open."""
        self._kept.close()

    def open(self, settings: DeviceSettings, index: int | None = None) -> KinectDevice:
        """Open the device with this serial, at `index` if it is still there, else wherever it is.

        The SDK knows devices by index only, and indices change with every replugging. Raises
        `DeviceNotFound`, `DeviceBusy` or `SdkMissing`.
        """
        deadline = self._clock() + self._busy_patience_s
        while True:
            search = self._search(settings.serial, index)
            if search.kinect is not None:
                return KinectDevice(self._sdk, search.kinect, settings)
            if not search.refusing or self._clock() >= deadline:
                raise _not_opened(settings, search)
            self._sleep(_RETRY_S)

    def count(self) -> int:
        """Count the devices that are connected; one in use elsewhere is among them."""
        return int(self._sdk.pyk4a.connected_device_count())

    def _search(self, serial: str, hint: int | None) -> _Search:
        search = _Search()
        indices = sorted(range(self.count()), key=lambda index: index != hint)
        for index in indices:
            kinect = self.open_index(index)
            seen = read_serial(self._sdk, kinect) if kinect is not None else None
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

    def open_index(self, index: int) -> Any | None:
        """Open one index; None where the SDK refuses, which it does alike for every reason."""
        kinect = self._sdk.pyk4a.PyK4A(device_id=index, thread_safe=THREAD_SAFE)
        try:
            kinect.open()
        except self._sdk.pyk4a.K4AException:
            give_none_back()
            return None
        return kinect

    def _discover_one(self, index: int) -> Discovered:
        kinect = self.open_index(index)
        try:
            return self.inspect(index, kinect)
        finally:
            if kinect is not None:
                kinect.close()

    def inspect(self, index: int, kinect: Any | None) -> Discovered:
        """Tell what an open device is, or why it is not open."""
        if kinect is None:
            return Discovered(index=index, serial=None, problem=describe(DEVICE_BUSY, indices=index))
        serial = read_serial(self._sdk, kinect)
        if serial is None:
            problem = describe(SERIAL_UNREADABLE, indices=index)
            return Discovered(index=index, serial=None, problem=problem)
        jacks = self.read_jacks(kinect, serial)
        return Discovered(
            index=index,
            serial=serial,
            jacks=jacks,
            firmware=read_firmware(self._sdk, kinect),
            problem=None if jacks else describe(JACKS_UNREADABLE, serial),
        )

    def read_jacks(self, kinect: Any, serial: str) -> Jacks | None:
        """Read the jacks; unknown where the hardware, told by its serial, cannot tell."""
        if not hardware_of(serial).profile.jacks_tell:
            return Jacks(sync_in=None, sync_out=None)
        try:
            sync_in, sync_out = kinect.sync_jack_status
        except self._sdk.pyk4a.K4AException:
            return None
        return Jacks(sync_in=sync_in, sync_out=sync_out)


def _not_opened(settings: DeviceSettings, search: _Search) -> BenchError:
    found = ", ".join(search.found) or "none"
    if search.refusing:
        indices = ", ".join(map(str, search.refusing))
        return error(DEVICE_MAY_BE_BUSY, settings.name, serial=settings.serial, indices=indices, found=found)
    if search.found:
        return error(DEVICE_NOT_FOUND, settings.name, serial=settings.serial, found=found)
    return error(NO_DEVICES, settings.name, serial=settings.serial)

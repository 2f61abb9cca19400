"""Connected Kinects as the SDK knows them: by an index, which another order of plugging in changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kinect_sync.devices.k4a.extension import THREAD_SAFE, give_none_back, read_serial
from kinect_sync.devices.k4a.firmware import read_firmware
from kinect_sync.devices.k4a.native import find_function
from kinect_sync.devices.k4a.sdk import Sdk, load_sdk
from kinect_sync.devices.k4a.sdk_errors import describe
from kinect_sync.devices.port import Discovered
from kinect_sync.findings.bench import DEVICE_BUSY, JACKS_UNREADABLE, SERIAL_UNREADABLE
from kinect_sync.readings import Jacks
from kinect_sync.rig.hardware import hardware_of


class IndexedKinects:
    """What can be done with a Kinect of which only the index is known; making one touches nothing."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Let hardware that needs it rest with `sleep`."""
        self._sleep = sleep

    @property
    def sdk(self) -> Sdk:
        """The SDK, loaded with the first use; raises `SdkMissing`."""
        return load_sdk()

    def count(self) -> int:
        """Count the devices that are connected; one in use elsewhere is among them.

        libk4a itself is asked where it is found, as pyk4a lets no other thread of the process run meanwhile,
        and a bus that a device is leaving may take its time.
        """
        count = find_function(self.sdk, "k4a_device_get_installed_count")
        return int(self.sdk.pyk4a.connected_device_count() if count is None else count())

    def open_index(self, index: int) -> Any | None:
        """Open one index; None where the SDK refuses, which it does alike for every reason.

        Returns when the device may be closed again, which on a Femto is later.
        """
        kinect = self.sdk.pyk4a.PyK4A(device_id=index, thread_safe=THREAD_SAFE)
        try:
            kinect.open()
        except self.sdk.pyk4a.K4AException:
            give_none_back()
            return None
        self._sleep(hardware_of(read_serial(self.sdk, kinect) or "").profile.closes_after_s)
        return kinect

    def inspect(self, index: int, kinect: Any | None) -> Discovered:
        """Tell what an open device is, or why it is not open."""
        if kinect is None:
            return Discovered(index=index, serial=None, problem=describe(DEVICE_BUSY, indices=index))
        serial = read_serial(self.sdk, kinect)
        if serial is None:
            problem = describe(SERIAL_UNREADABLE, indices=index)
            return Discovered(index=index, serial=None, problem=problem)
        jacks = self.read_jacks(kinect, serial)
        return Discovered(
            index=index,
            serial=serial,
            jacks=jacks,
            firmware=read_firmware(self.sdk, kinect),
            problem=None if jacks else describe(JACKS_UNREADABLE, serial),
        )

    def read_jacks(self, kinect: Any, serial: str) -> Jacks | None:
        """Read the jacks; unknown where hardware with such a serial cannot tell, None where it fails."""
        if not hardware_of(serial).profile.jacks_tell:
            return Jacks(sync_in=None, sync_out=None)
        try:
            sync_in, sync_out = kinect.sync_jack_status
        except self.sdk.pyk4a.K4AException:
            return None
        return Jacks(sync_in=sync_in, sync_out=sync_out)

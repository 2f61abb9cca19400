"""The simulated bench: discovers and opens the devices of a simulated world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.devices.port import Discovered
from kinect_sync.devices.simulated.clocks import HostClock
from kinect_sync.devices.simulated.device import SimulatedKinect
from kinect_sync.devices.simulated.world import SimulatedDevice, SimulatedWorld, was_unplugged, world_clock
from kinect_sync.errors import DeviceBusy, DeviceError, DeviceNotFound
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import DEVICE_BUSY, DEVICE_NOT_FOUND, OPEN_FAILED
from kinect_sync.rig.model import DeviceSettings


class SimulatedBench:
    """The devices of a simulated world, for one of the processes that share it."""

    def __init__(
        self,
        world: SimulatedWorld,
        clock: HostClock | None = None,
        renew: Callable[[SimulatedWorld], SimulatedWorld] | None = None,
    ) -> None:
        """Stand in `world`, by the time of `clock`: the time that really passes, unless a test says so.

        `renew` says what the world has become when somebody looks again, as cables are plugged meanwhile.
        """
        self._world = world
        self._renew = renew
        self._clock = world_clock(world, clock)
        self._claimed: dict[int, SimulatedKinect] = {}

    def discover(self) -> Sequence[Discovered]:
        """List every device; one that cannot be opened has no serial number, but a problem."""
        return tuple(self._look_at(index) for index in range(len(self._world.devices)))

    def count(self) -> int | None:
        """Count the devices, without those that were unplugged meanwhile."""
        return sum(not was_unplugged(self._world, device.serial) for device in self._world.devices)

    def claim(self, index: int) -> Discovered | None:
        """Open the device at an index and keep it until `open` takes it; None beyond the last."""
        if index >= len(self._world.devices):
            return None
        try:
            opened = self._open(self._world.devices[index], index, None)
        except DeviceError as error:
            return Discovered(index=index, serial=None, problem=error.findings[0])
        self._claimed[index] = opened
        return _inspect(opened, index)

    def release(self, index: int) -> None:
        """Close what was claimed."""
        if index in self._claimed:
            self._claimed.pop(index).close()

    def look(self) -> Sequence[Discovered]:
        """List every device of the world as it is now; nothing is gained by keeping one open."""
        if self._renew is not None:
            self._world = self._renew(self._world)
        return self.discover()

    def close(self) -> None:
        """Close what `claim` keeps open."""
        for index in list(self._claimed):
            self.release(index)

    def open(self, settings: DeviceSettings, index: int | None = None) -> SimulatedKinect:
        """Open the device with the serial of `settings`; DeviceNotFound, DeviceBusy or DeviceError."""
        if index in self._claimed and self._claimed[index].serial == settings.serial:
            return self._claimed.pop(index)
        devices = self._world.devices
        likely = [index] if index is not None and 0 <= index < len(devices) else []
        for at in (*likely, *range(len(devices))):
            if devices[at].serial == settings.serial:
                return self._open(devices[at], at, settings.name)
        present = ", ".join(sorted(device.serial for device in self._world.devices)) or "none"
        raise DeviceNotFound(
            DEVICE_NOT_FOUND.found(
                f"no device with serial {settings.serial} is connected (connected: {present})",
                device=settings.name,
            )
        )

    def _look_at(self, index: int) -> Discovered:
        device = self._world.devices[index]
        try:
            opened = self._open(device, index, None)
        except DeviceError as error:
            return Discovered(index=index, serial=None, problem=error.findings[0])
        try:
            return _inspect(opened, index)
        finally:
            opened.close()

    def _open(self, device: SimulatedDevice, index: int, name: str | None) -> SimulatedKinect:
        if device.faults.open_fails:
            raise DeviceError(_cannot_open(index, name))
        lock = FileLock(self._world.directory / f"{device.serial}.open")
        if device.faults.busy or not lock.acquire():
            raise DeviceBusy(_busy(index, name))
        return SimulatedKinect(self._world, device, self._clock, lock)


def _inspect(opened: SimulatedKinect, index: int) -> Discovered:
    seen = Discovered(index=index, serial=opened.serial, firmware=opened.firmware())
    try:
        return seen.model_copy(update={"jacks": opened.jacks()})
    except DeviceError as error:
        problem = error.findings[0].model_copy(update={"device": opened.serial})
        return seen.model_copy(update={"problem": problem})


def _cannot_open(index: int, name: str | None) -> Finding:
    return OPEN_FAILED.found(f"the device at index {index} does not open", device=name)


def _busy(index: int, name: str | None) -> Finding:
    return DEVICE_BUSY.found(
        f"the device at index {index} is in use by another program, or you may not use it",
        device=name,
    )

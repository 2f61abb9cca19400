"""The recordings of a set as devices."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.devices.playback.device import PlaybackDevice
from kinect_sync.devices.playback.played_file import open_with_sdk
from kinect_sync.devices.playback.reel_file import OpenReel
from kinect_sync.devices.port import Discovered
from kinect_sync.devices.programme import Programme
from kinect_sync.errors import DeviceBusy, DeviceNotFound
from kinect_sync.findings import Finding
from kinect_sync.findings.bench import DEVICE_BUSY
from kinect_sync.findings.files import RECORDING_MISSING
from kinect_sync.rig.model import DeviceSettings


class PlaybackBench:
    """The recordings of a set as devices, by serial number."""

    def __init__(self, programme: Programme, open_reel: OpenReel = open_with_sdk) -> None:
        """Play a programme, from files that `open_reel` opens."""
        self._programme = programme
        self._open_reel = open_reel
        self._claimed: dict[str, FileLock] = {}

    def discover(self) -> Sequence[Discovered]:
        """List the recordings; what the jacks said then is not in a file."""
        return [self._look_at(index, serial) for index, serial in enumerate(self._programme.reels)]

    def count(self) -> int | None:
        """Count nothing: no recording is ever unplugged."""
        return None

    def claim(self, index: int) -> Discovered | None:
        """Keep others from playing the recording at an index until `open` takes it; None beyond the last."""
        serials = list(self._programme.reels)
        if index >= len(serials):
            return None
        lock = self._lock_of(serials[index])
        if not lock.acquire():
            return Discovered(index=index, serial=None, problem=_busy(serials[index]))
        self._claimed[serials[index]] = lock
        return Discovered(index=index, serial=serials[index])

    def release(self, index: int) -> None:
        """Let others play what was claimed."""
        serial = list(self._programme.reels)[index]
        if serial in self._claimed:
            self._claimed.pop(serial).release()

    def look(self) -> Sequence[Discovered]:
        """List the recordings; a file needs not be kept open."""
        return self.discover()

    def close(self) -> None:
        """Let go of what `claim` keeps."""
        for lock in self._claimed.values():
            lock.release()
        self._claimed = {}

    def open(self, settings: DeviceSettings, index: int | None = None) -> PlaybackDevice:  # noqa: ARG002
        """Open the recording with the serial of `settings`; DeviceNotFound, DeviceBusy or DeviceLost."""
        programme, serial = self._programme, settings.serial
        if serial not in programme.reels:
            what = f"no recording is of a device with serial {serial}"
            remedy = "play a take of this rig"
            raise DeviceNotFound(RECORDING_MISSING.found(what, device=settings.name, remedy=remedy))
        claimed = self._claimed.pop(serial, None)
        lock = claimed or self._lock_of(serial)
        if claimed is None and not lock.acquire():
            raise DeviceBusy(_busy(settings.name))
        try:
            file = self._open_reel(programme.reels[serial], settings)
        except BaseException:
            lock.release()
            raise
        return PlaybackDevice(file, programme, settings, lock)

    def _look_at(self, index: int, serial: str) -> Discovered:
        lock = self._lock_of(serial)
        if not lock.acquire():
            return Discovered(index=index, serial=None, problem=_busy(serial))
        lock.release()
        return Discovered(index=index, serial=serial)

    def _lock_of(self, serial: str) -> FileLock:
        return FileLock(self._programme.directory / f"{serial}.open")


def _busy(device: str) -> Finding:
    what, remedy = "its recording is being played already", "wait until that has ended"
    return DEVICE_BUSY.found(what, device=device, remedy=remedy)

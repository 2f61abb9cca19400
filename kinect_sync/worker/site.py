"""Where a worker runs: its host, the clock there, and the folder that takes are put into."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kinect_sync.host.identity import HostIdentity, this_host
from kinect_sync.host.usb import usb_serials
from kinect_sync.host.view import Host
from kinect_sync.steady import steady_ns
from kinect_sync.wire.capture_ring import ring_name
from kinect_sync.wire.messages import RecordingFile


@dataclass(frozen=True, slots=True)
class Site:
    """One worker's surroundings."""

    takes: Path | None = None
    """The folder that takes are put into on this host; None where nothing is to be kept."""
    host: HostIdentity = field(default_factory=this_host)
    steady_ns: Callable[[], int] = steady_ns
    """Reads the clock that `host` names."""
    usb_serials: Callable[[], Collection[str]] = lambda: usb_serials(Host())
    """Tells the serial numbers of the devices that the buses list; none where they tell none."""
    published: Path | None = None
    """The folder in which others find the newest captures on this host; None where there is to be none."""

    def path_of(self, file: RecordingFile) -> Path:
        """Return where a recording is on this host."""
        if self.takes is None:
            raise ValueError("this worker was not told where takes are put")
        return self.takes / file.take / file.name

    def ring_of(self, device: str) -> Path:
        """Return where the newest captures of a device are published on this host."""
        if self.published is None:
            raise ValueError("this worker was not told where captures are published")
        return self.published / ring_name(device)

    def free_bytes(self) -> int | None:
        """Measure the room for takes; None where nothing is kept, or the disk does not tell."""
        if self.takes is None:
            return None
        with suppress(OSError):
            folders = (self.takes, *self.takes.absolute().parents)
            there = next(folder for folder in folders if folder.is_dir())
            return shutil.disk_usage(there).free
        return None

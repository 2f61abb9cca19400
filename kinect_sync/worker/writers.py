"""Where captures go: to a recording, to a viewer, or nowhere, as in a verification."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kinect_sync.captures import Capture, ImuSample
from kinect_sync.errors import BenchError
from kinect_sync.findings.viewing import NEWEST_UNPUBLISHED
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.wire.capture_ring import RingWriter


class Writer(Protocol):
    """Where captures go: `takes.mkv.writer.MkvWriter`, a viewer, or nowhere."""

    @property
    def captures(self) -> int:
        """Captures written so far."""
        ...

    @property
    def bytes_written(self) -> int:
        """Bytes of the file so far."""
        ...

    def write(self, capture: Capture) -> None:
        """Write one capture."""
        ...

    def write_imu(self, samples: Sequence[ImuSample]) -> None:
        """Write IMU samples."""
        ...

    def sync(self) -> None:
        """Force what is written to the disk."""
        ...

    def close(self) -> None:
        """Make the file whole."""
        ...


class DiscardingWriter:
    """Counts captures and lets go of them at once; it fills the place of a `Writer`."""

    bytes_written = 0

    def __init__(self) -> None:
        """Begin without captures."""
        self.captures = 0

    def write(self, capture: Capture) -> None:  # noqa: ARG002 - that is its purpose
        """Count one capture."""
        self.captures += 1

    def write_imu(self, samples: Sequence[ImuSample]) -> None:
        """Keep nothing."""

    def sync(self) -> None:
        """Do nothing: nothing is kept."""

    def close(self) -> None:
        """Do nothing: nothing is open."""


class PublishingWriter(DiscardingWriter):
    """Puts each capture where a viewer finds the newest, and keeps none; nobody has to look."""

    def __init__(self, path: Path, settings: DeviceSettings) -> None:
        """Make the file that a viewer reads; KsyncError where that can't be."""
        super().__init__()
        try:
            self._newest = RingWriter(path, settings, captures=2)
        except OSError as error:
            what = f"its images can't be put into {path.parent}: {error.strerror or error}"
            raise BenchError(NEWEST_UNPUBLISHED.found(what, device=settings.name)) from error

    def write(self, capture: Capture) -> None:
        """Let the newest be this one."""
        self._newest.put(capture, None, None)
        super().write(capture)

    def close(self) -> None:
        """Let go of the file: the newest stays the newest."""
        self._newest.close()

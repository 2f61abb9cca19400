"""Where captures are kept: in a recording, or nowhere, as in a verification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kinect_sync.captures import Capture, ImuSample


class Writer(Protocol):
    """Where captures are kept: `takes.mkv.writer.MkvWriter`, or nowhere."""

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

"""Takes captures and keeps none: what a verification records into."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.captures import Capture, ImuSample


class DiscardingWriter:
    """Counts captures and lets go of them at once; it fills the recorder's `Writer`."""

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

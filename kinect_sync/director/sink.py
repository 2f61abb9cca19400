"""What becomes of what a run records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kinect_sync.director.observer import Observer
from kinect_sync.director.start_sequence import Anchor
from kinect_sync.wire.messages import RecordingFile


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a run begins to record."""

    reference: str
    """The device that residuals are measured against."""
    anchors: Mapping[str, Anchor]
    """The first common pulse, on each device's own clock."""


class Sink(Observer):
    """Keeps nothing, as a verification does; a take overrides what it keeps."""

    keeps_parts = False
    """Whether a run that the operator ends early is worth something."""
    ring = 0
    """How many of its newest captures each worker has in memory for others; 0 for none."""

    def begin(self, beginning: Beginning) -> None:
        """Prepare for what will come; KsyncError where that can't be."""

    def check_room(self) -> None:
        """See, once the workers have told, whether there is room for what will come; UsageError if not."""

    def file_of(self, device: str) -> RecordingFile | None:  # noqa: ARG002
        """Return what a device's worker is to write; None where it keeps nothing."""
        return None

    def sync(self) -> bool:
        """Bring what is kept to the disk; True where the run had better end, which is then told."""
        return False

    def close(self) -> None:
        """Close what is kept; everything that was recorded has been told."""

    @property
    def folder(self) -> Path | None:
        """The folder of what is kept; None until there is one."""
        return None

    @property
    def free_bytes(self) -> int | None:
        """Room on the disk; None where nothing is written."""
        return None

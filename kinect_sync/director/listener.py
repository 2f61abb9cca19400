"""Who hears what a rig's workers bring: whoever records it, and whoever tells the operator."""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.timing.alignment import Entry


class Listener:
    """Hears what a fleet's workers bring; each method does nothing until it is overridden."""

    def on_entries(self, device: str, entries: Sequence[Entry]) -> None:
        """Take what a device recorded or dropped, in pulse order."""

    def on_died(self, device: str) -> None:
        """Learn that a worker has gone without a word about its file; a second one may be asked to tell."""

    def on_told_all(self, device: str) -> None:
        """Learn that nothing more can be told of what a device recorded."""

    def on_pumped(self) -> None:
        """Learn that all events that were there are taken in."""

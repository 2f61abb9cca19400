"""Kinects that stay open: while their jacks are watched, or from the search for devices until the take.

Opening a Kinect stops its depth camera and waits for its controller, up to ten seconds; reading a jack of
an open one is a single USB command. So each device is opened once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kinect_sync.devices.k4a.indexed import IndexedKinects
from kinect_sync.devices.k4a.sdk_errors import describe
from kinect_sync.devices.port import Discovered
from kinect_sync.findings.bench import JACKS_UNREADABLE


class KeptKinects:
    """Kinects that could be opened, by index: each by itself, or all while their number stays the same."""

    def __init__(self, kinects: IndexedKinects) -> None:
        """Keep nothing yet."""
        self._kinects = kinects
        self._kept: dict[int, tuple[Any, Discovered]] = {}
        self._number = 0

    def look(self) -> Sequence[Discovered]:
        """List every device; jacks are read anew, and what could not be opened is tried again.

        When devices came or went, indices are no longer what they were, and all are opened anew.
        """
        number = self._kinects.count()
        if number != self._number:
            self.close()
            self._number = number
        return [
            self._look_again(*self._kept.pop(index)) if index in self._kept else self.claim(index)
            for index in range(number)
        ]

    def claim(self, index: int) -> Discovered:
        """Open one index and keep it, if it opens and answers."""
        kinect = self._kinects.open_index(index)
        return self._keep(kinect, self._kinects.inspect(index, kinect))

    def take(self, index: int | None, serial: str) -> Any | None:
        """Give away the Kinect that is kept at an index, for good; None if that is not the one."""
        if index not in self._kept or self._kept[index][1].serial != serial:
            return None
        return self._kept.pop(index)[0]

    def release(self, index: int) -> None:
        """Close what is kept at an index."""
        if index in self._kept:
            self._kept.pop(index)[0].close()

    def close(self) -> None:
        """Close every device."""
        for kinect, _ in self._kept.values():
            kinect.close()
        self._kept = {}
        self._number = 0

    def _look_again(self, kinect: Any, seen: Discovered) -> Discovered:
        jacks = self._kinects.read_jacks(kinect, seen.serial or "")
        problem = None if jacks else describe(JACKS_UNREADABLE, seen.serial)
        return self._keep(kinect, seen.model_copy(update={"jacks": jacks, "problem": problem}))

    def _keep(self, kinect: Any | None, seen: Discovered) -> Discovered:
        """Keep what answers; what does not is closed, and opened anew with the next look."""
        if kinect is not None and seen.problem is None:
            self._kept[seen.index] = (kinect, seen)
        elif kinect is not None:
            kinect.close()
        return seen

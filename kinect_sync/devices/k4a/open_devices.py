"""Kinects that stay open between two looks at their jacks.

Opening a Kinect stops its depth camera and waits for its controller, up to ten seconds; reading a jack of
an open one is a single USB command. So whoever watches cables being plugged opens each device once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kinect_sync.devices.k4a.indexed import IndexedKinects
from kinect_sync.devices.k4a.sdk_errors import describe
from kinect_sync.devices.port import Discovered
from kinect_sync.findings.bench import JACKS_UNREADABLE


class KeptKinects:
    """Every Kinect that could be opened, by index, for as long as the number of Kinects stays the same."""

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
            self._look_again(*self._kept.pop(index)) if index in self._kept else self._look_first(index)
            for index in range(number)
        ]

    def close(self) -> None:
        """Close every device."""
        for kinect, _ in self._kept.values():
            kinect.close()
        self._kept = {}
        self._number = 0

    def _look_first(self, index: int) -> Discovered:
        kinect = self._kinects.open_index(index)
        return self._keep(kinect, self._kinects.inspect(index, kinect))

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

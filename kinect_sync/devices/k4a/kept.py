"""Kinects that stay open between two looks at their jacks.

Opening a Kinect stops its depth camera and waits for its controller, up to ten seconds; reading a jack of
an open one is a single USB command. So whoever watches cables being plugged opens each device once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kinect_sync.devices.port import Discovered


class _Kept(NamedTuple):
    kinect: Any
    seen: Discovered


class KeptKinects:
    """Every Kinect that could be opened, by index, for as long as their number stays the same."""

    def __init__(
        self,
        count: Callable[[], int],
        open_index: Callable[[int], Any | None],
        inspect: Callable[[int, Any | None], Discovered],
    ) -> None:
        """Take how to count devices, to open one (None when refused), and to tell what one is."""
        self._count = count
        self._open_index = open_index
        self._inspect = inspect
        self._kept: dict[int, _Kept] = {}
        self._number = 0

    def look(self) -> Sequence[Discovered]:
        """List every device; jacks are read anew, and what could not be opened is tried again.

        When devices came or went their indices are no longer the same, and all are opened anew.
        """
        number = self._count()
        if number != self._number:
            self.close()
            self._number = number
        return [self._look_at(index) for index in range(number)]

    def close(self) -> None:
        """Close every device."""
        for kept in self._kept.values():
            kept.kinect.close()
        self._kept = {}
        self._number = 0

    def _look_at(self, index: int) -> Discovered:
        kept = self._kept.pop(index, None)
        kinect = kept.kinect if kept else self._open_index(index)
        seen = self._inspect(index, kinect)
        if kinect is not None and seen.serial is None:
            kinect.close()
        elif kinect is not None:
            self._kept[index] = _Kept(kinect, seen)
        return seen

"""How Microsoft's green_screen finds captures that belong together: by absolute timestamps, 100 µs apart.

The sample's `MultiDeviceCapturer` (Azure-Kinect-Sensor-SDK, `examples/green_screen`) takes one capture of
each device, and looks which subordinate's timestamp is where the master's color says that it should be: later
by both its delays, to within 100 µs. Of the first that is not, whoever is earlier is read again, until all
fit; then the next set is begun anew. Two things follow. A clock that drifts leaves the window and never comes
back to it: from then on master and subordinate are read by turns for ever. And where a subordinate's color is
compared, which is the sample's default, its depth delay is expected of an image that has none.

One thing differs, so that a benchmark ends: a read here may have an end, and so has the search. The sample
waits for a capture without one, and ends the program after 60 s in which no set was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

WINDOW_US = 100
"""How far a subordinate's timestamp may be from where it is expected."""


class Timed(Protocol):
    """A capture; a timestamp is None where its image is missing."""

    @property
    def color_us(self) -> int | None: ...

    @property
    def depth_us(self) -> int | None: ...


Held = TypeVar("Held", bound=Timed)


@dataclass(frozen=True)
class Capturer(Generic[Held]):
    """Finds one set of captures after another; the first device is the master."""

    reads: Sequence[Callable[[], Held]]
    """Gives the next capture of each device."""
    delays_us: Sequence[int]
    """Of each subordinate: `subordinate_delay_off_master_usec` plus `depth_delay_off_color_usec`."""
    by_depth: bool
    """Whether a subordinate's depth is compared, and not its color."""

    def find(self, in_time: Callable[[], bool]) -> list[Held] | None:
        """Return one capture of each device that fit; None where none were found in time."""
        held = [read() for read in self.reads]
        while (behind := self.behind(held)) is not None:
            if not in_time():
                return None
            held[behind] = self.reads[behind]()
        return held

    def behind(self, held: Sequence[Held]) -> int | None:
        """Return which device has to be read again; None where all captures fit."""
        for place, (subordinate, delay_us) in enumerate(zip(held[1:], self.delays_us, strict=True), 1):
            master_us = held[0].color_us
            subordinate_us = subordinate.depth_us if self.by_depth else subordinate.color_us
            if master_us is None or subordinate_us is None:
                return 0 if master_us is None else place
            late_us = subordinate_us - master_us - delay_us
            if abs(late_us) > WINDOW_US:
                return place if late_us < 0 else 0
        return None

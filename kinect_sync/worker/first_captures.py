"""The first captures of a camera as they came: when a rig is out of sync, they say most often why.

What a take begins with is chosen: after the clock was set to zero, and when the exposure has settled. What
came before is told all the same, as times alone.
"""

from __future__ import annotations

from collections import deque

from kinect_sync.captures import Capture
from kinect_sync.wire.messages import FirstCapture

FIRST = 60
"""Two seconds at 30 fps: exposures have settled after about eight captures (SDK issue 396)."""


class FirstNotes:
    """Notes the first captures in the reader's thread, until the session tells them."""

    def __init__(self) -> None:
        """Begin without captures."""
        self._left = FIRST
        self._untold: deque[FirstCapture] = deque()

    def note(self, capture: Capture) -> None:
        """Note when a capture was taken, if it is one of the first."""
        if self._left:
            self._left -= 1
            self._untold.append(_first_capture(capture))

    def take(self) -> tuple[FirstCapture, ...]:
        """Return what was noted since this was last asked."""
        return tuple(self._untold.popleft() for _ in range(len(self._untold)))


def _first_capture(capture: Capture) -> FirstCapture:
    arrived_ns = max((image.system_timestamp_nsec for image in capture.images), default=0)
    return FirstCapture(
        color_us=capture.color_us,
        depth_us=capture.depth_us,
        host_time_ns=capture.host_time_ns,
        arrived_ns=arrived_ns or None,
        exposure_us=capture.color.exposure_us if capture.color else None,
    )

"""Which silence proves something while a rig starts: that of devices which others have left behind.

Nobody knows how soon a rig delivers. But one pulse starts all of its devices: once one delivers, the others
follow within a few captures, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kinect_sync.director.device_state import STALL_S, DeviceState, Phase


class Straggling:
    """Whether devices are silent that should have been heard by now, as others are."""

    def __init__(self, states: Sequence[DeviceState], patience_s: float, now_s: Callable[[], float]) -> None:
        """Watch these devices; a silent one is given `patience_s` from when the first of them was heard."""
        self._states = states
        self._patience_s = patience_s
        self._now_s = now_s
        self._heard_s: float | None = None

    def is_certain(self) -> bool:
        """Tell whether some are silent for good; never where captures wait until they are asked for."""
        if self.stopped():
            return True
        heard = sum(state.seen > 0 for state in self._states)
        if heard in (0, len(self._states)) or any(state.pace.captures_wait for state in self._states):
            return False
        if self._heard_s is None:
            self._heard_s = self._now_s()
        return self._now_s() - self._heard_s >= self._patience_s

    def stopped(self) -> list[DeviceState]:
        """Return those that began to deliver and gave nothing more, before they had settled."""
        return [
            state
            for state in self._states
            if state.phase is Phase.SETTLING
            and not state.pace.captures_wait
            and self._now_s() - state.last_heard_s > STALL_S
        ]

"""Which silence proves something while a rig starts: that of devices which others have left behind.

Nobody knows how soon a rig delivers. But one pulse starts all of its devices: once one delivers, the others
follow within a few captures, or never.
"""

from __future__ import annotations

from collections.abc import Sequence

from kinect_sync.director.device_state import STALL_S, DeviceState

PAUSE_S = 1.0
"""A device that delivers pauses for less; of one that has for longer, nobody knows yet if it goes on."""


class Straggling:
    """Whether devices are silent that should have been heard by now, as others are."""

    def __init__(self, states: Sequence[DeviceState], patience_s: float) -> None:
        """Watch these devices; a silent one is given `patience_s` from when the first of them was heard.

        Time is counted by what their workers report: one that says nothing accuses no device.
        """
        self._states = states
        self._patience_s = patience_s
        self._quiet_s: dict[str, float] | None = None
        """For how long each had been quiet when the first was heard."""

    def is_certain(self) -> bool:
        """Tell whether some are silent for good; never where captures wait until they are asked for."""
        if any(state.pace.captures_wait for state in self._states):
            return False
        return self._all_who_stop_have() or self._are_left_behind()

    def stopped(self) -> list[DeviceState]:
        """Return those that began to deliver, and gave nothing more before the take could begin."""
        return [
            state
            for state in self._states
            if state.seen and not state.pace.captures_wait and state.quiet_s > STALL_S
        ]

    def _all_who_stop_have(self) -> bool:
        """Tell whether some have stopped and no other is about to: who stops together is told together."""
        pausing = [state for state in self._states if state.seen and PAUSE_S < state.quiet_s <= STALL_S]
        return bool(self.stopped()) and not pausing

    def _are_left_behind(self) -> bool:
        silent = [state for state in self._states if not state.seen]
        if len(silent) in (0, len(self._states)):
            return False
        if self._quiet_s is None:
            self._quiet_s = {state.name: state.quiet_s for state in self._states}
        return all(state.quiet_s - self._quiet_s[state.name] >= self._patience_s for state in silent)

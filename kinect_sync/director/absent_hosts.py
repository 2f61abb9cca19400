"""How long a take waits for hosts that can't be reached: their devices record on, and will tell."""

from __future__ import annotations

from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.fleet import Fleet
from kinect_sync.director.losses import all_starve
from kinect_sync.timing.alignment import HELD_LAG_S

HEAL_S = 30.0
"""How long a take that is over waits for a host: a cable that was pulled is plugged in again by then."""
ALONE_S = float(HELD_LAG_S)
"""The same for a take without an end of which nothing else is left: as long as rows wait."""


class AbsentHosts:
    """The devices of a take whose hosts can't be reached."""

    def __init__(self, fleet: Fleet) -> None:
        """Watch the devices of `fleet`."""
        self._fleet = fleet
        self._end_due_s: float | None = None
        self._alone_s: float | None = None
        self._given_up = False

    @property
    def devices(self) -> list[DeviceState]:
        """The devices, in the rig's order."""
        return [state for state in self._fleet if state.phase is Phase.CUT_OFF]

    @property
    def go_on(self) -> bool:
        """Whether there are some, and nothing speaks against pulses on their side."""
        return bool(self.devices) and not self._others_starve

    @property
    def all_silent_s(self) -> float:
        """For how long no device of the take has been heard; 0 while one is."""
        live = self._fleet.live
        if not live or self._fleet.reachable:
            return 0.0
        return self._fleet.now_s() - max(state.cut_off_s for state in live)

    def expect_end(self, *, in_s: float) -> None:
        """Learn when the last pulse will have passed: it can't be seen there."""
        self._end_due_s = self._fleet.now_s() + in_s

    def note_company(self) -> None:
        """Learn that there is somebody else to wait for."""
        self._alone_s = None

    def wait_no_more(self) -> None:
        """Learn that somebody asked for the end, which the others may have come to already."""
        others_ended = any(state.phase is Phase.FINISHED for state in self._fleet)
        self._given_up = others_ended and self._alone_s is not None

    def may_come_back(self) -> bool:
        """Tell whether it is worth while to wait for them, where nobody else is waited for.

        Where the others starve, the source of the pulses may have gone with its host. Else those hosts record
        on, to the end that they know, or until somebody asks for one.
        """
        if not self.devices or self._given_up:
            return False
        now_s = self._fleet.now_s()
        self._alone_s = now_s if self._alone_s is None else self._alone_s
        if self._others_starve:
            return now_s <= self._alone_s + HEAL_S
        if self._end_due_s is not None:
            return now_s <= max(self._alone_s, self._end_due_s) + HEAL_S
        return now_s <= self._alone_s + ALONE_S

    @property
    def _others_starve(self) -> bool:
        """Whether those that can be heard get no pulses, for all that is known."""
        return all_starve(self._fleet.reachable)

"""The life of one worker's process, and the one place that decides what its silence means."""

from __future__ import annotations

import math
from enum import Enum

from kinect_sync.director.link import Link
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    Armed,
    Claim,
    CutOff,
    Discover,
    Exited,
    Failed,
    Finished,
    Healed,
    Open,
    Progress,
    Ready,
    Recover,
    Recovered,
    Stop,
    Watching,
)

FREEZE_S = 3.0
"""A worker reports ten times a second; one that has not for so long stands still, or its host does."""
LEAVE_S = 3.0
"""What a worker without a device may take to leave when told; then it is ended."""
CLOSE_S = 15.0
"""What one with a device may take, from when it was told or its file was closed: joining a starved depth
stream and ending the depth engine takes seconds, and a device that is not closed may need replugging."""
FROZEN_LEAVE_S = 5.0
"""What one that stands still as it is told may take to begin."""
RECOVER_S = 20.0
"""How long a dead worker's file may take to be read, whatever its length: a process starts for it."""
RECOVER_CAPTURE_S = 1e-4
"""What each of its captures may add. Ten hours of color, 1.1 million, took 5 s of processor, and 26 s on a
busy machine; depth and IR come to that, and files that are not in memory take longer."""
END_S = 3.0
"""How long a process may take to be gone once it was ended: one that waits for a dead disk never is."""


def recover_s(order: Recover) -> float:
    """Return how long a dead worker's file may take to be read; the last pulse told says how long it is."""
    return RECOVER_S + RECOVER_CAPTURE_S * max(0, order.after_pulse)


class Stage(str, Enum):
    """Where a worker stands."""

    STARTING = "starting"
    """Its process starts."""
    READY = "ready"
    """It has said who it is; what it is told may take long, and is limited by whoever tells it."""
    REPORTING = "reporting"
    """Its cameras run, and it reports ten times a second."""
    FROZEN = "frozen"
    """It should report and does not; it may go on."""
    RECOVERING = "recovering"
    """It reads what another one had written."""
    CLOSED = "closed"
    """It has told all it had, and its file is closed; it waits to be told to leave."""
    LEAVING = "leaving"
    """It was told to leave."""
    KILLED = "killed"
    """It was ended."""
    EXITED = "exited"
    """Its process is gone, or was given up."""


class WorkerLife:
    """One worker from its launch to its end.

    A device may have two, one after the other; what either says is known by it. All times are of a clock that
    stands still while the director does.
    """

    def __init__(self, name: str, place: str | None = None) -> None:
        """Begin the life of a worker of the device `name`; `link` is set as soon as it is launched."""
        self.name = name
        """The device that it has, which is not known before it is open."""
        self.place = place or name
        """The name that it was launched under: it says where it runs."""
        self.link: Link | None = None
        self.stage = Stage.STARTING
        self.told_all = False
        """Whether everything is known that it recorded: it said so, or nobody can say any more."""
        self.heard_s = 0.0
        """When it last said something."""
        self.recovers = False
        """Whether it is the second one of its device, and only reads what the first had written."""
        self.was_killed = False
        self.left_unasked = False
        """Whether it went though nobody had told it to."""
        self.has_device = False
        """Whether it was told to open a device."""
        self.is_cut_off = False
        """Whether its host can't be reached: it may do what it likes, and nothing is heard of it."""
        self._was_frozen = False
        self._due_s = math.inf

    @property
    def gone(self) -> bool:
        """Whether nothing can come from it any more."""
        return self.stage is Stage.EXITED

    @property
    def asked_to_leave(self) -> bool:
        """Whether its end is no surprise."""
        return self.stage in (Stage.LEAVING, Stage.KILLED)

    @property
    def answers(self) -> bool:
        """Whether it answers at once what it is asked."""
        return self.stage in (Stage.READY, Stage.REPORTING, Stage.CLOSED) and not self.is_cut_off

    @property
    def is_told_out(self) -> bool:
        """Whether waiting for what it recorded is of no use, or there is nothing to wait for."""
        return self.told_all or self.is_cut_off

    def frozen_s(self, now_s: float) -> float:
        """Return for how long it has stood still; 0 where it has not, or says nothing for another reason."""
        return now_s - self.heard_s if self.stage is Stage.FROZEN or self._was_frozen else 0.0

    def tell(self, command: Value, now_s: float) -> None:
        """Send it a command; it is told to leave only once."""
        if isinstance(command, Stop):
            if self.asked_to_leave or self.gone:
                return
            self._was_frozen = self.stage is Stage.FROZEN
            self._due_s = now_s + self._leave_s()
            self.stage = Stage.LEAVING
        elif isinstance(command, Recover):
            self.stage, self._due_s, self.recovers = Stage.RECOVERING, now_s + recover_s(command), True
        elif isinstance(command, Open | Claim | Discover):
            self.has_device = True
        if self.link is not None:
            self.link.send(command)

    def hear(self, event: Value, now_s: float) -> None:
        """Take in what it says, or what is said of its host."""
        if isinstance(event, CutOff | Healed):
            self.is_cut_off = isinstance(event, CutOff)
        elif isinstance(event, Exited):
            self.left_unasked = not self.asked_to_leave
            self.stage, self._due_s = Stage.EXITED, math.inf
        elif self.stage is Stage.LEAVING:
            if isinstance(event, Finished | Failed) or self._was_frozen:
                self._due_s = max(self._due_s, now_s + CLOSE_S)
        elif self.stage is not Stage.KILLED:
            self._advance(event)
        self.heard_s, self._was_frozen = now_s, False

    def _advance(self, event: Value) -> None:
        if isinstance(event, Finished | Failed | Recovered):
            self.stage, self._due_s = Stage.CLOSED, math.inf
        elif isinstance(event, Armed | Watching | Progress) or self.stage is Stage.FROZEN:
            self.stage = Stage.REPORTING
        elif isinstance(event, Ready) and self.stage is Stage.STARTING:
            self.stage = Stage.READY

    def look(self, now_s: float) -> Exited | None:
        """See what has become of it by now, and end it where it is overdue.

        Returns its end where the system does not even end what was killed, or where it can't be reached.
        """
        if self.stage is Stage.REPORTING and now_s - self.heard_s > FREEZE_S and not self.is_cut_off:
            self.stage = Stage.FROZEN
        if now_s <= self._due_s:
            return None
        if self.stage is Stage.KILLED or self.is_cut_off:
            return Exited(code=None)
        self.kill(now_s)
        return None

    def kill(self, now_s: float) -> None:
        """End it at once."""
        if not self.gone:
            self.stage, self._due_s, self.was_killed = Stage.KILLED, now_s + END_S, True
        if self.link is not None:
            self.link.kill()

    def _leave_s(self) -> float:
        if self._was_frozen:
            return FROZEN_LEAVE_S
        return CLOSE_S if self.has_device else LEAVE_S

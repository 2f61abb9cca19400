"""What a self-test is to do, and how much of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kinect_sync.director.start_sequence import Patience
from kinect_sync.rig.model import DeviceSpec, RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.values import Value

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


class Amounts(Value):
    """How much of each step is done. A fact needs its time: less shows that a step works, and little else."""

    rounds: Count = 10
    """How often each device is opened and closed."""
    restarts: Count = 10
    """How often the rig is started to see whether it starts alike."""
    alone_s: Seconds = 30.0
    """How long each device runs alone."""
    silence_s: Seconds = 20.0
    """How long subordinates are watched without a master."""
    run_s: Seconds = 6.0
    """How long each of many short runs takes."""
    together_s: Seconds = 60.0
    """How long all run together as the rig says."""
    clocks_s: Seconds = 600.0
    """How long the clocks are compared."""
    hand_s: Seconds = 30.0
    """How long a run takes in which somebody pulls a plug."""


FULL = Amounts()
QUICK = Amounts(rounds=2, restarts=2, alone_s=2, silence_s=2, run_s=2, together_s=3, clocks_s=4, hand_s=10)
"""To rehearse: every step is done, and none long enough to know a rig by it."""


TRIGGER_S = 60.0
"""Whoever starts the external trigger is asked to when it is waited for, once per run."""


class SelftestPlan(Value):
    """What is to be tested."""

    rig: RigFields
    amounts: Amounts = FULL
    patience: Patience = Patience(trigger_s=TRIGGER_S)
    allow_extra: bool = False
    """Whether devices that the rig does not name may be connected."""
    with_images: bool = False
    """Whether images may be kept; else none is."""

    @property
    def master(self) -> DeviceSpec | None:
        """The device that gives the others their pulses; None where there is none."""
        return next((each for each in self.rig.devices if each.role is Role.MASTER), None)

    @property
    def master_name(self) -> str:
        """Its name; ValueError where there is none, as `needs_master` has told by then."""
        if self.master is None:
            raise ValueError("a step that needs a master is done where there is one")
        return self.master.name

    @property
    def subordinates(self) -> tuple[DeviceSpec, ...]:
        """The devices that wait for pulses."""
        return tuple(each for each in self.rig.devices if each.role is Role.SUBORDINATE)

"""Which bench is meant, as values: every process that works with it is given the same one, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.devices.programme import Programme
from kinect_sync.devices.simulated.world import SimulatedWorld
from kinect_sync.rig.model import RigFields
from kinect_sync.values import Value


class Kinects(Value):
    """The devices that are connected to the computer."""

    kind: Literal["kinects"] = "kinects"


class Simulation(Value):
    """Simulated devices: the rig as it should be, but for its faults."""

    kind: Literal["simulation"] = "simulation"
    world: SimulatedWorld
    """The world as it was built: one for all processes, as they share its time and its cables."""
    rig: RigFields
    """The rig that the world was made of."""
    faults: Path | None = None
    """The file with what is wrong in the world; read again where somebody looks again."""
    elsewhere: frozenset[str] = frozenset()
    """Serial numbers of devices of the world that are connected to other computers."""

    def at_hand(self, world: SimulatedWorld) -> SimulatedWorld:
        """Return a world with the devices that are connected here; pulses come from everywhere."""
        devices = tuple(device for device in world.devices if device.serial not in self.elsewhere)
        return world.model_copy(update={"devices": devices})

    def without_room(self) -> Simulation:
        """Return it with the little scene in the place of a room."""
        return self.model_copy(update={"world": self.world.model_copy(update={"room": None})})


class Playback(Value):
    """Recordings in the place of devices."""

    kind: Literal["playback"] = "playback"
    programme: Programme
    """Which part of which recording is played."""


BenchChoice = Annotated[Kinects | Simulation | Playback, Field(discriminator="kind")]
"""A bench that can be opened."""

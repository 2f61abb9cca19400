"""A simulated bench for a rig: the world that every process shares, and what becomes of it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kinect_sync.benches.choice import Simulation
from kinect_sync.benches.shared_folder import shared_folder
from kinect_sync.devices.simulated.faultfile import load_faults, parse_faults
from kinect_sync.devices.simulated.world import SimulatedWorld, build_world, world_clock
from kinect_sync.errors import KsyncError
from kinect_sync.rig.model import RigFields


@contextmanager
def simulation(rig: RigFields, faults: Path | None = None) -> Iterator[Simulation]:
    """Simulate the rig for as long as the context lasts; RigError when the faults can't be read."""
    with shared_folder() as folder:
        yield simulate(rig, folder, faults)


def simulate(rig: RigFields, folder: Path, faults: Path | None = None) -> Simulation:
    """Build the world of the rig in an empty folder; RigError when the file of faults can't be read."""
    return Simulation(
        world=build_world(rig, folder, load_faults(faults) if faults else None),
        rig=RigFields.model_validate(rig.model_dump(by_alias=True)),
        faults=faults.absolute() if faults else None,
    )


def spread(simulation: Simulation, places: Mapping[str, str]) -> dict[str, Simulation]:
    """Return by computer what it has of a simulation; `places` says by device where that is.

    A device that is none of the rig's is where the first of the rig is.
    """
    first = next(iter(places.values()))
    where = {each.serial: places.get(each.name or "", first) for each in simulation.world.devices}
    return {
        place: simulation.model_copy(
            update={"elsewhere": frozenset(serial for serial, at in where.items() if at != place)}
        )
        for place in dict.fromkeys(places.values())
    }


class Renewal:
    """Makes the simulated world anew when its file of faults has changed: cables that somebody plugs."""

    def __init__(self, simulation: Simulation) -> None:
        """Take the file as it is for what the world was made of."""
        self._simulation = simulation
        self._known = self._content()

    def __call__(self, world: SimulatedWorld) -> SimulatedWorld:
        """Return the world as the file says now; as it was while the file cannot be read."""
        content = self._content()
        if content is None or content == self._known:
            return world
        try:
            clock, faults = world_clock(world), parse_faults(content)
            renewed = build_world(self._simulation.rig, world.directory, faults, clock)
        except KsyncError:
            return world  # an editor is half-way through writing it
        self._known = content
        kept = {name: getattr(world, name) for name in ("epoch_offset_ns", "clock_ahead_ns", "room")}
        return self._simulation.at_hand(renewed.model_copy(update=kept))

    def _content(self) -> str | None:
        faults = self._simulation.faults
        try:
            return faults.read_text(encoding="utf-8") if faults else None
        except (OSError, ValueError):
            return None

"""The composition root: here, and only here, an adapter is picked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kinect_sync.devices.port import Bench
from kinect_sync.director.link import Inbox, Launch, Link, ProcessLink
from kinect_sync.errors import KsyncError
from kinect_sync.rig.model import RigFields
from kinect_sync.values import Value

if TYPE_CHECKING:
    from kinect_sync.devices.simulated import SimulatedWorld


class BenchChoice(Value):
    """Which bench to open, in a form that a worker's process can be given."""

    kind: Literal["kinect", "simulated", "playback"] = "kinect"
    world: dict[str, Any] | None = None
    """The simulated world."""
    rig: dict[str, Any] | None = None
    """The rig that the world was made of."""
    faults: Path | None = None
    """The file with what is wrong in the world; read again where somebody looks again."""
    programme: dict[str, Any] | None = None
    """The recordings to play back."""


def open_bench(choice: BenchChoice) -> Bench:
    """Make the bench; SdkMissing where it needs pyk4a and that cannot be loaded."""
    if choice.kind == "simulated":
        from kinect_sync.devices.simulated import SimulatedBench, SimulatedWorld

        return SimulatedBench(SimulatedWorld.model_validate(choice.world), renew=_Renewal(choice))
    if choice.kind == "playback":
        from kinect_sync.devices.playback import PlaybackBench
        from kinect_sync.devices.programme import Programme

        return PlaybackBench(Programme.model_validate(choice.programme))
    from kinect_sync.devices.k4a import KinectBench

    return KinectBench()


def simulated(rig: RigFields, directory: Path, faults_path: Path | None) -> BenchChoice:
    """Simulate the rig as it should be, but for the faults; RigError when those can't be read."""
    from kinect_sync.devices.simulated import build_world, load_faults

    faults = load_faults(faults_path) if faults_path else None
    world = build_world(rig, directory, faults)
    return BenchChoice(
        kind="simulated",
        world=world.model_dump(mode="json"),
        rig=rig.model_dump(mode="json", by_alias=True),
        faults=faults_path.absolute() if faults_path else None,
    )


class _Renewal:
    """Makes the simulated world anew when its file of faults has changed: cables that somebody plugs."""

    def __init__(self, choice: BenchChoice) -> None:
        self._choice = choice
        self._known = self._content()

    def __call__(self, world: SimulatedWorld) -> SimulatedWorld:
        """Return the world as the file says now; as it was while the file cannot be read."""
        from kinect_sync.devices.simulated import build_world
        from kinect_sync.devices.simulated.faultfile import parse_faults

        content = self._content()
        if content is None or content == self._known:
            return world
        try:
            rig = RigFields.model_validate(self._choice.rig)
            world = build_world(rig, world.directory, parse_faults(content))
        except KsyncError:
            return world  # an editor is half-way through writing it
        self._known = content
        return world

    def _content(self) -> str | None:
        try:
            return self._choice.faults.read_text(encoding="utf-8") if self._choice.faults else None
        except (OSError, ValueError):
            return None


def worker_launcher(choice: BenchChoice) -> Launch:
    """Return what starts a worker's process for a device."""
    command = [sys.executable, "-m", "kinect_sync.benches.worker", choice.model_dump_json()]
    environment = process_environment()

    def launch(name: str, inbox: Inbox) -> Link:
        return ProcessLink(name, command, inbox, environment)

    return launch


def process_environment() -> dict[str, str]:
    """Return the environment of every process that ksync starts.

    A file of the current folder must not stand in for a library; and one BLAS thread per process is enough.
    """
    return {"PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ}

"""The composition root: here, and only here, an adapter is picked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from kinect_sync.acquisition.link import Inbox, Link, ProcessLink
from kinect_sync.devices.port import Bench
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.values import Value


class BenchChoice(Value):
    """Which bench to open, in a form that a worker's process can be given."""

    kind: Literal["kinect", "simulated", "playback"] = "kinect"
    world: dict[str, Any] | None = None
    """The simulated world."""
    recordings: dict[str, Path] | None = None
    """The recordings to play back, by serial number."""
    source: str = ""
    """Serial of the device whose recording leads the playback."""
    directory: Path | None = None
    """Where the processes of a playback leave word for each other."""


def open_bench(choice: BenchChoice) -> Bench:
    """Make the bench; SdkMissing where it needs pyk4a and that cannot be loaded."""
    if choice.kind == "simulated":
        from kinect_sync.devices.simulated import SimulatedBench, SimulatedWorld

        return SimulatedBench(SimulatedWorld.model_validate(choice.world))
    if choice.recordings is not None and choice.directory is not None:
        from kinect_sync.devices.playback import PlaybackBench

        return PlaybackBench(choice.recordings, choice.source, choice.directory)
    from kinect_sync.devices.k4a import KinectBench

    return KinectBench()


def simulated(rig: RigFields, directory: Path, faults_path: Path | None) -> BenchChoice:
    """Simulate the rig as it should be, but for the faults; RigError when those can't be read."""
    from kinect_sync.devices.simulated import build_world, load_faults

    faults = load_faults(faults_path) if faults_path else None
    world = build_world(rig, directory, faults)
    return BenchChoice(kind="simulated", world=world.model_dump(mode="json"))


def played_back(rig: RigFields, directory: Path, take: Path) -> BenchChoice:
    """Play the recordings in the folder `take`; UsageError when there are none."""
    from kinect_sync.takes.mkv_reader import read_recording

    recordings = {}
    for path in sorted(take.glob("*.mkv")):
        recording = read_recording(path)
        recordings[recording.facts.serial or path.stem] = path.absolute()
    if not recordings:
        raise UsageError(
            Finding(
                code="no-recordings",
                what=f"there is no MKV file in {take}",
                remedy="name the folder of a take",
            )
        )
    leading = next((each for each in rig.devices if each.role is not Role.SUBORDINATE), rig.devices[0])
    return BenchChoice(kind="playback", recordings=recordings, source=leading.serial, directory=directory)


def worker_launcher(choice: BenchChoice) -> Callable[[str, Inbox], Link]:
    """Return what starts a worker's process for a device."""
    command = [sys.executable, "-m", "kinect_sync.cli.worker", choice.model_dump_json()]
    # A file of the current folder must not stand in for a library; and one BLAS thread per process is enough.
    environment = {"PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ}

    def launch(name: str, inbox: Inbox) -> Link:
        return ProcessLink(name, command, inbox, environment)

    return launch

"""The bench that is meant: what a rig is recorded or verified with. Nothing is opened here."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.wanted import Played, Simulated


def kinects() -> Kinects:
    """The devices that are connected to this computer."""
    return Kinects()


def simulated(faults: Path | str | None = None) -> Simulated:
    """The rig, simulated in real time: captures, clocks and cables as they should be.

    `faults` is a YAML file with what is wrong in it: devices that are deaf or slow, cables that are broken,
    clocks that drift.
    """
    return Simulated(faults=None if faults is None else Path(faults))


def playback(folder: Path | str, *, fast: bool = False) -> Played:
    """The recordings of a take, or of any folder of MKV files made together, in the place of devices.

    `fast` plays them as fast as they can be read, and loses no capture even so.
    """
    return Played(folder=Path(folder), fast=fast)

"""A bench without hardware: a world of simulated devices, cables and faults that several processes share.

It behaves as the hardware does, faults included, and shares no arithmetic with `kinect_sync.timing`: it
may not flatter the code that it tests.
"""

from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.clock import Clock, SteppedClock, SystemClock
from kinect_sync.devices.simulated.faultfile import load_faults
from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.devices.simulated.journal import Exposed, read_journal
from kinect_sync.devices.simulated.world import SimulatedWorld, build_world

__all__ = [
    "Clock",
    "Exposed",
    "Faults",
    "SimulatedBench",
    "SimulatedWorld",
    "SteppedClock",
    "SystemClock",
    "build_world",
    "load_faults",
    "read_journal",
]

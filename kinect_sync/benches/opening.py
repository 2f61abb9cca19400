"""The composition root: here, and only here, an adapter is picked."""

from __future__ import annotations

from kinect_sync.benches.choice import BenchChoice, Playback, Simulation
from kinect_sync.devices.port import Bench


def open_bench(choice: BenchChoice) -> Bench:
    """Make the bench; SdkMissing where it needs pyk4a and that cannot be loaded."""
    if isinstance(choice, Simulation):
        from kinect_sync.benches.simulation import Renewal
        from kinect_sync.devices.simulated.bench import SimulatedBench

        return SimulatedBench(choice.at_hand(choice.world), renew=Renewal(choice))
    if isinstance(choice, Playback):
        from kinect_sync.benches.packed_reel import open_reel
        from kinect_sync.devices.playback import PlaybackBench

        return PlaybackBench(choice.programme, open_reel)
    from kinect_sync.devices.k4a import KinectBench

    return KinectBench()

"""A simulated world is shared by processes, some of which are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.clocks import SteppedClock
from kinect_sync.devices.simulated.world import SimulatedWorld
from kinect_sync.errors import DeviceBusy
from tests.devices.simulation import FRONT, LEFT, Simulation, chain

HOLDER = """
import sys
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.world import SimulatedWorld
from kinect_sync.rig.model import DeviceSettings
world = SimulatedWorld.model_validate_json(sys.argv[1])
settings = DeviceSettings.model_validate_json(sys.argv[2])
device = SimulatedBench(world).open(settings)
device.start(settings)
print("started", flush=True)
while True:
    device.get_capture(100)
"""


MakeRig = Callable[..., Simulation]


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[MakeRig]:
    """Simulate the chain; its devices are closed however the test ends."""
    made = []

    def make(faults: dict[str, Any] | None = None) -> Simulation:
        made.append(Simulation(tmp_path, chain(), faults))
        return made[-1]

    yield make
    for each in made:
        each.close()


@contextmanager
def another_process_with(simulation: Simulation, name: str) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold and run a device, in time that really passes."""
    arguments = [simulation.world.model_dump_json(), simulation.settings(name).model_dump_json()]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            simulation.clock.wait_until_ns(time.monotonic_ns())  # however long that took
            yield process
        finally:
            process.kill()


def in_real_time(simulation: Simulation) -> Simulation:
    """Put this process's clock where another process's is."""
    simulation.clock = SteppedClock(time.monotonic_ns())
    simulation.bench = SimulatedBench(simulation.world, simulation.clock)
    return simulation


def test_device_is_open_in_one_process_only_until_that_is_killed(simulate: MakeRig) -> None:
    rig = in_real_time(simulate())
    with another_process_with(rig, "left") as process:
        with pytest.raises(DeviceBusy, match="in use"):
            rig.open("left")
        assert LEFT not in [device.serial for device in rig.bench.discover()]
        process.kill()
        process.wait()
        rig.open("left")


def test_device_is_open_once_in_one_process(simulate: MakeRig) -> None:
    rig = simulate()
    first = rig.open("left")
    with pytest.raises(DeviceBusy):
        rig.bench.open(rig.settings("left"))
    first.close()
    rig.open("left")


def test_pulses_of_another_process_end_when_it_is_killed(simulate: MakeRig) -> None:
    rig = in_real_time(simulate())
    rig.start("left")
    with another_process_with(rig, "front") as process:
        assert len(rig.read("left", 5, 2000)) == 5
        process.kill()
        process.wait()
        assert len(rig.read("left", 100)) < 10
        assert rig.read("left", 1, 2000) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no signal that kills")
def test_device_that_dies_takes_its_process_with_it(simulate: MakeRig) -> None:
    rig = simulate({"devices": {"front": {"die_at": 15}}})
    with another_process_with(rig, "front") as process:
        assert process.wait() == -signal.SIGKILL
    rig.open("front")
    assert [line.number for line in rig.truth("front")][-1] == 14


def test_world_crosses_processes_as_json(simulate: MakeRig) -> None:
    world = simulate({"devices": {"left": {"drops": {"every": 5}}}}).world
    assert SimulatedWorld.model_validate_json(world.model_dump_json()) == world
    assert {FRONT, LEFT} < {device.serial for device in world.devices}

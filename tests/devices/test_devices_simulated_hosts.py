"""One simulated world on hosts whose clocks are hours apart: the same pulses, each host's own times."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from kinect_sync.benches.choice import Simulation as Simulated
from kinect_sync.benches.simulation import Renewal
from kinect_sync.captures import Capture
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.clocks import clock_ahead_ns
from kinect_sync.devices.simulated.world import build_world
from tests.devices.simulation import Simulation, chain, seen_from, triggered, usecs

HOURS_NS = {"left": 10 * 3600 * 10**9, "right": -3 * 3600 * 10**9}
MakeRig = Callable[..., Simulation]


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[MakeRig]:
    made: list[Simulation] = []

    def build(*arguments: object, elsewhere: Mapping[str, int] | None = None) -> Simulation:
        made.append(Simulation(tmp_path / str(len(made)), *arguments, elsewhere=elsewhere))
        return made[-1]

    yield build
    for each in made:
        each.close()


def host_times(captures: list[Capture]) -> list[int]:
    images = [image for each in captures for image in (each.color, each.depth, each.ir) if image is not None]
    return [each.host_time_ns for each in captures] + [image.system_timestamp_nsec for image in images]


@pytest.mark.parametrize("rig", [chain(), triggered()], ids=["a master", "a trigger"])
def test_a_rig_over_hosts_gives_what_it_gives_on_one(rig: object, simulate: MakeRig) -> None:
    """Pulses, timestamps and images are the same; times of a host are of its own clock."""
    read = []
    for elsewhere in (None, HOURS_NS):
        simulation = simulate(rig, elsewhere=elsewhere)
        simulation.start_rig()
        simulation.advance(4.0)
        read.append(simulation.read_all(8))
    one, several = read
    for name, ahead_ns in {"front": 0, **HOURS_NS}.items():
        assert len(one[name]) == 8
        for image in ("color", "depth", "ir"):
            assert usecs(several[name], image) == usecs(one[name], image)
        for there, here in zip(several[name], one[name], strict=True):
            assert there.color.data.tobytes() == here.color.data.tobytes()
        assert host_times(several[name]) == [each + ahead_ns for each in host_times(one[name])]


def test_a_device_of_another_host_hears_when_its_source_stops(simulate: MakeRig) -> None:
    simulation = simulate(chain(), elsewhere=HOURS_NS)
    simulation.start_rig()
    simulation.advance(0.5)
    assert simulation.read("left", 3)
    simulation.devices["front"].stop()
    simulation.read("left", 7)
    assert simulation.read("left", 1) == []


def test_a_femto_stamps_with_the_time_of_day_that_all_hosts_share(simulate: MakeRig) -> None:
    stamps = []
    for elsewhere in (None, HOURS_NS):
        simulation = simulate(chain(hardware="femto"), elsewhere=elsewhere)
        world = simulation.world.epoch_offset_ns
        simulation.start_rig()
        simulation.advance(0.5)
        stamps.append([usec - world // 1000 for usec in usecs(simulation.read("left", 3))])
    apart_us = [abs(one - other) for one, other in zip(*stamps, strict=True)]
    assert max(apart_us) <= 1, "of the same moment, whatever the monotonic clocks read"


def test_a_world_that_is_made_anew_elsewhere_keeps_its_clock(tmp_path: Path) -> None:
    """Somebody looks again on another host, as cables are plugged meanwhile."""
    faults = tmp_path / "faults.yaml"
    faults.write_text("devices: {left: {cable: dead}}\n")
    world = seen_from(build_world(chain(), tmp_path / "world"), HOURS_NS["left"])
    renewal = Renewal(Simulated(world=world, rig=chain(), faults=faults))
    faults.write_text("devices: {left: {cable: absent}}\n")
    renewed = renewal(world)
    assert renewed.devices != world.devices
    assert renewed.clock_ahead_ns == world.clock_ahead_ns
    assert renewed.epoch_offset_ns == world.epoch_offset_ns


AHEAD_S = 36_000
LEFT = """
import json, sys
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.world import SimulatedWorld
from kinect_sync.rig.model import DeviceSettings
device = SimulatedBench(SimulatedWorld.model_validate_json(sys.argv[1])).open(
    DeviceSettings.model_validate_json(sys.argv[2])
)
device.start(DeviceSettings.model_validate_json(sys.argv[2]))
print("started", flush=True)
captures = [device.get_capture(60_000) for _ in range(60)]
print(json.dumps([[each.color.device_timestamp_usec, each.arrived_ns] for each in captures]))
"""


def in_time_namespace() -> list[str]:
    """The words before a command whose monotonic clock is to be hours ahead."""
    return ["unshare", "--time", "--monotonic", str(AHEAD_S), "--", sys.executable]


def needs_time_namespaces() -> str | None:
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        return "needs root and util-linux' unshare, for a process with a clock of its own"
    done = subprocess.run([*in_time_namespace(), "-c", ""], capture_output=True, check=False)
    return None if done.returncode == 0 else f"no time namespaces here: {done.stderr.decode().strip()}"


WHY_NOT = needs_time_namespaces()


@pytest.mark.realtime
@pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")
def test_a_process_in_a_time_namespace_hears_the_master_of_this_one(tmp_path: Path) -> None:
    rig = chain(camera={"depth_mode": "nfov_2x2binned"})
    world = build_world(rig, tmp_path / "world").model_copy(update={"images": "blank"})
    front, left = (rig.settings_of(device) for device in rig.devices[:2])
    arguments = [world.model_dump_json(), left.model_dump_json()]
    with subprocess.Popen(
        [*in_time_namespace(), "-c", LEFT, *arguments], stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "started\n"
            with closing(SimulatedBench(world).open(front)) as device:
                device.start(front)
                here = [device.get_capture(60_000) for _ in range(60)]
                told = json.loads(other.stdout.readline())
        finally:
            other.kill()
    captures = [(each.color.device_timestamp_usec, each.arrived_ns) for each in here if each and each.color]
    ours, theirs = by_pulse(captures), by_pulse(told)
    both = ours.keys() & theirs.keys()
    assert len(both) >= 3
    for pulse in both:
        usec = ours[pulse][0]
        assert abs(theirs[pulse][0] - usec) < 200 + 400e-6 * usec, (
            "of the same pulse, on clocks of 200 ppm either way"
        )
        assert abs(theirs[pulse][1] - AHEAD_S * 10**9 - ours[pulse][1]) < 5 * 10**7, (
            "by that host's own clock"
        )


def by_pulse(captures: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Captures, (device timestamp, arrival), by the period that they are of."""
    return {usec * 30 // 10**6: (usec, arrived_ns) for usec, arrived_ns in captures}


@pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")
def test_the_kernel_says_how_much_a_clock_is_ahead() -> None:
    program = "from kinect_sync.devices.simulated.clocks import clock_ahead_ns; print(clock_ahead_ns())"
    done = subprocess.run([*in_time_namespace(), "-c", program], capture_output=True, check=True)
    assert int(done.stdout) - clock_ahead_ns() == AHEAD_S * 10**9

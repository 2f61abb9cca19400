"""A choice of a bench survives the way to another process, and says which adapter is opened there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kinect_sync.benches.choice import BenchChoice, Kinects, Playback
from kinect_sync.benches.launching import Assignment, assignment_text, read_assignment
from kinect_sync.benches.opening import open_bench
from kinect_sync.benches.simulation import simulate
from kinect_sync.devices.playback import PlaybackBench
from kinect_sync.devices.programme import Programme, Reel
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.rig.model import RigFields
from tests.devices.simulation import chain

MEASURED = chain(cables=[{"from": "front", "to": "left", "length_m": 2.5}])


def simulated(tmp_path: Path, rig: RigFields = MEASURED) -> BenchChoice:
    faults = tmp_path / "faults.yaml"
    faults.write_text("devices: {left: {drift_ppm: 50.0, deaf: true}}\n")
    return simulate(rig, tmp_path / "world", faults)


def played(tmp_path: Path) -> Playback:
    reel = Reel(path=tmp_path / "front.mkv", begin_us=1.5, wrapped_us=2**32)
    return Playback(programme=Programme(reels={"1": reel}, source="1", directory=tmp_path, fast=True))


@pytest.mark.parametrize("kind", ["kinects", "simulation", "playback"])
def test_an_assignment_is_the_same_after_the_way_to_a_process(kind: str, tmp_path: Path) -> None:
    choices = {"kinects": Kinects(), "simulation": simulated(tmp_path), "playback": played(tmp_path)}
    assignment = Assignment(bench=choices[kind])
    assert assignment.bench.kind == kind
    assert read_assignment(assignment_text(assignment)) == assignment


@pytest.mark.parametrize(
    "text", ["", "{}", '{"bench": {"kind": "femto"}}', '{"bench": {"kind": "kinects", "world": {}}}']
)
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Assignment"):
        read_assignment(text)


def test_each_choice_opens_its_own_bench(tmp_path: Path) -> None:
    assert isinstance(open_bench(simulated(tmp_path)), SimulatedBench)
    assert isinstance(open_bench(played(tmp_path)), PlaybackBench)


def test_a_process_loads_no_adapter_before_it_is_told_which() -> None:
    adapters = ("devices.k4a", "devices.playback", "devices.simulated.bench", "devices.simulated.device")
    look = (
        "import sys, kinect_sync.benches.worker\n"
        f"print([each for each in {adapters!r} if 'kinect_sync.' + each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

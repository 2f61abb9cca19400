"""What simulated cameras will see is drawn before they start: for takes, and for nothing else."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from kinect_sync.benches.choice import Kinects, Simulation
from kinect_sync.benches.drawing import draw_room
from kinect_sync.benches.preparing import prepared_bench, prepared_take
from kinect_sync.benches.simulation import simulation
from kinect_sync.benches.wanted import Simulated
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.rig.rig import Rig
from tests.devices.rooms import SERIALS


@pytest.fixture(name="rig")
def rig_without_color() -> Rig:
    """One device that is drawn fast."""
    camera = {"fps": 5, "color_resolution": "off", "depth_mode": "nfov_2x2binned"}
    devices = [{"name": "front", "serial": SERIALS["front"], "role": "standalone"}]
    fields = {"name": "one", "topology": "standalone", "camera": camera, "devices": devices}
    return Rig.model_validate(fields)


@pytest.fixture(name="faults")
def a_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of faults with a short walk in it."""
    monkeypatch.setenv("KSYNC_CACHE", str(tmp_path / "cache"))
    faults = tmp_path / "world.yaml"
    faults.write_text("world: {walk: {stations: 2, begins_s: 0.5, hold_s: 0.5, move_s: 0.5}}\n")
    return faults


def test_progress_is_told_to_the_end_and_nothing_is_drawn_twice(rig: Rig, faults: Path) -> None:
    told: list[tuple[int, int]] = []
    with simulation(rig, faults) as bench:
        draw_room(bench, rig, None, lambda done, total: told.append((done, total)))
        draw_room(bench, rig, None, lambda done, total: told.append((done, total)))
    assert told == [(0, 8), (8, 8)]


def test_it_ends_when_somebody_asks_for_it(rig: Rig, faults: Path) -> None:
    with simulation(rig, faults) as bench, pytest.raises(Interrupted):
        draw_room(bench, rig, None, stopping=lambda: True)


def test_without_a_room_nothing_is_told(rig: Rig) -> None:
    told: list[int] = []
    with simulation(rig) as bench:
        draw_room(bench, rig, 10, lambda done, _: told.append(done))
    draw_room(Kinects(), rig, 10, lambda done, _: told.append(done))
    assert told == []


def test_a_take_has_a_room_and_what_keeps_no_image_has_none(rig: Rig, faults: Path, tmp_path: Path) -> None:
    wanted = Simulated(faults=faults)
    with prepared_bench(rig, wanted) as bench:
        assert isinstance(bench, Simulation)
        assert bench.world.room is None
    with prepared_take(TakePlan(rig=rig, directory=tmp_path), wanted) as take:
        assert isinstance(take.bench, Simulation)
        assert take.bench.world.room is not None


def test_a_process_that_dies_is_told_with_what_to_do(
    rig: Rig, faults: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died: Future[int] = Future()
    died.set_exception(BrokenProcessPool("killed"))
    pool = SimpleNamespace(submit=lambda _work, _batch: died)
    monkeypatch.setattr("kinect_sync.review.processes.process_pool", lambda *_: nullcontext(pool))
    monkeypatch.setattr("kinect_sync.host.view.usable_cores", lambda: 2)
    faults.write_text("world: {walk: {stations: 4}}\n")
    with simulation(rig, faults) as bench, pytest.raises(BenchError, match="room has died") as raised:
        draw_room(bench, rig, None)
    (finding,) = raised.value.findings
    assert finding.code == "room-not-drawn"
    assert "__main__" in str(finding.remedy)

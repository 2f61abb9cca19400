"""A simulated bench lasts as long as its context, and follows its file of faults meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.benches.opening import open_bench
from kinect_sync.benches.simulation import simulation
from kinect_sync.devices.port import Bench
from kinect_sync.errors import RigError
from tests.devices.simulation import FRONT, LEFT, RIGHT, chain


def serials(bench: Bench) -> set[str | None]:
    return {device.serial for device in bench.look()}


def test_the_folder_of_a_world_goes_with_its_context() -> None:
    with simulation(chain()) as simulated:
        folder = simulated.world.directory
        assert folder.is_dir()
        assert serials(open_bench(simulated)) == {FRONT, LEFT, RIGHT}
    assert not folder.exists()


def test_nothing_is_left_of_a_world_whose_faults_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RigError), simulation(chain(), tmp_path / "nowhere.yaml"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_faults_are_read_again_when_somebody_looks_again(tmp_path: Path) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("devices: {left: {missing: true}}\n")
    with simulation(chain(), faults) as simulated:
        bench = open_bench(simulated)
        assert serials(bench) == {FRONT, RIGHT}
        faults.write_text("devices: {left: {mis")
        assert serials(bench) == {FRONT, RIGHT}, "an editor is half-way through writing it"
        faults.write_text("devices: {}\n")
        assert serials(bench) == {FRONT, LEFT, RIGHT}
        faults.unlink()
        assert serials(bench) == {FRONT, LEFT, RIGHT}

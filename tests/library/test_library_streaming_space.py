"""Live rows in the world of their rig: the clouds, views and lenses of a take that is recorded beside."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinect_sync as ks
from kinect_sync.calibration.rig_calibration import put_calibration_beside
from tests.documents import ROOT, blocks
from tests.library.programs import run_file
from tests.review.fused import STANDING, UPRIGHT, calibration_of
from tests.review.small_takes import make_take, pair_rig, small_rig

pytestmark = pytest.mark.realtime

POSES = {"front": STANDING, "left": UPRIGHT}
SETTINGS = ks.CloudSettings(voxel_mm=20, normals=True)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of which nobody says where its cameras stood."""
    return make_take(tmp_path_factory.mktemp("takes") / "played", pulses=8, rig=pair_rig())


def test_a_live_row_has_what_the_take_beside_it_has(played: Path, tmp_path: Path) -> None:
    given = calibration_of(POSES)
    bench, seen = ks.playback(played, fast=True), {}
    with ks.stream(pair_rig(), bench=bench, record=tmp_path, calibration=given) as rows:
        assert rows.calibration == given
        geometry = rows.geometry("left")
        for row in rows:
            if row.complete and len(seen) < 2:
                pictures = row.view("front.color", "left"), row.undistorted("left")
                seen[row.pulse] = row.cloud(SETTINGS), row.cloud(devices=("front",)), *pictures
    assert len(seen) == 2
    take = ks.open_take(tmp_path / Path(str(rows.report.take)).name)
    assert take.calibration == given, "the take got a copy"
    assert take.geometry("left") == geometry
    for pulse, (cloud, of_front, view, straight) in seen.items():
        recorded = take.row(pulse)
        assert same(cloud, recorded.cloud(SETTINGS))
        assert same(of_front, take.cloud(pulse, devices=("front",)))
        assert same(view, recorded.view("front.color", "left"))
        assert same(straight, recorded.undistorted("left"))


def test_rows_that_are_held_become_clouds_in_other_processes(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And are awaited, by the programs of the page `live-rows.md`; their take is calibrated."""
    take = tmp_path / "takes" / "live"
    shutil.copytree(played, take)
    put_calibration_beside(take, calibration_of(POSES))
    monkeypatch.chdir(tmp_path)
    here, path = ks.open_take(take), tmp_path / "program.py"
    clouds = [len(here.cloud(pulse)) for pulse in range(len(here))]
    programs = blocks("python", ROOT / "docs" / "explanation" / "live-rows.md")
    for program, printed in zip(programs, (clouds, [*range(len(here))]), strict=True):
        path.write_text(program, encoding="utf-8")
        ended = run_file(path)
        assert (ended.code, ended.err, ended.left) == (0, "", [])
        assert ended.out.split() == str(printed).split()


def same(first: Any, second: Any) -> bool:
    """Whether two values are equal in all that they hold."""
    pairs = [(value, getattr(second, name)) for name, value in vars(first).items()]
    return len(pairs) > 1 and all(
        np.array_equal(*each) if isinstance(each[0], np.ndarray) else each[0] == each[1] for each in pairs
    )


@pytest.mark.parametrize("named", [False, True], ids=["given", "named"])
def test_a_calibration_that_is_not_there_is_refused_before_a_camera_is_started(
    played: Path, tmp_path: Path, named: bool
) -> None:
    path = str(tmp_path / "nowhere.json")
    rig, given = (small_rig(calibration=path), None) if named else (small_rig(), path)
    rows = ks.stream(rig, bench=ks.playback(played, fast=True), calibration=given)
    with pytest.raises(ks.UsageError, match="nowhere"), rows:
        pass

"""`docs/how-to/use-other-programs.md`, followed from its first line to its last over a take made for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.calibration.rig_calibration import write_rig_calibration
from kinect_sync.geometry.poses import Pose
from tests.documents import OTHER_PROGRAMS, blocks, follow, shell_environment, steps
from tests.review.fused import calibration_of, small_geometry
from tests.review.small_takes import SERIALS, make_take

STANDING = Pose.of(np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), np.array([0.0, -2.0, 1.2]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of the page were run, over a take that was made for it."""
    if sys.platform == "win32":
        pytest.skip("the examples are lines of a POSIX shell")
    folder = tmp_path_factory.mktemp("page")
    make_take(folder / "takes" / "dance", pulses=1)
    poses: dict[str, Pose] = dict.fromkeys(SERIALS, STANDING)
    write_rig_calibration(folder / "rig_calibration.json", calibration_of(poses))
    environment = shell_environment(folder / "bin", dict(os.environ))
    found = [step for step in steps(OTHER_PROGRAMS) if not step.is_python]
    assert found
    for step in found:
        wrong = follow(step, folder, environment)
        assert wrong is None, wrong
    return folder


def run(word: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    (lines,) = [block for block in blocks("python", OTHER_PROGRAMS) if word in block]
    exec(compile(lines, OTHER_PROGRAMS.name, "exec"), names)
    return names


def test_colmap_starts_from_the_pages_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pycolmap", reason="needs COLMAP: pip install -e '.[interop]'")
    front = run("pycolmap", folder, monkeypatch)["front"]
    color = (STANDING @ small_geometry().depth_from_color).translation_m
    assert front.projection_center() == pytest.approx(color, abs=1e-6)


def test_open3d_starts_from_the_pages_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    cloud = run("open3d", folder, monkeypatch)["cloud"]
    assert len(cloud.points) > 10_000
    assert cloud.get_center()[1] > -2, "before the cameras"


def test_easymocap_starts_from_the_pages_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rules: of `names`, K_ and dist_ in one file, R_ and T_ of world to camera in the other."""
    cv2 = pytest.importorskip("cv2", reason="needs OpenCV: pip install -e '.[interop]'")
    run("cv2", folder, monkeypatch)
    intri, extri = (
        cv2.FileStorage(str(folder / name), cv2.FileStorage_READ) for name in ("intri.yml", "extri.yml")
    )
    names = [intri.getNode("names").at(number).string() for number in range(3)]
    assert names == list(SERIALS)
    point = np.array([[0.2, 0.5, 1.0]])
    seen, _ = cv2.projectPoints(
        point,
        extri.getNode("R_left").mat(),
        extri.getNode("T_left").mat(),
        intri.getNode("K_left").mat(),
        intri.getNode("dist_left").mat(),
    )
    camera = (STANDING @ small_geometry().depth_from_color).inverse().apply(point)[0]
    focal_px = intri.getNode("K_left").mat()[0, 0]
    assert seen[0, 0] == pytest.approx(focal_px * camera[:2] / camera[2] + (639.5, 359.5), abs=1e-6)

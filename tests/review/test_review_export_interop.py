"""The lines that the manual gives to users of OpenCV and Open3D, run as they stand there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.review.export.request import Part
from tests.documents import ROOT, blocks
from tests.review import exported
from tests.review.small_takes import make_take

PAGE = ROOT / "docs" / "how-to" / "export-images.md"


def lines_with(word: str) -> str:
    found = [block for block in blocks("python", PAGE) if word in block]
    assert found, f"the manual shows nothing with {word}"
    return found[0]


def run(lines: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(compile(lines, PAGE.name, "exec"), names)
    return names


def export(folder: Path, *parts: Part) -> None:
    take = make_take(folder / "take", pulses=1)
    exported.export(take, folder / "images", parts=parts)
    shutil.rmtree(take)


def test_opencv_starts_from_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cv2", reason="needs OpenCV: pip install -e '.[interop]'")
    export(tmp_path, Part.COLOR, Part.DEPTH, Part.CALIBRATION)
    names = run(lines_with("cv2"), tmp_path, monkeypatch)
    assert names["color"].shape == (720, 1280, 3)
    assert names["depth"].dtype == "uint16"
    assert names["depth"].shape == (288, 320)
    assert names["straight"].shape == names["color"].shape


def test_open3d_starts_from_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    export(tmp_path, Part.DEPTH, Part.CALIBRATION)
    cloud = run(lines_with("open3d"), tmp_path, monkeypatch)["cloud"]
    assert len(cloud.points) > 1000
    assert 0.2 < abs(cloud.get_center()[2]) < 6, "metres"


def test_open3d_reads_our_point_clouds(tmp_path: Path, display: None) -> None:
    open3d = pytest.importorskip("open3d", reason="needs Open3D: pip install -e '.[interop]'")
    pytest.importorskip("pyk4a")
    export(tmp_path, Part.POINTS)
    cloud = open3d.io.read_point_cloud(str(tmp_path / "images/front/points/000000.ply"))
    assert len(cloud.points) > 1000
    assert cloud.has_colors()
    assert 0.2 < abs(cloud.get_center()[2]) < 6, "metres"

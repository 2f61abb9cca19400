"""What the Sensor SDK computes of an export, against the formulas of the lenses; needs OpenGL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kinect_sync.errors import BenchError
from kinect_sync.review.export.request import Part
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode
from kinect_sync.takes.decoding import decode_color
from tests.display import use_display
from tests.factory_calibration import make_calibration
from tests.review.exported import export, gray, parse_ply
from tests.review.lens import move, project
from tests.review.small_takes import SERIALS, make_take

pytest.importorskip("pyk4a", exc_type=ImportError)


MARKS = 6
"""The first pixels of a depth image are no depth: they tell the device and the capture."""


@dataclass
class Exported:
    """Everything that there is of one capture."""

    folder: Path

    def file(self, kind: str, suffix: str) -> Path:
        return self.folder / kind / f"000000{suffix}"

    @cached_property
    def calibration(self) -> Any:
        return json.loads((self.folder / "calibration.json").read_text())

    @cached_property
    def vertices(self) -> Any:
        return parse_ply(self.file("points", ".ply").read_bytes())

    @cached_property
    def points_m(self) -> Any:
        return np.stack([self.vertices[axis] for axis in "xyz"], -1).astype(float)

    @cached_property
    def depth(self) -> Any:
        return gray(self.file("depth", ".png"))

    def of_depth(self) -> Any:
        """Where the depth camera sees the points: pixels (x, y)."""
        return project(self.points_m, self.calibration["depth"])

    def of_color(self) -> tuple[Any, Any, Any]:
        """Where the color camera sees them: whole pixels, depth in mm there, and those within its image."""
        seen = move(self.points_m, self.calibration["depth_to_color"])
        pixels = np.rint(project(seen, self.calibration["color"])).astype(int)
        within = ((pixels >= 0) & (pixels < (1280, 720))).all(axis=1)
        within[:MARKS] = False
        return pixels, seen[:, 2] * 1000, within


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("takes") / "one", pulses=1)


@pytest.fixture(scope="module")
def made(session_display: str, take: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    to = tmp_path_factory.mktemp("exports")
    with pytest.MonkeyPatch.context() as patch:
        use_display(session_display, patch)
        export(take, to, parts=tuple(Part), devices=("front",))
    return Exported(to / "front")


def test_every_pixel_with_depth_is_a_point_on_the_ray_of_its_lens(made: Exported) -> None:
    """Projected back, each point is within rounding, 1 mm, of the very pixel whose depth it has."""
    pixels, z_mm = made.of_depth()[MARKS:], made.points_m[MARKS:, 2] * 1000
    whole = np.rint(pixels).astype(int)
    assert z_mm == pytest.approx(made.depth[whole[:, 1], whole[:, 0]], abs=1e-3)
    focal_length = made.calibration["depth"]["camera_matrix"][0][0]
    off_mm = np.abs(pixels - whole) / focal_length * z_mm[:, None]
    assert off_mm.max() < 1
    numbers = whole[:, 1] * made.depth.shape[1] + whole[:, 0]
    assert (np.diff(numbers) > 0).all(), "each pixel once, row by row"
    assert np.count_nonzero(made.depth) - len(numbers) <= 2 * MARKS, "the corners are beyond the lens"


def test_points_and_their_colors_are_those_of_the_sdk(made: Exported, display: None) -> None:
    from kinect_sync.devices.k4a.transformation import Transformation

    sdk = Transformation(
        "front", make_calibration(SERIALS["front"]), DepthMode.NFOV_2X2BINNED, ColorResolution.RES_720P
    )
    points = sdk.points_mm(made.depth)
    known = points[..., 2] > 0
    assert made.points_m == pytest.approx(points[known] / 1000, abs=1e-6)
    jpeg = made.file("color", ".jpg").read_bytes()
    rgba = sdk.align_color(decode_color(jpeg, ColorFormat.MJPG, (1280, 720)), made.depth)
    colors = np.stack([made.vertices[channel] for channel in ("red", "green", "blue")], -1)
    assert (colors == rgba[known][:, :3]).all()
    with Image.open(made.file("color-aligned", ".png")) as image:
        assert (np.asarray(image) == rgba).all()


def test_aligned_depth_is_the_depth_of_the_points_that_color_sees(made: Exported) -> None:
    """The SDK spans surfaces between points, so that edges and slopes differ by a few mm."""
    aligned = gray(made.file("depth-aligned", ".png"))
    assert aligned.shape == (720, 1280)
    pixels, z_mm, within = made.of_color()
    found = aligned[pixels[within, 1], pixels[within, 0]].astype(float)
    known = found > 0
    assert known.mean() > 0.98, "the rest is behind an edge"
    off_mm = np.abs(found - z_mm[within])[known]
    assert np.median(off_mm) < 0.5
    assert np.quantile(off_mm, 0.95) < 6
    assert np.quantile(off_mm, 0.995) < 20


def test_aligned_color_is_the_color_where_the_points_are(made: Exported) -> None:
    with Image.open(made.file("color", ".jpg")) as image:
        color = np.asarray(image.convert("RGB")).astype(int)
    with Image.open(made.file("color-aligned", ".png")) as image:
        aligned = np.asarray(image).astype(int)
    assert aligned.shape == (288, 320, 4)
    pixels, _, within = made.of_color()
    own = np.rint(made.of_depth()).astype(int)
    found = aligned[own[:, 1], own[:, 0]]
    assert (found[within, 3] == 255).mean() > 0.98, "the rest is behind an edge"
    outside = ((pixels < -1) | (pixels > (1280, 720))).any(axis=1)
    assert outside.sum() > 1000
    assert not found[outside].any(), "transparent where color does not see"
    seen = within & (found[:, 3] > 0)
    off = np.abs(found[seen, :3] - color[pixels[seen, 1], pixels[seen, 0]]).max(axis=1)
    assert np.quantile(off, 0.98) < 8


def test_without_opengl_nothing_is_made(take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kinect_sync.devices.k4a.sdk import load_sdk

    name = "transformation_depth_image_to_point_cloud"
    monkeypatch.setattr(load_sdk().extension, name, lambda *arguments: None)
    monkeypatch.setattr("pyk4a.Calibration.transformation_handle", object())
    with pytest.raises(BenchError, match="OpenGL") as raised:
        export(take, tmp_path / "out", parts=(Part.POINTS,))
    assert raised.value.findings[0].code == "transformation-unavailable"
    assert not (tmp_path / "out").exists()

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.splats import look_at, splat
from kinect_sync.geometry.undistortion import STRAIGHT

CAMERA = Lens(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5, distortion=STRAIGHT)
RED, BLUE = (255, 0, 0), (0, 0, 255)


def drawn(
    *points: tuple[tuple[float, float, float], tuple[int, int, int]], side_m: float = 0.001
) -> np.ndarray:
    places, colors = (np.array(each).T for each in zip(*points, strict=True))
    return splat(places.astype(np.float32), colors.astype(np.uint8), side_m, CAMERA)


def test_a_point_is_drawn_where_a_pinhole_sees_it() -> None:
    image = drawn(((0.21, -0.11, 1.0), RED))
    assert np.argwhere(image[..., 3]).tolist() == [[18, 42]]
    assert image[18, 42].tolist() == [*RED, 255]


@pytest.mark.parametrize("turn", [1, -1])
def test_the_nearest_stays_whatever_the_order(turn: int) -> None:
    points = [((0.01, 0.01, 1.0), RED), ((0.02, 0.02, 2.0), BLUE), ((0.03, 0.03, 3.0), BLUE)][::turn]
    image = drawn(*points, side_m=0.2)
    assert image[24, 32].tolist() == [*RED, 255]


def test_a_point_is_as_large_as_its_square_is_from_there() -> None:
    for far_m, across in ((1.0, 5), (2.0, 3), (5.0, 1)):
        image = drawn(((0.0, 0.0, far_m), RED), side_m=0.1)
        assert np.count_nonzero(image[..., 3]) == across**2


def test_what_is_behind_or_beside_the_image_is_not_drawn() -> None:
    assert not drawn(((0.0, 0.0, -1.0), RED), ((9.0, 0.0, 1.0), RED), ((0.0, -9.0, 1.0), RED)).any()


def test_who_looks_at_a_point_has_it_in_the_middle_and_up_above() -> None:
    eye, target = np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.0, 0.2])
    up = np.array([0.0, 0.0, 1.0])
    camera_from_world = look_at(eye, target, up).inverse()
    assert camera_from_world.apply(target) == pytest.approx([0, 0, np.linalg.norm(target - eye)])
    x, y, _ = camera_from_world.apply(target + 0.1 * up) - camera_from_world.apply(target)
    assert (x, y < 0) == (pytest.approx(0), True)
    assert np.linalg.det(np.array(camera_from_world.rotation)) == pytest.approx(1)

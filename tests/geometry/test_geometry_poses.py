"""Poses: chains, ways back, and whole images of points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinect_sync.geometry.poses import Pose

ONE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
QUARTER_ABOUT_Z = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))


def turned(axis: tuple[float, float, float], angle: float, translation_m: tuple[float, float, float]) -> Pose:
    """A pose by Rodrigues' formula."""
    x, y, z = np.array(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return Pose.of(rotation, np.array(translation_m))


numbers = st.floats(-5, 5)
poses = st.builds(
    turned,
    st.tuples(st.floats(0.1, 1), st.floats(-1, 1), st.floats(-1, 1)),
    st.floats(-3, 3),
    st.tuples(numbers, numbers, numbers),
)


@pytest.mark.parametrize(
    ("pose", "expected"),
    [
        pytest.param(Pose(rotation=ONE, translation_m=(0, 0, 0)), (1, 2, 3), id="nothing is moved"),
        pytest.param(
            Pose(rotation=ONE, translation_m=(-0.032, 0, 0.004)),
            (0.968, 2, 3.004),
            id="a point in the depth camera's frame is 32 mm further left of color, which is to its right",
        ),
        pytest.param(
            Pose(rotation=QUARTER_ABOUT_Z, translation_m=(0, 0, 0)),
            (-2, 1, 3),
            id="rows of the rotation are the target's axes in the source's frame",
        ),
        pytest.param(
            Pose(rotation=QUARTER_ABOUT_Z, translation_m=(10, 0, 0)), (8, 1, 3), id="turned first, then moved"
        ),
    ],
)
def test_a_pose_carries_a_point(pose: Pose, expected: tuple[float, float, float]) -> None:
    assert pose.apply(np.array([1.0, 2.0, 3.0])) == pytest.approx(expected)


@given(poses, poses)
def test_a_chain_is_one_pose_after_the_other(a_from_b: Pose, b_from_c: Pose) -> None:
    points = np.array([[0.1, -0.2, 1.5], [3.0, 0.0, -1.0]])
    assert (a_from_b @ b_from_c).apply(points) == pytest.approx(a_from_b.apply(b_from_c.apply(points)))


@given(poses)
def test_there_and_back_is_where_one_was(a_from_b: Pose) -> None:
    points = np.array([[0.1, -0.2, 1.5], [3.0, 0.0, -1.0]])
    assert a_from_b.inverse().apply(a_from_b.apply(points)) == pytest.approx(points)
    assert (a_from_b.inverse() @ a_from_b).translation_m == pytest.approx((0, 0, 0), abs=1e-12)


def test_an_image_of_points_keeps_its_shape() -> None:
    pose = turned((1, 0, 0), 0.1, (0, 0, 1))
    image = np.arange(24.0).reshape(2, 4, 3)
    assert pose.apply(image).shape == image.shape
    assert pose.apply(image)[1, 2] == pytest.approx(pose.apply(image[1, 2]))


def test_a_pose_is_a_value_that_survives_json() -> None:
    pose = turned((1, 2, 3), 0.7, (0.1, 0.2, 0.3))
    assert Pose.model_validate_json(pose.model_dump_json()) == pose

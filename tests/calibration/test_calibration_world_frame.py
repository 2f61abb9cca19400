"""What is up, where the floor is, and which axes a world has."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.calibration.floor import find_floor
from kinect_sync.calibration.world_frame import (
    board_world,
    device_world,
    find_up,
    floor_world,
    gravity_world,
    point_up,
)
from kinect_sync.geometry.poses import Numbers, Pose
from tests.calibration.walks import looking, turned

UP = np.array((0.0, 0.0, 1.0))


def tilted(deg: float, axis: tuple[float, float, float] = (1.0, 0.0, 0.0)) -> Numbers:
    return turned(np.array(axis) * np.radians(deg)) @ UP


def test_an_accelerometer_at_rest_says_what_is_up() -> None:
    """It lies on its side, on a device that looks level: its own y axis is the device's -y, which is up."""
    on_its_side = Pose.of(np.array([[0.0, 0, 1], [0, -1, 0], [1, 0, 0]]), np.zeros(3))
    device = looking(np.array((2.0, 0.0, 1.0)), np.array((0.0, 0.0, 1.0)))
    assert point_up(np.array((0.0, 9.81, 0.0)), on_its_side, device) == pytest.approx(UP)


def test_up_is_the_mean_of_those_that_agree() -> None:
    found = find_up({"a": tilted(1), "b": tilted(-1), "c": tilted(180), "d": UP})
    assert found.direction == pytest.approx(UP)
    assert found.off_deg == pytest.approx({"a": 1, "b": 1, "c": 180, "d": 0}, abs=1e-6)
    assert found.astray == ("c",)
    assert found.spread_deg == pytest.approx(np.sqrt(2 / 3))


def test_nobody_to_ask_is_an_error() -> None:
    with pytest.raises(ValueError, match="accelerometer"):
        find_up({})


def room(tilt_deg: float = 1.0, floor_m: float = -1.4) -> tuple[Numbers, Numbers]:
    """Points of a floor that leans, of a table above it and of things, and the floor's normal."""
    rng = np.random.default_rng(3)
    normal = tilted(tilt_deg)
    flat = rng.uniform(-2, 2, (4000, 2))
    floor = np.column_stack((flat, (floor_m - flat @ normal[:2]) / normal[2] + rng.normal(0, 0.005, 4000)))
    table = np.column_stack((rng.uniform(-0.5, 0.5, (5000, 2)), np.full(5000, -0.7)))
    things = rng.uniform((-2, -2, -1.3), (2, 2, 1), (2000, 3))
    stray = rng.uniform((-2, -2, -2), (2, 2, -1.5), (60, 3))
    return np.concatenate((floor, table, things, stray, np.full((5, 3), np.nan))), normal


def test_the_floor_is_found_and_not_the_table_that_is_seen_better() -> None:
    points, normal = room()
    floor = find_floor(points, tilted(-1))
    assert floor is not None
    assert np.degrees(np.arccos(np.array(floor.normal) @ normal)) < 0.1
    assert floor.offset_m == pytest.approx(-1.4, abs=0.005)
    assert floor.spread_m == pytest.approx(0.005, abs=0.001)
    assert floor == find_floor(points, tilted(-1))


def walled(floor: float, table: float, seed: int) -> Numbers:
    """20,000 points of a round room, of which so large parts are on its floor, z = 0, and on a table."""
    rng = np.random.default_rng(seed)
    on, over = int(20_000 * floor), int(20_000 * table)
    angles = rng.uniform(0, 2 * np.pi, 20_000 - on - over)
    walls = np.column_stack((3 * np.cos(angles), 3 * np.sin(angles), rng.uniform(0, 2.5, len(angles))))
    return np.concatenate(
        (
            np.column_stack((rng.uniform(-2, 2, (on, 2)), rng.normal(0, 0.005, on))),
            np.column_stack((rng.uniform(-0.6, 0.6, (over, 2)), rng.normal(0.75, 0.004, over))),
            walls + rng.normal(0, 0.01, walls.shape),
        )
    )


@pytest.mark.parametrize("lean_deg", [3, 35])
@pytest.mark.parametrize(("floor", "table"), [(0.3, 0.0), (0.12, 0.0), (0.08, 0.0), (0.1, 0.1), (0.03, 0.2)])
def test_a_floor_that_is_a_small_part_of_what_is_seen_is_found(
    floor: float, table: float, lean_deg: float
) -> None:
    points = walled(floor, table, seed=int(lean_deg))
    found = find_floor(points, tilted(lean_deg, (0.6, 0.8, 0.0)), lean_deg + 10)
    assert found is not None
    assert found.offset_m == pytest.approx(0, abs=0.001)
    assert np.degrees(np.arccos(min(1.0, found.normal[2]))) < 0.05


@pytest.mark.parametrize("table", [0.0, 0.2])
def test_neither_a_slice_of_walls_nor_a_table_over_nothing_is_a_floor(table: float) -> None:
    assert find_floor(walled(0.0, table, seed=1), UP) is None
    assert find_floor(walled(0.0, table, seed=1), UP, 45) is None


def test_no_floor_is_none() -> None:
    wall = np.column_stack((np.zeros(1000), np.random.default_rng(1).uniform(-2, 2, (1000, 2))))
    assert find_floor(wall, UP) is None
    assert find_floor(wall[:10], UP) is None


def test_a_world_of_gravity_has_its_origin_in_the_device_and_z_up() -> None:
    camera = looking(np.array((2.0, 1.0, 1.6)), np.array((0.0, 1.0, 1.0)))
    here = camera.inverse()
    world = gravity_world(np.array(here.rotation) @ UP, Pose.of(np.eye(3), np.zeros(3)))
    assert world.apply(np.zeros(3)) == pytest.approx(np.zeros(3), abs=1e-12)
    assert world.apply(here.apply(np.array((2.0, 1.0, 2.6)))) == pytest.approx((0, 0, 1))
    assert world.apply(here.apply(np.array((1.0, 1.0, 1.6)))) == pytest.approx((0, 1, 0))
    assert world.apply(here.apply(np.array((2.0, 2.0, 1.6)))) == pytest.approx((1, 0, 0))


@pytest.mark.parametrize("down", [1, -1])
def test_a_camera_that_looks_straight_down_or_up_heads_where_its_image_begins_or_ends(down: int) -> None:
    axes = np.array([[1.0, 0, 0], [0, -down, 0], [0, 0, -down]])
    world = gravity_world(UP, Pose.of(axes, np.zeros(3)))
    assert world.apply(np.array((0.0, 1.0, 0.0))) == pytest.approx((0, 1, 0))


def test_a_world_of_a_floor_has_its_origin_beneath_the_device() -> None:
    points, _ = room(0.5)
    floor = find_floor(points, UP)
    assert floor is not None
    world = floor_world(floor, Pose.of(np.diag((1.0, -1.0, -1.0)), np.array((0.3, 0.2, 0.0))))
    height = world.apply(np.array((0.3, 0.2, 0.0)))
    assert height[:2] == pytest.approx((0, 0), abs=1e-9)
    assert height[2] == pytest.approx(1.4, abs=0.01)
    on_floor = points[:4000]
    assert world.apply(on_floor)[:, 2] == pytest.approx(0, abs=0.03)


def test_a_world_of_a_board_looks_at_its_print() -> None:
    board = Pose.of(turned(np.array((0.3, 0.2, 0.1))), np.array((1.0, 2.0, 3.0)))
    world = board_world(board)
    assert world.apply(board.apply(np.array((0.4, 0.3, 0.0)))) == pytest.approx((0.4, -0.3, 0))
    assert world.apply(board.apply(np.array((0.0, 0.0, -1.0)))) == pytest.approx((0, 0, 1))


def test_a_world_of_a_device_is_its_cameras_frame() -> None:
    camera = looking(np.array((2.0, 1.0, 1.6)), np.array((0.0, 1.0, 1.0)))
    assert device_world(camera).apply(np.array((2.0, 1.0, 1.6))) == pytest.approx(np.zeros(3), abs=1e-12)

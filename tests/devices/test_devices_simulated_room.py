"""The room that simulated cameras see: proven against arithmetic that is not its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.room.codes import marker_bits
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from tests.devices.rooms import AT, SERIALS, STILL, pair_rig, small_world


def geometry(world: World, name: str) -> DeviceGeometry:
    """What the factory says of a device, as the package under test reads it."""
    settings = world.eye(name).settings
    factory = parse_calibration(make_calibration(SERIALS[name]), name)
    return factory.in_mode(settings.depth_mode, settings.color_resolution)


def true_pixels(world: World, name: str, camera: str, time_s: float = 0.0) -> np.ndarray[Any, Any]:
    """Where the board's corners are in an image, by the true poses and the package's own lenses."""
    truth, lenses = world.truth(), geometry(world, name)
    lens = lenses.color if camera == "color" else lenses.depth
    board = world.world_from_board(time_s)
    assert lens is not None
    assert board is not None
    device = truth.devices[name]
    at = device.world_from_color if camera == "color" else device.world_from_depth
    in_world = truth.corners_m @ board[:3, :3].T + board[:3, 3]
    pixels, valid = lens.project((in_world - at[:3, 3]) @ at[:3, :3])
    assert valid.all()
    return pixels


def found_pixels(image: np.ndarray[Any, Any], near: np.ndarray[Any, Any], half: int) -> np.ndarray[Any, Any]:
    cv2 = pytest.importorskip("cv2", reason="corners are found with opencv-python-headless")
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    start = near.astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 1e-4)
    found: np.ndarray[Any, Any] = cv2.cornerSubPix(gray, start, (half, half), (-1, -1), criteria)
    return found.reshape(-1, 2)


def test_markers_are_those_of_opencv() -> None:
    cv2 = pytest.importorskip("cv2", reason="needs opencv-python-headless to compare with")
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    for number in range(100):
        theirs = cv2.aruco.Dictionary.getBitsFromByteList(known.bytesList[number : number + 1], 5)
        assert (marker_bits(number) == theirs).all(), number


@pytest.mark.parametrize(("columns", "rows", "legacy"), [(8, 5, False), (5, 4, False), (5, 4, True)])
def test_a_board_is_laid_out_as_opencv_does(columns: int, rows: int, legacy: bool) -> None:
    cv2 = pytest.importorskip("cv2", reason="needs opencv-python-headless to compare with")
    made = {"columns": columns, "rows": rows, "square_m": 0.09, "marker_m": 0.07, "legacy": legacy}
    board = small_world(board=made).stage.board
    assert board is not None
    known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    theirs = cv2.aruco.CharucoBoard((columns, rows), 0.09, 0.07, known)
    theirs.setLegacyPattern(legacy)
    picture = theirs.generateImage((columns * 90, rows * 90))
    at_x, at_y = np.meshgrid(np.arange(columns * 90), np.arange(rows * 90))
    ours = board.whiteness(((at_x + 0.5) / 1000).astype(np.float32), ((at_y + 0.5) / 1000).astype(np.float32))
    assert (ours == picture / 255).mean() == 1.0
    assert board.corners == pytest.approx(theirs.getChessboardCorners())


@pytest.mark.parametrize("modes", [("720p", "nfov_unbinned"), ("1536p", "wfov_2x2binned")])
def test_each_pixel_has_the_ray_that_the_geometry_gives_it(modes: tuple[str, str]) -> None:
    world = small_world(pair_rig(color_resolution=modes[0], depth_mode=modes[1]))
    lenses = geometry(world, "front")
    for camera, lens in (("color", lenses.color), ("depth", lenses.depth)):
        assert lens is not None
        x, y = world.eye("front").lens(camera).rays  # type: ignore[arg-type]
        assert x.shape == (lens.height, lens.width)
        row, column = np.mgrid[5 : lens.height : 37, 3 : lens.width : 41]
        rays = np.stack((x[row, column], y[row, column], np.ones(row.shape)), axis=-1)
        seen = np.isfinite(rays).all(axis=-1)
        assert seen.mean() > 0.7
        pixels, _ = lens.project(rays[seen].astype(float))
        assert np.abs(pixels - np.stack((column, row), axis=-1)[seen]).max() < 1e-3


@pytest.mark.parametrize(
    "board", [{}, {"printed_scale": 1.01}, {"bend_m": 0.006}, {"columns": 6, "rows": 4, "square_m": 0.13}]
)
def test_corners_are_where_the_geometry_projects_them(board: dict[str, float]) -> None:
    made = {"columns": 5, "rows": 4, "square_m": 0.14, "marker_m": 0.09}
    world = small_world(pair_rig(depth_mode="nfov_unbinned"), board=made | board)
    for camera in ("color", "depth"):
        off = np.concatenate([found_off(world, name, camera) for name in world.names])
        assert np.abs(off.mean(axis=0)).max() < 0.02, camera
        assert np.sqrt((off**2).mean()) < 0.06, camera


def found_off(world: World, name: str, camera: str) -> np.ndarray[Any, Any]:
    near = true_pixels(world, name, camera)
    if camera == "color":
        return found_pixels(world.render(name, "color", 0), near, 4) - near
    infrared = np.clip(world.render(name, "ir", 0) / 12, 0, 255).astype(np.uint8)
    return found_pixels(infrared, near, 4) - near


def test_a_mirrored_board_has_its_corners_in_a_mirror() -> None:
    plain, mirrored = small_world(), small_world(board={"mirrored": True})
    width = 8 * 0.1
    assert mirrored.truth().corners_m[:, 0] == pytest.approx(width - plain.truth().corners_m[:, 0])
    assert (plain.render("front", "color", 0) != mirrored.render("front", "color", 0)).any()


def test_depth_is_that_of_the_board_and_a_bias_is_added() -> None:
    errors = {"depth_bias_mm": 12.0, "depth_slope_percent": 0.5}
    rig = pair_rig(depth_mode="nfov_unbinned")
    world = small_world(rig, devices={"left": {"errors": errors}})
    truth, off = world.truth(), {}
    for name in world.names:
        lens = geometry(world, name).depth
        assert lens is not None
        at = truth.devices[name].world_from_depth
        in_world = truth.corners_m @ truth.stations[0][:3, :3].T + truth.stations[0][:3, 3]
        z = ((in_world - at[:3, 3]) @ at[:3, :3])[:, 2]
        column, row = np.rint(true_pixels(world, name, "depth")).astype(int).T
        off[name] = world.render(name, "depth", 0)[row, column] / 1000 - z
    assert np.abs(off["front"]).max() < 0.004  # corners are not in the middle of pixels
    assert np.abs(off["left"] - 0.012 - 0.005 * 2).max() < 0.006
    assert (truth.devices["left"].depth_bias_m, truth.devices["left"].depth_slope) == (0.012, 0.005)


def test_devices_stand_where_they_are_put_and_look_there() -> None:
    place = {"position_m": [1.0, 2.0, 1.5], "look_at_m": [1.0, 0.0, 1.5]}
    truth = small_world(devices={"left": place}).truth()
    pose = truth.devices["left"].world_from_depth
    assert pose[:3, 3] == pytest.approx([1.0, 2.0, 1.5])
    assert pose[:3, 2] == pytest.approx([0, -1, 0])  # forward
    assert pose[:3, 1] == pytest.approx([0, 0, -1])  # down
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    away = small_world(devices={"left": {"looks_away": True}}).truth().devices["left"]
    assert away.world_from_depth[:2, 2] @ small_world().truth().devices["left"].world_from_depth[:2, 2] < 0


def test_a_bumped_device_is_elsewhere_from_then_on() -> None:
    walk = {"stations": [AT, AT], "begins_s": 1.0, "move_s": 1.0, **STILL}
    world = small_world(walk=walk, devices={"left": {"bump": {"turn_deg": 0.5, "move_mm": 5}}})
    left = world.truth().devices["left"]
    assert left.bumped_at_s == pytest.approx(1.9)  # the middle of the walk
    assert np.linalg.norm(left.world_from_depth_after[:3, 3] - left.world_from_depth[:3, 3]) == pytest.approx(
        0.005
    )
    first, last = world.render("left", "color", 0), world.render("left", "color", 19)
    assert (first != last).any()
    assert (world.render("front", "color", 0) == world.render("front", "color", 19)).all()


def test_what_is_true_differs_from_what_the_factory_says_only_by_the_errors() -> None:
    wrong = {"color_focal_percent": 0.5, "color_depth_deg": 0.6}
    world = small_world(devices={"left": {"errors": wrong}})
    plain = small_world()
    assert repr(world.units["front"]) == repr(plain.units["front"])
    told = geometry(plain, "left").color_from_depth
    assert plain.truth().devices["left"].color_from_depth[:3, :3] == pytest.approx(np.array(told.rotation))
    assert plain.truth().devices["left"].color_from_depth[:3, 3] == pytest.approx(
        np.array(told.translation_m)
    )
    assert world.units["left"].color.fx == pytest.approx(plain.units["left"].color.fx * 1.005)
    turn = world.units["left"].color_from_depth[:3, :3] @ plain.units["left"].color_from_depth[:3, :3].T
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) == pytest.approx(0.6)


def test_a_board_is_held_still_then_moved() -> None:
    there = AT | {"position_m": [0.5, 0.2, 1.3]}
    world = small_world(walk={"stations": [AT, there], "begins_s": 1, "hold_s": 1, "move_s": 2})
    walk = world.stage.walk
    assert walk is not None
    held = [walk.held_at(time_s) for time_s in (0, 0.99, 1.01, 2.9, 3.0, 50)]
    assert [at[0] if at else None for at in held] == [0, 0, None, None, 1, 1]
    centre = np.array([0.4, 0.25, 0.0])
    middle = walk.world_from_board(2.0)
    assert middle[:3, :3] @ centre + middle[:3, 3] == pytest.approx([0.3, 0.0, 1.2], abs=0.03)
    steps = [walk.world_from_board(1 + k / 100)[:3, 3] for k in range(201)]
    assert max(np.linalg.norm(np.diff(steps, axis=0), axis=1)) < 0.015


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_hands_that_hold_a_board_tremble_alike_for_all_cameras(fps: int) -> None:
    world = small_world(pair_rig(fps=fps), walk={"stations": [AT], "tremor_mm": 0.4, "tremor_deg": 0.05})
    (station,) = world.truth().stations
    seen = {}
    for pulse in range(3 * fps):
        at = world.world_from_board(pulse / fps)
        assert at is not None
        names = {
            world.eye(name, late_us=late_us).shot(camera, pulse).name  # type: ignore[arg-type]
            for name in world.names for camera in ("color", "depth") for late_us in (-5000, 0, 5000)
        }  # fmt: skip
        assert len(names) == 1, pulse
        seen[names.pop()] = np.linalg.inv(station) @ at
    assert len(seen) == 3
    mean = np.mean([each[:3] for each in seen.values()], axis=0)
    assert mean == pytest.approx(np.eye(4)[:3], abs=1e-5)
    centre = np.array([*small_world().truth().corners_m.mean(axis=0), 1.0])
    shifts = [np.linalg.norm((each @ centre - centre)[:3]) for each in seen.values()]
    turns = [np.degrees(np.arccos((np.trace(each[:3, :3]) - 1) / 2)) for each in seen.values()]
    assert 0.2e-3 < max(shifts) < 2e-3
    assert 0.02 < max(turns) < 0.25


def test_rows_of_a_moving_board_are_seen_one_after_the_other() -> None:
    pytest.importorskip("cv2", reason="corners are found with opencv-python-headless")
    there = AT | {"position_m": [0.6, -0.2, 1.1]}
    made = {"columns": 5, "rows": 4, "square_m": 0.14, "marker_m": 0.09}
    walk = {"stations": [AT, there], "begins_s": 0, "hold_s": 0, "move_s": 1.2}
    rolling = small_world(walk=walk, board=made, cameras={"color_noise": 0, "color_readout_ms": 30})
    still = small_world(walk=walk, board=made, cameras={"color_noise": 0, "color_readout_ms": 0})
    middle = true_pixels(still, "front", "color", 0.6)
    off_s = (middle[:, 1] - 359.5) / 720 * 0.030
    moved = np.stack([true_pixels(still, "front", "color", 0.6 + s)[at] for at, s in enumerate(off_s)])
    expected = {id(still): middle, id(rolling): moved}
    for world in (still, rolling):
        near = expected[id(world)]
        off = found_pixels(world.render("front", "color", 3), near, 4) - near
        assert np.abs(off.mean(axis=0)).max() < 0.06
        assert np.sqrt((off**2).mean()) < 0.15
    assert np.abs(moved - middle).max() > 0.5


def test_color_and_depth_of_a_pulse_are_taken_when_the_delays_say() -> None:
    devices = [
        {"name": "front", "serial": SERIALS["front"], "role": "master"},
        {"name": "left", "serial": SERIALS["left"], "role": "subordinate"}
        | {"subordinate_delay_off_master_usec": 500, "depth_delay_off_color_usec": 200},
    ]
    world = small_world(pair_rig().model_validate(pair_rig().model_dump() | {"devices": devices}))
    color, depth = (world.eye("left").shot(camera, 10).time_s for camera in ("color", "depth"))  # type: ignore[arg-type]
    assert (color, depth) == pytest.approx((2.0005, 2.0007))
    assert world.eye("front").shot("color", 10).time_s == 2.0


def test_depth_is_nothing_out_of_reach_and_flies_at_edges() -> None:
    sphere = {"centre_m": [0.0, 0.0, 1.0], "radius_m": 0.4}
    world = small_world(pair_rig(depth_mode="nfov_unbinned"), board=None, spheres=[sphere])
    depth = world.render("front", "depth", 0)
    assert depth[0, 0] == 0  # no light of the laser falls there
    assert depth.max() <= 3860  # where the mode's range ends
    nearest = depth[depth > 0].min()
    assert nearest == pytest.approx(1000 * (np.hypot(2.0, 0.5) - 0.4), abs=3)
    beside = depth[150:400, 100:540]  # without the floor: there is the ball, and nothing behind it in reach
    flying = (beside > nearest + 500) & (beside < 3800)
    assert 20 < flying.sum() < 1500

"""The solver on corners that no image ever showed: what it finds against what is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import BoardView, Camera
from kinect_sync.geometry.poses import Pose
from tests.calibration.walks import (
    A1,
    Walk,
    Wrong,
    film_arc,
    film_chain,
    film_ring,
    transfer_errors_mm,
)


def solved(walk: Walk) -> Solution:
    return solve(walk.board, walk.devices, walk.views, walk.patches)


def color_poses(solution: Solution) -> dict[str, Pose]:
    return {name: each.cameras[Camera.COLOR].world_from_camera for name, each in solution.devices.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nine_in_a_ring_are_found_to_a_third_of_a_millimetre(seed: int) -> None:
    walk = film_ring(9, 60, seed)
    errors = list(transfer_errors_mm(walk, color_poses(solved(walk))).values())
    assert len(errors) == 36
    assert np.median(errors) <= 0.3
    assert max(errors) <= 1.0


def test_the_same_views_give_the_same_to_the_last_bit() -> None:
    walk = film_ring(4, 20)
    assert color_poses(solved(walk)) == color_poses(solved(walk))


def test_wrong_corners_and_shifted_views_are_left_out() -> None:
    walk = film_ring(5, 60, wrong=Wrong(wrong_corners=0.02, shifted_views=0.05))
    solution = solved(walk)
    assert max(transfer_errors_mm(walk, color_poses(solution)).values()) <= 1.0
    rejected = sum(each.cameras[Camera.COLOR].rejected for each in solution.devices.values())
    seen = sum(len(view.ids) for view in walk.views if view.camera is Camera.COLOR)
    assert 0.05 < rejected / seen < 0.1


def pulses_of(walk: Walk, device: str) -> set[int]:
    return {view.pulse for view in walk.views if view.device == device}


def test_a_chain_whose_ends_share_no_view() -> None:
    walk = film_chain(6, 100)
    assert not pulses_of(walk, "d0") & pulses_of(walk, "d5")
    errors = transfer_errors_mm(walk, color_poses(solved(walk)), np.array([(3.0, 2.3, 1.2)]))
    assert errors["d0", "d5"] <= 5.0
    assert errors["d0", "d1"] <= 2.0


def test_a_star_whose_rays_share_views_with_the_middle_alone() -> None:
    walk = film_ring(5, 60)
    kept = []
    for number, pulse in enumerate(sorted(pulses_of(walk, "d0"))):
        ray = f"d{1 + number % 4}"
        kept += [view for view in walk.views if view.pulse == pulse and view.device in ("d0", ray)]
    star = replace(walk, views=kept)
    assert not pulses_of(star, "d1") & pulses_of(star, "d2")
    assert max(transfer_errors_mm(walk, color_poses(solved(star))).values()) <= 6.0


def test_a_device_that_shares_nothing_is_named_with_those_that_it_does_share_with() -> None:
    walk = film_ring(5, 60)
    apart = [
        replace(view, pulse=view.pulse + 1) if view.device in ("d3", "d4") else view for view in walk.views
    ]
    solution = solve(walk.board, walk.devices | {"d5": walk.devices["d0"]}, apart)
    assert list(solution.devices) == ["d0", "d1", "d2"]
    told = {each.name: (each.pulses > 0, each.shares_with) for each in solution.unreached}
    assert told == {"d3": (True, ("d4",)), "d4": (True, ("d3",)), "d5": (False, ())}


def test_one_device_alone_gets_its_color_camera_against_its_depth_camera() -> None:
    walk = film_ring(1, 60, wrong=Wrong(one_color_depth_deg=0.6))
    (device,) = solved(walk).devices.values()
    assert device.factory_turn_deg == pytest.approx(0.6, abs=0.02)
    assert device.both_saw
    true = walk.color_from_depth["d0"]
    color, depth = (device.cameras[camera].world_from_camera for camera in (Camera.COLOR, Camera.DEPTH))
    found = color.inverse() @ depth
    assert np.allclose(found.rotation, true.rotation, atol=2e-4)
    assert found.translation_m == pytest.approx(true.translation_m, abs=5e-4)


def test_depth_offsets_and_the_boards_scale_are_found() -> None:
    walk = film_ring(5, 60, wrong=Wrong(scale=1.01, depth_mm=4.0))
    solution = solved(walk)
    assert solution.board_scale == pytest.approx(1.01, abs=5e-4)
    for name, device in solution.devices.items():
        assert device.depth_offset_mm == pytest.approx(-1000 * walk.depth_offset_m[name], abs=1.0)


def test_color_alone_leaves_the_factorys_pose_and_no_scale() -> None:
    walk = film_ring(5, 60, infrared=False, depth=False)
    solution = solved(walk)
    assert solution.board_scale_sigma is None
    assert [each.both_saw for each in solution.devices.values()] == [False] * 5
    cameras = [each.cameras[Camera.COLOR] for each in solution.devices.values()]
    assert [camera.sigma_mm is None for camera in cameras] == [True, False, False, False, False]


def test_infrared_alone_is_enough() -> None:
    walk = film_ring(5, 60, color=False)
    found = {n: d.cameras[Camera.DEPTH].world_from_camera for n, d in solved(walk).devices.items()}
    away = found["d0"].inverse() @ found["d1"]
    true = walk.world_from("d0", Camera.DEPTH).inverse() @ walk.world_from("d1", Camera.DEPTH)
    assert away.translation_m == pytest.approx(true.translation_m, abs=2e-3)


@pytest.mark.parametrize("views", [[], "few corners"])
def test_nothing_to_see_is_no_error(views: list[BoardView] | str) -> None:
    walk = film_ring(2, 5)
    few = [replace(view, ids=view.ids[:4], pixels=view.pixels[:4]) for view in walk.views]
    solution = solve(walk.board, walk.devices, few if views else [])
    assert not solution.devices
    assert [each.name for each in solution.unreached] == ["d0", "d1"]


def test_sigma_is_the_size_of_the_actual_error() -> None:
    ratios = []
    for seed in range(1, 7):
        walk = film_ring(4, 40, seed)
        solution = solved(walk)
        for name, device in solution.devices.items():
            camera = device.cameras[Camera.COLOR]
            if camera.sigma_mm is not None:
                true = walk.world_from_color["d0"].inverse() @ walk.world_from_color[name]
                off = np.array(camera.world_from_camera.translation_m) - np.array(true.translation_m)
                ratios.append((off**2).mean() * 1e6 / camera.sigma_mm**2)
    assert 0.7 < np.sqrt(np.mean(ratios)) < 1.4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_small_board_far_away_that_looks_the_same_tilted_either_way_is_not_taken_wrongly(seed: int) -> None:
    """A4 at 2 m: more than half of its views are ambiguous."""
    board = A1.model_copy(update={"columns": 5, "rows": 4, "square_m": 0.05, "marker_m": 0.0375})
    walk = film_arc(4, 60, seed, board=board)
    assert max(transfer_errors_mm(walk, color_poses(solved(walk))).values()) <= 6.0

"""What is told of a solution: each fault by its name and its number, and nothing of a good rig."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kinect_sync.calibration.solving.faults import MOVED_MM, MOVED_STRENGTH
from kinect_sync.calibration.solving.judgement import Fault, FaultKind, Judgement
from kinect_sync.calibration.solving.judging import blame, judge
from kinect_sync.calibration.solving.movement import find_movements
from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import Camera
from tests.calibration.walks import TYPICAL, Walk, Wrong, film_arc, film_chain, film_ring

SEEDS = (1, 2, 3)


@cache
def solved(seed: int = 1, **wrong: float) -> tuple[Walk, Solution]:
    """Five typical devices."""
    walk = film_arc(5, 40, seed, wrong=replace(TYPICAL, **wrong))
    return walk, solve(walk.board, walk.devices, walk.views, walk.patches)


@cache
def judged(seed: int = 1, **wrong: float) -> tuple[Walk, Judgement]:
    """The same, and what is told of them."""
    walk, solution = solved(seed, **wrong)
    return walk, judge(walk.board, walk.devices, walk.views, walk.patches, solution)


def blamed(walk: Walk) -> tuple[Fault, ...]:
    """What a walk is told to be wrong with."""
    return blame(walk.board, solve(walk.board, walk.devices, walk.views, walk.patches))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rig_of_typical_devices_is_not_blamed(seed: int) -> None:
    walk, solution = solved(seed)
    assert blame(walk.board, solution) == ()


def test_what_is_blamed_is_part_of_what_is_told() -> None:
    walk, solution = solved(one_color_depth_deg=0.7)
    assert judged(one_color_depth_deg=0.7)[1].faults == blame(walk.board, solution) != ()


FAULTS = [
    pytest.param({"scale": 1.01}, FaultKind.BOARD_SCALE, None, 1.0, 0.2, id="board 1 % too large"),
    pytest.param({"mirrored": True}, FaultKind.BOARD_MIRRORED, None, 1.0, 0.01, id="mirrored board"),
    pytest.param({"bow_m": 0.004}, FaultKind.BOARD_BENT, None, 2.25, 0.2, id="board bent by 4 mm"),
    pytest.param(
        {"one_color_depth_deg": 0.7}, FaultKind.FACTORY_POSE, "d1", 0.7, 0.15, id="wrong factory pose"
    ),
    pytest.param({"one_depth_mm": 30.0}, FaultKind.DEPTH_OFFSET, "d1", 30.0, 14.0, id="depth 30 mm off"),
    pytest.param({"one_focal": 0.01}, FaultKind.FACTORY_LENS, "d1", 1.0, 0.35, id="focal length 1 % off"),
    pytest.param({"bump_deg": 0.3, "bump_mm": 6.0}, FaultKind.CAMERA_MOVED, "d2", 8.0, 7.0, id="bumped"),
]


@pytest.mark.parametrize(("wrong", "kind", "device", "value", "near"), FAULTS)
def test_each_fault_is_told_by_its_name_and_number(
    wrong: dict[str, float], kind: FaultKind, device: str | None, value: float, near: float
) -> None:
    walk, solution = solved(**wrong)
    (fault,) = blame(walk.board, solution)
    assert (fault.kind, fault.device) == (kind, device)
    assert fault.value == pytest.approx(value, abs=near)
    assert fault.value > fault.limit
    if kind is FaultKind.CAMERA_MOVED:
        assert fault.pulse is not None
        assert abs(fault.pulse - walk.bump_pulse) <= 30


@pytest.mark.parametrize(("sights", "seed"), [(1, 1), (2, 21)])
def test_a_good_device_that_hardly_saw_the_board_is_not_blamed(sights: int, seed: int) -> None:
    """Noise leaves one direction of its lenses and of the pose between them open, and not the others."""
    walk = film_arc(4, 40, seed, wrong=TYPICAL).with_few_sights("d1", sights)
    assert blamed(walk) == ()


def test_depth_that_is_off_on_one_device_alone_is_told_of_it() -> None:
    """The better the others, the surer all of its depth was left out as wrong, and its offset never found."""
    walk = film_arc(4, 24, wrong=Wrong(one_depth_mm=30.0))
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    (fault,) = blame(walk.board, solution)
    assert (fault.kind, fault.device) == (FaultKind.DEPTH_OFFSET, "d1")
    assert fault.value == pytest.approx(30.0, abs=1.0)
    assert solution.devices["d1"].depth_offset_mm == pytest.approx(-30.0, abs=1.0)


def test_clouds_of_two_devices_are_a_millimetre_apart_and_more_with_a_bump() -> None:
    good, bumped = judged()[1], judged(bump_deg=0.3, bump_mm=6.0)[1]
    assert good.depth_mm is not None
    assert bumped.depth_p90_mm is not None
    assert good.depth_p90_mm is not None
    assert good.depth_mm <= 1.5
    assert bumped.depth_p90_mm > 1.2 * good.depth_p90_mm


def test_a_bump_is_a_step_of_the_devices_errors_over_time_and_seen_by_poses_kept_back() -> None:
    _, judgement = judged(bump_deg=0.3, bump_mm=6.0)
    color = {name: device.cameras[Camera.COLOR] for name, device in judgement.devices.items()}
    ratio = {name: each.left_out_ratio or 0.0 for name, each in color.items()}
    assert max(ratio, key=lambda name: ratio[name]) == "d2"
    assert ratio["d2"] > 3 * ratio["d4"]
    moved = [moment.px for moment in judgement.moments["d2"]]
    assert max(moved) > 3 * np.median([moment.px for moment in judgement.moments["d4"]])


def test_measures_of_an_ideal_rig_are_those_of_noise() -> None:
    walk = film_arc(5, 40, wrong=Wrong())
    judgement = judge(
        walk.board,
        walk.devices,
        walk.views,
        walk.patches,
        solve(walk.board, walk.devices, walk.views, walk.patches),
    )
    assert judgement.faults == ()
    assert judgement.told_on == judgement.poses
    for device in judgement.devices.values():
        color = device.cameras[Camera.COLOR]
        assert color.in_sample_px == pytest.approx(0.07, abs=0.01)
        assert color.left_out_ratio is None or 0.4 < color.left_out_ratio < 1.8
        assert 0 < color.coverage <= 1
        assert device.plane_mean_mm == pytest.approx(0, abs=1)
        assert device.factory_px == pytest.approx(0, abs=0.06)


def seen_together(walk: Walk) -> int:
    """At how many pulses two devices saw the board."""
    saw = Counter(pulse for _, pulse in {(view.device, view.pulse) for view in walk.views})
    return sum(devices > 1 for devices in saw.values())


def test_a_small_rig_is_told_on_every_pose_that_two_devices_share() -> None:
    """A fifth of the poses of a ring of four holds no two devices with depth of the same board."""
    walk = film_ring(4, 30, wrong=TYPICAL)
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    judgement = judge(walk.board, walk.devices, walk.views, walk.patches, solution)
    assert judgement.told_on == judgement.poses == seen_together(walk)
    assert judgement.depth_mm is not None
    assert {pair.shared > 0 for pair in judgement.pairs if pair.depth_mm is not None} == {True}
    assert {pair.shared for pair in judgement.pairs if pair.depth_mm is None} == {0}


def test_color_and_infrared_of_one_device_share_no_pose() -> None:
    walk = film_arc(3, 40)
    alone = {pulse for number, pulse in enumerate(walk.world_from_board) if number % 2}
    views = [view for view in walk.views if view.pulse not in alone or view.device == "d0"]
    solution = solve(walk.board, walk.devices, views, walk.patches)
    judgement = judge(walk.board, walk.devices, views, walk.patches, solution)
    assert judgement.poses <= 20
    assert judgement.told_on == judgement.poses


def test_one_patch_of_depth_has_no_spread() -> None:
    walk = film_arc(3, 20)
    first = next(patch for patch in walk.patches if patch.device == "d1")
    patches = [patch for patch in walk.patches if patch.device != "d1" or patch is first]
    solution = solve(walk.board, walk.devices, walk.views, patches)
    device = judge(walk.board, walk.devices, walk.views, patches, solution).devices["d1"]
    assert device.plane_mean_mm is not None
    assert device.plane_spread_mm is None


def test_a_wrong_factory_pose_is_seen_by_color_against_infrared() -> None:
    _, judgement = judged(one_color_depth_deg=0.7)
    wrong = judgement.devices["d1"]
    assert (wrong.factory_px or 0) > 3
    assert (wrong.solved_px or 9) < 0.1


def test_few_poses_and_a_device_that_shares_none_are_told() -> None:
    walk = film_arc(5, 12)
    views = [view for view in walk.views if view.device != "d4"]
    told = {(fault.kind, fault.device) for fault in blamed(replace(walk, views=views))}
    assert {(FaultKind.TOO_FEW_POSES, None), (FaultKind.UNCONNECTED, "d4")} <= told


def test_nothing_to_see_is_told_and_no_error() -> None:
    walk = film_arc(2, 5)
    solution = solve(walk.board, walk.devices, [])
    judgement = judge(walk.board, walk.devices, [], [], solution)
    kinds = {fault.kind for fault in judgement.faults}
    assert kinds == {FaultKind.UNCONNECTED, FaultKind.TOO_FEW_POSES}


def test_of_two_devices_nothing_tells_which_was_moved() -> None:
    walk = film_arc(2, 40, angle_deg=40, wrong=replace(TYPICAL, bump_deg=0.3, bump_mm=6.0))
    (fault,) = blamed(walk)
    assert fault.kind is FaultKind.CAMERA_MOVED
    assert {fault.device, fault.other} == {"d0", "d1"}


@pytest.mark.parametrize(("seed", "degrees", "mm"), [(3, 1.0, 20.0), (4, 1.0, 20.0), (3, 0.3, 6.0)])
def test_a_bump_in_a_small_ring_is_the_moved_devices(seed: int, degrees: float, mm: float) -> None:
    """The solver leaves out sights of its neighbours rather than its own."""
    walk = film_ring(4, 100, seed, wrong=replace(TYPICAL, bump_deg=degrees, bump_mm=mm))
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    assert solution.fit is not None
    names = solution.fit.adjustment.rig.names
    assert [names[each.device] for each in find_movements(solution.fit, MOVED_STRENGTH, MOVED_MM / 1000)] == [
        "d2"
    ]


@pytest.mark.parametrize(("poses", "seed"), [(40, 3), (60, 10)])
def test_shifted_views_of_a_small_rig_are_no_bump(poses: int, seed: int) -> None:
    walk = film_arc(3, poses, seed, wrong=replace(TYPICAL, wrong_corners=0.02, shifted_views=0.05))
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    assert solution.fit is not None
    assert find_movements(solution.fit, MOVED_STRENGTH, MOVED_MM / 1000) == []


def test_one_device_is_told_of_its_lens_and_not_of_the_board_that_only_seems_too_large() -> None:
    walk = film_arc(1, 60, wrong=replace(TYPICAL, one_focal=0.012))
    (fault,) = blamed(walk)
    assert (fault.kind, fault.device, fault.camera) == (FaultKind.FACTORY_LENS, "d0", Camera.COLOR)


def test_ends_of_a_chain_are_a_weak_pair() -> None:
    walk = film_chain(6, 30)
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    judgement = judge(walk.board, walk.devices, walk.views, walk.patches, solution)
    shared = {(pair.first, pair.second): pair for pair in judgement.pairs}
    assert shared["d0", "d5"].shared == 0
    assert shared["d0", "d5"].depth_mm is None
    assert shared["d0", "d5"].sigma_mm > 2 * shared["d0", "d1"].sigma_mm
    weak = {(fault.device, fault.other) for fault in judgement.of_kind(FaultKind.WEAK_PAIR)}
    assert ("d0", "d1") not in weak
    assert weak == {pair for pair, told in shared.items() if told.sigma_mm > 3}

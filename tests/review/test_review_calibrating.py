"""What is told of a walk with the board: every fault by name, earlier calibrations, and what is written.

The corners are synthetic, so that nothing has to be rendered; that images come to the same,
`test_review_calibrating_images.py` tells.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.calibration.rig_calibration import (
    RigCalibration,
    read_rig_calibration,
    write_rig_calibration,
)
from kinect_sync.calibration.solving.judgement import Fault, FaultKind, Judgement, PairMeasures
from kinect_sync.calibration.solving.judging import judge
from kinect_sync.calibration.solving.solution import Solution, SolvedDevice
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import Camera
from kinect_sync.errors import UsageError
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.calibrating.calibrating import calibrate_take
from kinect_sync.review.calibrating.comparing import compare_with
from kinect_sync.review.calibrating.concluding import conclude
from kinect_sync.review.calibrating.request import CalibrationReport, CalibrationRequest
from kinect_sync.review.calibrating.told import findings_of, not_seen, verdict_of
from kinect_sync.review.calibrating.walk import Walk
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.opened_take import OpenedTake, open_take
from tests.calibration.walks import (
    A1,
    Filming,
    Wrong,
    arc,
    board_poses,
    film_arc,
    film_ring,
    transfer_errors_mm,
)
from tests.calibration.walks import Walk as FilmedWalk
from tests.review.small_takes import make_take

GOOD = Wrong(color_depth_deg=0.05, color_depth_mm=0.5, focal=0.0005, centre_px=0.25, depth_mm=3.0)
"""What good units have."""


def rig_of(count: int) -> RigFields:
    devices = [
        {"name": f"d{n}", "serial": f"{450112 + n:012d}", "role": "subordinate" if n else "master"}
        for n in range(count)
    ]
    camera = {"color_resolution": "720p", "depth_mode": "nfov_unbinned", "fps": 30}
    return RigFields.model_validate(
        {"name": "walked", "topology": "daisy_chain", "camera": camera, "devices": devices}
    )


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> OpenedTake:
    """The take of four devices that all walks here are said to be of."""
    return open_take(make_take(tmp_path_factory.mktemp("takes") / "walk", pulses=1, rig=rig_of(4)))


@pytest.fixture(scope="module", autouse=True)
def solved_once() -> Iterator[None]:
    """Solve and judge each walk once, however many tests conclude something of it: they are deterministic."""
    solved: dict[tuple[int, int], tuple[Solution, Any, Any]] = {}
    judged: dict[int, tuple[Solution, Judgement]] = {}

    def solve_once(board: Board, devices: Any, views: Any, patches: Any) -> Solution:
        key = (id(views), id(patches))
        if key not in solved:
            solved[key] = (solve(board, devices, views, patches), views, patches)
        return solved[key][0]

    def judge_once(board: Board, devices: Any, views: Any, patches: Any, solution: Solution) -> Judgement:
        if id(solution) not in judged:
            judged[id(solution)] = (solution, judge(board, devices, views, patches, solution))
        return judged[id(solution)][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kinect_sync.review.calibrating.concluding.solve", solve_once)
        patch.setattr("kinect_sync.review.calibrating.concluding.judge", judge_once)
        yield


def walk_of(filmed: FilmedWalk) -> Walk:
    return Walk(filmed.devices, len(filmed.world_from_board), filmed.views, filmed.patches, filmed.views)


def concluded(
    take: OpenedTake, filmed: FilmedWalk, earlier: RigCalibration | None = None, **how: Any
) -> CalibrationReport:
    request = CalibrationRequest(take=take.path, **how)
    return conclude(request, take, filmed.board, walk_of(filmed), earlier)


def told(report: CalibrationReport) -> set[tuple[str, str | None]]:
    return {(each.code, each.device) for each in report.findings}


@cache
def filmed(**how: Any) -> FilmedWalk:
    return film_arc(4, poses=40, **how)


@cache
def nine_poses() -> FilmedWalk:
    """A walk of a good rig that was too short."""
    return film_ring(4, poses=9, wrong=GOOD)


@cache
def without_d3() -> FilmedWalk:
    """The walk of a good rig, in which the last device saw no board."""
    walk = filmed(wrong=GOOD)
    return replace(walk, views=[each for each in walk.views if each.device != "d3"])


def test_a_good_rig_is_calibrated_and_nobody_is_blamed(take: OpenedTake, tmp_path: Path) -> None:
    walk = filmed(wrong=GOOD)
    report = concluded(take, walk, output=tmp_path / "c.json")
    assert (report.verdict, told(report)) == ("good", set()), report.findings
    calibration = read_rig_calibration(tmp_path / "c.json")
    found = {name: each.color.world_from_camera for name, each in calibration.by_name.items() if each.color}
    assert max(transfer_errors_mm(walk, found).values()) < 3.0
    assert calibration.measures == report.measures
    assert report.measures is not None
    assert report.measures.depth_mm is not None
    assert report.measures.depth_mm < 2.0
    for name, offset_m in walk.depth_offset_m.items():
        assert calibration.by_name[name].depth_offset_mm == pytest.approx(-1000 * offset_m, abs=2.0)


@pytest.mark.parametrize(
    ("wrong", "code", "device", "verdict"),
    [
        pytest.param(replace(GOOD, scale=1.01), "board-scale-off", None, "good", id="printed 1 % large"),
        pytest.param(replace(GOOD, one_color_depth_deg=0.6), "factory-pose-off", "d1", "good",
                     id="color and depth 0.6 degrees apart"),
        pytest.param(replace(GOOD, one_depth_mm=30.0), "depth-biased", "d1", "good", id="depth 30 mm off"),
        pytest.param(Wrong(mirrored=True), "board-mirrored", None, "bad", id="mirrored"),
    ],
)  # fmt: skip
def test_a_fault_is_named(
    take: OpenedTake, wrong: Wrong, code: str, device: str | None, verdict: str
) -> None:
    report = concluded(take, film_ring(4, poses=80, wrong=wrong))
    assert (code, device) in told(report), report.findings
    assert report.verdict == verdict


@pytest.mark.parametrize(
    ("board", "warned"),
    [("chessboard-8x6-100", True), ("chessboard-7x7-100", True), ("chessboard-9x6-100", False)],
)
def test_a_chessboard_that_looks_the_same_when_it_is_turned_is_told(
    take: OpenedTake, tmp_path: Path, board: str, warned: bool
) -> None:
    walk = replace(filmed(), board=Board.from_id(board), views=[], patches=[])
    assert (("board-ambiguous", None) in told(concluded(take, walk))) is warned
    seen = film_ring(4, poses=12, board=Board.from_id(board))
    assert (("board-ambiguous", None) in told(concluded(take, seen, output=tmp_path / "c.json"))) is warned
    written = read_rig_calibration(tmp_path / "c.json")
    assert ("board-ambiguous" in {each.code for each in written.findings}) is warned


def test_a_bumped_camera_is_named_with_the_moment(take: OpenedTake) -> None:
    walk = film_ring(4, poses=120, wrong=replace(GOOD, bump_deg=0.3, bump_mm=6.0))
    report = concluded(take, walk)
    assert (report.verdict, told(report)) == ("bad", {("camera-bumped", "d2")}), report.findings
    pulse = int(report.findings[0].what.partition("(pulse ")[2].partition(")")[0])
    assert abs(pulse - walk.bump_pulse) <= 100, report.findings


@pytest.mark.parametrize("kind", [each for each in FaultKind if each is not FaultKind.UNCONNECTED])
def test_every_fault_is_told_in_a_sentence_with_its_number(take: OpenedTake, kind: FaultKind) -> None:
    solution = solve(A1, filmed().devices, [])
    camera = Camera.COLOR if kind is FaultKind.FACTORY_LENS else None
    fault = Fault(kind, 0.8642, 0.1, "mm", device="d1", other="d2", camera=camera, pulse=30)
    judgement = Judgement(30, 6, {}, (), None, None, {}, (fault,))
    found, *_ = findings_of(A1, {}, solution, judgement, lambda pulse: pulse / 30)
    assert re.search(r"0\.86|0\.9|86 %|1 places", found.what), found.what


def test_a_device_that_shares_nothing_is_named_and_the_others_are_calibrated(take: OpenedTake) -> None:
    walk = film_arc(4, poses=60, wrong=GOOD)
    views = [each for each in walk.views if (each.device == "d3") == (each.pulse % 60 == 0)]
    report = concluded(take, replace(walk, views=views))
    (found,) = [each for each in report.findings if each.code == "devices-unconnected"]
    assert found.device == "d3"
    assert "d0, d1, d2" in found.what
    assert [each.name for each in report.devices] == ["d0", "d1", "d2"]
    assert verdict_of((found,), solve(A1, walk.devices, views)) == "incomplete"


def test_a_device_that_never_saw_the_board_is_told_so(take: OpenedTake) -> None:
    report = concluded(take, without_d3())
    (found,) = [each for each in report.findings if each.code == "devices-unconnected"]
    assert found.device == "d3"
    assert "never saw the board" in found.what


def test_a_board_that_nobody_saw_is_told_and_nothing_is_written(take: OpenedTake, tmp_path: Path) -> None:
    report = concluded(take, replace(filmed(), views=[], patches=[]), output=tmp_path / "c.json")
    assert (report.verdict, told(report)) == ("bad", {("board-not-seen", None)})
    assert report.file is None
    assert not (tmp_path / "c.json").exists()


def test_too_few_poses_are_told_and_still_written(take: OpenedTake, tmp_path: Path) -> None:
    report = concluded(take, nine_poses(), output=tmp_path / "c.json")
    assert report.verdict == "bad"
    assert ("too-few-poses", None) in told(report)
    assert read_rig_calibration(tmp_path / "c.json").verdict == "bad"


def test_a_board_that_nobody_measured_is_told(take: OpenedTake) -> None:
    report = concluded(take, replace(filmed(wrong=replace(GOOD, scale=1.01)), patches=[]))
    assert (report.verdict, told(report)) == ("good", {("board-unmeasured", None)}), report.findings


def test_a_headline_that_is_missing_is_told(take: OpenedTake) -> None:
    walk = filmed(wrong=GOOD)
    report = concluded(take, replace(walk, patches=[each for each in walk.patches if each.device == "d0"]))
    assert report.measures is not None
    assert report.measures.depth_mm is None
    assert ("depth-uncompared", None) in told(report), report.findings


def seen_at(walk: FilmedWalk, device: str, poses: int) -> FilmedWalk:
    """The same walk, in which a device saw the board at so many poses alone."""
    others = {each.pulse for each in walk.views if each.device != device}
    few = sorted({each.pulse for each in walk.views if each.device == device} & others)[:poses]
    kept = [each for each in walk.views if each.device != device or each.pulse in few]
    patches = [each for each in walk.patches if each.device != device or each.pulse in few]
    return replace(walk, views=kept, patches=patches)


def test_a_device_of_which_nothing_proves_where_it_stands_is_told(take: OpenedTake) -> None:
    report = concluded(take, seen_at(filmed(wrong=GOOD), "d3", 2))
    assert ("device-unproven", "d3") in told(report), report.findings
    assert not {"d0", "d1", "d2"} & {device for _, device in told(report)}


def test_a_device_that_noise_leaves_anywhere_is_not_to_be_relied_on() -> None:
    walk = filmed(wrong=GOOD)
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    pairs = tuple(
        PairMeasures(first, second, 9, 12.0 if second == "d3" else 0.3, 0.1, 2.0, 4.0)
        for first, second in itertools.combinations(walk.devices, 2)
    )
    judgement = Judgement(30, 6, {}, pairs, 2.0, 4.0, {}, ())
    (found,) = findings_of(walk.board, walk.devices, solution, judgement, float)
    assert (found.code, found.device) == ("device-loose", "d3")
    assert verdict_of((found,), solution) == "bad"


def test_a_camera_of_which_most_corners_fit_with_nothing_is_not_to_be_relied_on() -> None:
    walk = filmed(wrong=GOOD)
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    device = solution.devices["d2"]
    color = device.cameras[Camera.COLOR]
    color = replace(color, corners=400, rejected=600)
    device = replace(device, cameras={**device.cameras, Camera.COLOR: color})
    solution = replace(solution, devices={**solution.devices, "d2": device})
    judgement = Judgement(30, 6, {}, (), 2.0, 4.0, {}, ())
    (found,) = findings_of(walk.board, walk.devices, solution, judgement, float)
    assert (found.code, found.device) == ("camera-contradicted", "d2")
    assert verdict_of((found,), solution) == "bad"


def test_one_device_is_told_what_can_be_calibrated_of_it() -> None:
    walk = film_ring(1, poses=3)
    found = not_seen(walk.board, walk_of(walk))
    assert (found.code, found.device) == ("too-few-poses", "d0")
    assert "one device" in found.what


def test_a_doubted_calibration_does_not_replace_a_good_one(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    path, beside = tmp_path / "c.json", tmp_path / "c.doubted.json"
    write_rig_calibration(path, earlier)
    report = concluded(take, nine_poses(), output=path, replaces=True)
    assert (report.verdict, report.file) == ("bad", beside)
    assert ("rig-calibration-kept", None) in told(report)
    assert read_rig_calibration(path) == earlier
    write_rig_calibration(path, read_rig_calibration(beside), replace=True)
    again = concluded(take, nine_poses(), output=path, replaces=True)
    assert again.file == path


def test_a_calibration_that_lacks_a_device_does_not_replace_one_that_has_it(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    path, beside = tmp_path / "c.json", tmp_path / "c.partial.json"
    write_rig_calibration(path, earlier)
    without = without_d3()
    report = concluded(take, without, output=path, replaces=True)
    assert (report.verdict, report.file) == ("incomplete", beside)
    (kept,) = [each for each in report.findings if each.code == "rig-calibration-kept"]
    assert "also says where d3 is" in kept.what
    assert kept.remedy is not None
    assert "--refine" in kept.remedy
    assert read_rig_calibration(path) == earlier
    refined = concluded(take, without, earlier, output=path, replaces=True)
    assert (refined.verdict, refined.file) == ("incomplete", path)
    assert set(read_rig_calibration(path).by_name) == {"d0", "d1", "d2", "d3"}


def test_a_calibration_is_not_overwritten(take: OpenedTake, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        concluded(take, filmed(), output=tmp_path / "c.json")
    assert (tmp_path / "c.json").read_text() == "mine"


# --- earlier calibrations ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def earlier(take: OpenedTake, tmp_path_factory: pytest.TempPathFactory) -> RigCalibration:
    path = tmp_path_factory.mktemp("earlier") / "c.json"
    concluded(take, filmed(wrong=GOOD), output=path)
    return read_rig_calibration(path)


@cache
def few(seed: int, moved: str = "", turn_deg: float = 0.0, shift_mm: float = 0.0) -> FilmedWalk:
    """A few board views of the same rig, of which a device may have been moved."""
    poses = arc(4, 120)
    if moved:
        number, angle = int(moved[1:]), math.radians(turn_deg)
        turn = np.array(
            ((math.cos(angle), 0, math.sin(angle)), (0, 1, 0), (-math.sin(angle), 0, math.cos(angle)))
        )
        poses[number] = poses[number] @ Pose.of(turn, np.array((shift_mm, 0.0, 0.0)) / 1000)
    boards = board_poses(np.random.default_rng(seed), 40, np.array([(0.0, 0.0, 1.0)]), "front")
    return Filming(poses, boards, seed=1, wrong=GOOD).film()


def test_a_calibration_holds_by_a_few_views_where_nothing_moved(
    take: OpenedTake, earlier: RigCalibration
) -> None:
    report = concluded(take, few(5), earlier, checks=True)
    assert (report.verdict, told(report)) == ("good", set()), report.findings
    assert [each.moved for each in report.compared] == [False] * 4
    assert report.devices == ()


@pytest.mark.parametrize(("turn_deg", "shift_mm"), [(0.4, 0.0), (0.0, 12.0)])
def test_a_device_that_was_moved_since_is_named_with_how_much(
    take: OpenedTake, earlier: RigCalibration, turn_deg: float, shift_mm: float
) -> None:
    report = concluded(take, few(6, "d2", turn_deg, shift_mm), earlier, checks=True)
    assert (report.verdict, told(report)) == ("bad", {("camera-moved", "d2")}), report.compared
    (moved,) = [each for each in report.compared if each.moved]
    assert moved.turn_deg == pytest.approx(turn_deg, abs=0.1)
    assert moved.shift_mm == pytest.approx(shift_mm, abs=4.0)


def test_a_device_that_saw_too_little_is_not_said_to_stand_still(
    take: OpenedTake, earlier: RigCalibration
) -> None:
    walk = few(5)
    others = {each.pulse for each in walk.views if each.device != "d1"}
    seen = sorted({each.pulse for each in walk.views if each.device == "d1"} & others)[:2]
    views = [each for each in walk.views if each.device != "d1" or each.pulse in seen]
    report = concluded(take, replace(walk, views=views), earlier, checks=True)
    assert report.verdict == "bad"
    assert ("cameras-unchecked", "d1") in told(report)
    assert {code for code, _ in told(report)} == {"cameras-unchecked"}


def test_a_calibration_of_other_devices_is_never_said_to_hold(
    take: OpenedTake, earlier: RigCalibration
) -> None:
    others = [each.model_copy(update={"serial": f"9{each.serial[1:]}"}) for each in earlier.devices]
    for known, left in ((0, 4), (2, 2)):
        strange = earlier.model_copy(update={"devices": (*earlier.devices[:known], *others[known:])})
        report = concluded(take, few(5), strange, checks=True)
        assert report.verdict == "bad"
        unknown = {("camera-unknown", f"d{n}") for n in range(known, 4)}
        assert told(report) == unknown, report.findings
        assert sum(each.moved_mm is None for each in report.compared) == left


def test_one_device_alone_is_not_said_to_stand_still(take: OpenedTake, earlier: RigCalibration) -> None:
    alone = earlier.model_copy(update={"devices": earlier.devices[1:2]})
    report = concluded(take, few(6, "d1", 0.0, 50.0), alone, checks=True)
    assert report.verdict == "bad"
    assert ("cameras-unchecked", "d1") in told(report), report.findings
    assert not any(each.moved for each in report.compared)


@pytest.mark.parametrize(
    ("vague", "moved", "found"),
    [
        pytest.param(("d3",), "", {("cameras-unchecked", "d3")}, id="one"),
        pytest.param(("d1", "d2", "d3"), "", {("cameras-unchecked", f"d{n}") for n in range(4)},
                     id="all but one"),
        pytest.param(("d3",), "d3", {("camera-moved", "d3")}, id="one that moved by more than noise can"),
    ],
)  # fmt: skip
def test_a_device_that_noise_may_hide_is_not_said_to_stand_still(
    take: OpenedTake, earlier: RigCalibration, vague: tuple[str, ...], moved: str, found: set[tuple[str, str]]
) -> None:
    walk = few(6, moved, 0.0, 200.0) if moved else few(5)
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    devices = {name: vaguer(each) if name in vague else each for name, each in solution.devices.items()}
    settings = {each.settings.name: each.settings for each in take.manifest.devices}
    compared = compare_with(earlier, replace(solution, devices=devices), settings, walk.board, walk.views)
    assert {(each.code, each.device) for each in compared.findings} == found
    unsure = {device for code, device in found if code == "cameras-unchecked"}
    assert {each.name for each in compared.devices if each.moved_mm is None} == unsure


def vaguer(device: SolvedDevice) -> SolvedDevice:
    """The same device, of whose place noise leaves 5 mm open."""
    cameras = {camera: replace(each, sigma_mm=5.0) for camera, each in device.cameras.items()}
    return replace(device, cameras=cameras)


def test_a_refined_set_stays_in_its_world_and_keeps_who_was_not_reached(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    report = concluded(take, without_d3(), earlier, output=tmp_path / "c.json")
    refined = read_rig_calibration(tmp_path / "c.json")
    assert refined.refined == earlier.take
    assert refined.by_name["d3"] == earlier.by_name["d3"]
    for name in ("d0", "d1", "d2"):
        before, now = earlier.by_name[name].color, refined.by_name[name].color
        assert before is not None
        assert now is not None
        apart = np.subtract(before.world_from_camera.translation_m, now.world_from_camera.translation_m)
        assert 1000 * float(np.linalg.norm(apart)) < 3.0
    assert ("devices-unconnected", "d3") in told(report)


def lead_of(calibration: RigCalibration, name: str) -> Pose:
    color = calibration.by_name[name].color
    assert color is not None
    return color.world_from_camera


def test_who_was_not_reached_is_carried_into_another_world(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    walk = without_d3()
    concluded(take, walk, earlier, world="board", output=tmp_path / "c.json")
    refined = read_rig_calibration(tmp_path / "c.json")
    assert (refined.world, refined.world_pulse) == ("board", min(each.pulse for each in walk.views))
    before = lead_of(earlier, "d0").inverse() @ lead_of(earlier, "d3")
    now = lead_of(refined, "d0").inverse() @ lead_of(refined, "d3")
    assert np.allclose(before.translation_m, now.translation_m, atol=0.003)


def test_what_nothing_ties_to_an_earlier_calibration_is_not_put_into_its_world(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    walk = filmed(wrong=GOOD)
    views = [each for each in walk.views if each.device in ("d2", "d3")]
    half = earlier.model_copy(update={"devices": earlier.devices[:2]})
    with pytest.raises(UsageError, match="nothing ties the two") as refused:
        concluded(take, replace(walk, views=views), half, output=tmp_path / "c.json")
    assert [each.code for each in refused.value.findings] == ["rig-calibrations-apart"]
    assert not (tmp_path / "c.json").exists()


def test_a_refined_set_keeps_devices_that_are_not_in_the_take(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    absent = earlier.devices[3].model_copy(update={"name": "d9", "serial": "000999999999"})
    exchanged = earlier.devices[3].model_copy(update={"serial": "000888888888"})
    more = earlier.model_copy(update={"devices": (*earlier.devices[:3], exchanged, absent)})
    concluded(take, filmed(wrong=GOOD), more, output=tmp_path / "c.json")
    refined = read_rig_calibration(tmp_path / "c.json")
    assert [each.name for each in refined.devices] == ["d0", "d1", "d2", "d3", "d9"]
    assert refined.by_name["d9"] == absent
    assert refined.by_name["d3"].serial == earlier.by_name["d3"].serial


# --- worlds and files -------------------------------------------------------------------------------------


def test_a_board_that_was_carried_in_is_not_the_one_that_was_laid_down(take: OpenedTake) -> None:
    walk = filmed(wrong=GOOD)
    pulses = sorted({each.pulse for each in walk.views})
    again = [replace(each, pulse=each.pulse + 1) for each in walk.views if each.pulse == pulses[2]]
    seen = replace(walk_of(walk), looked=[*walk.views, *again])
    request = CalibrationRequest(take=take.path, world="board")
    report = conclude(request, take, walk.board, seen)
    assert (report.world, report.world_pulse) == ("board", pulses[2])


@pytest.mark.parametrize("world", ["floor", "gravity"])
def test_a_world_that_is_not_found_in_the_end_costs_no_result(
    take: OpenedTake, tmp_path: Path, world: str
) -> None:
    report = concluded(take, filmed(wrong=GOOD), world=world, output=tmp_path / "c.json")
    assert (report.verdict, told(report)) == ("good", {("world-not-found", None)})
    assert read_rig_calibration(tmp_path / "c.json").world == "device"


def test_what_a_take_can_not_give_is_told_before_a_look(
    take: OpenedTake, earlier: RigCalibration, tmp_path: Path
) -> None:
    others = tuple(each.model_copy(update={"serial": f"9{each.serial[1:]}"}) for each in earlier.devices)
    strange = earlier.model_copy(update={"devices": others})
    (tmp_path / "other.json").write_text(strange.model_dump_json())
    refused_for: list[tuple[dict[str, Any], str]] = [
        ({"world": "gravity"}, "world-unknown"),
        ({"output": tmp_path / "none" / "c.json"}, "file-not-written"),
        ({"output": tmp_path, "replaces": True}, "file-not-written"),
        ({"earlier": tmp_path / "other.json"}, "rig-calibrations-apart"),
    ]
    for how, code in refused_for:
        with pytest.raises(UsageError) as refused:
            calibrate_take(CalibrationRequest(take=take.path, **how), processes=1, progress=never)
        assert [each.code for each in refused.value.findings] == [code]


def never(done: int, total: int) -> None:
    raise AssertionError(f"{done} of {total} images were looked at")


def test_views_of_both_cameras_are_there() -> None:
    assert {each.camera for each in few(5).views} == set(Camera)

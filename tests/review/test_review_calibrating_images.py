"""From the images of a walk to a calibration, against the truth of the room in which they were rendered."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinect_sync as ks
from kinect_sync.calibration.board import Board
from kinect_sync.calibration.rig_calibration import (
    CalibratedDevice,
    put_calibration_beside,
    read_rig_calibration,
)
from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.errors import UsageError
from kinect_sync.review.calibrating.beforehand import check_beforehand
from kinect_sync.review.calibrating.calibrating import calibrate_take
from kinect_sync.review.calibrating.concluding import conclude
from kinect_sync.review.calibrating.request import CalibrationReport, CalibrationRequest
from kinect_sync.review.calibrating.walk import Walk, follow_walk
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.acceleration import mean_acceleration
from kinect_sync.takes.opened_take import open_take
from tests.cli.commands import run_interrupted
from tests.cli.crowd import fresh_folders
from tests.cli.in_process import Run, make_run
from tests.review.walked_takes import (
    APART,
    BOARD,
    SERIALS,
    Film,
    film_walk,
    make_walk,
    walked_rig,
    walked_world,
)

pytest.importorskip("cv2", reason="OpenCV is not installed")


SECOND_HALF = 8 * APART
"""The pulse at which it begins; what needs no more than a few places has enough of one half."""


@dataclass(frozen=True)
class Walked:
    """A walk that was rendered once."""

    rig: RigFields
    world: World
    film: Film
    take: Path


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    rig = walked_rig()
    world = walked_world(rig)
    film = film_walk(world, rig)
    return Walked(rig, world, film, make_walk(tmp_path_factory.mktemp("walks") / "walk", rig, film, world))


@dataclass(frozen=True)
class Calibrated:
    """The walk, calibrated once."""

    report: CalibrationReport
    file: Path
    progress: list[tuple[int, int]]
    seen: Walk
    """What was seen of the board: to look for it takes longest."""


@pytest.fixture(scope="module")
def once(walked: Walked, tmp_path_factory: pytest.TempPathFactory) -> Calibrated:
    file, progress, seen = tmp_path_factory.mktemp("calibrations") / "c.json", list[tuple[int, int]](), []
    request = CalibrationRequest(take=walked.take, board=BOARD, output=file)

    def follow(*how: Any) -> Walk:
        seen.append(follow_walk(*how))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kinect_sync.review.calibrating.calibrating.follow_walk", follow)
        report = calibrate_take(request, processes=1, progress=lambda *counts: progress.append(counts))
    return Calibrated(report, file, progress, *seen)


def concluded(walked: Walked, once: Calibrated, **how: Any) -> CalibrationReport:
    """What is made of a walk that was followed already."""
    take, request = open_take(walked.take), CalibrationRequest(take=walked.take, board=BOARD, **how)
    earlier = None if request.earlier is None else read_rig_calibration(request.earlier)
    check_beforehand(request, take, earlier)
    return conclude(request, take, Board.from_id(BOARD), once.seen, earlier)


def calibrated(take: Path, **how: Any) -> CalibrationReport:
    request = CalibrationRequest(take=take, **{"board": BOARD, **how})
    return calibrate_take(request, processes=1, progress=lambda done, total: None)


def told(report: CalibrationReport) -> set[tuple[str, str | None]]:
    """What is found beside that sixteen poses are few."""
    return {(each.code, each.device) for each in report.findings} - {("too-few-poses", None)}


def errors_mm(walked: Walked, devices: tuple[CalibratedDevice, ...]) -> list[float]:
    """How far a point in the middle of the room is off, as the first depth camera and each other see it."""
    middle = np.array((0.0, 0.0, 1.0, 1.0))
    truth = walked.world.truth().devices
    there = {each.name: np.linalg.inv(truth[each.name].world_from_depth) @ middle for each in devices}
    found = [np.array(each.depth.camera_to_world) @ there[each.name] for each in devices if each.depth]
    return [1000 * float(np.linalg.norm(place - found[0])) for place in found]


def test_a_walk_is_calibrated_within_two_millimetres_of_the_truth(walked: Walked, once: Calibrated) -> None:
    report, seen = once.report, once.progress
    assert told(report) == set(), report.findings
    assert [each.name for each in report.devices] == list(SERIALS)
    assert max(errors_mm(walked, report.devices)) < 2.0
    assert read_rig_calibration(once.file).devices == report.devices
    assert report.measures is not None
    assert report.measures.depth_mm is not None
    assert report.measures.depth_mm < 6.0
    assert seen[-1][0] == seen[-1][1] > 30


@pytest.mark.parametrize(("topology", "hub"), [("star", "front"), ("daisy_chain", "left")])
def test_devices_of_a_star_or_chain_need_no_view_in_common_but_with_one(
    walked: Walked, tmp_path: Path, topology: str, hub: str
) -> None:
    first, last = (name for name in SERIALS if name != hub)
    apart = {
        name: [None if number % 2 == odd else each for number, each in enumerate(walked.film[name])]
        for odd, name in enumerate((first, last))
    }
    rig = RigFields.model_validate(walked.rig.model_dump() | {"topology": topology})
    take = make_walk(tmp_path / "walk", rig, walked.film | apart, walked.world)
    report = calibrated(take, every=APART)
    assert told(report) == set(), report.findings
    assert [each.name for each in report.devices] == list(SERIALS)
    assert max(errors_mm(walked, report.devices)) < 3.0
    assert report.measures is not None
    (pair,) = [each for each in report.measures.pairs if {each.first, each.second} == {first, last}]
    assert pair.poses == 0


def test_depth_is_measured_at_the_pulses_that_are_solved_on_alone(walked: Walked, tmp_path: Path) -> None:
    """Of a device without color, IR is looked at everywhere; its depth was kept of everywhere, too."""
    alone = {name: [None, None, *walked.film[name][2:]] for name in ("front", "left")}
    take = make_walk(tmp_path / "walk", walked.rig, walked.film | alone, walked.world)
    request = CalibrationRequest(take=take, board=BOARD)
    walk = follow_walk(open_take(take), Board.from_id(BOARD), request, 1, lambda done, total: None)
    seen = {(view.device, view.camera, view.pulse) for view in walk.views}
    assert len(seen) == len(walk.views)
    solved = {view.pulse for view in walk.views}
    assert {view.pulse for view in walk.looked if view.device == "right"} - solved
    measured = {patch.pulse for patch in walk.patches if patch.device == "right"}
    assert measured
    assert measured <= solved


def test_a_camera_is_looked_at_half_as_often_where_it_sees_no_board(walked: Walked) -> None:
    take = open_take(walked.take)
    of_pulse: list[int] = []

    def follow(board: str) -> Walk:
        request = CalibrationRequest(take=walked.take, board=board, every=1, stop=SECOND_HALF // 2)
        return follow_walk(take, Board.from_id(board), request, 1, lambda done, total: of_pulse.append(total))

    nothing = follow(BOARD.replace("5X5", "4X4"))
    assert nothing.looked == []
    assert 0 < of_pulse[0] <= len(SERIALS) * -(-nothing.pulses // 2)
    pulses = {view.pulse for view in follow(BOARD).looked if view.device == "front"}
    assert {pulse + 1 for pulse in pulses} & pulses, "what lies between was not looked at"


def test_a_board_that_is_one_percent_larger_than_it_says_is_told(walked: Walked) -> None:
    smaller = "charuco-6x4-138.6-103.95-DICT_5X5_100"
    report = calibrated(walked.take, board=smaller)
    assert ("board-scale-off", None) in told(report), report.board_scale
    assert report.board_scale == pytest.approx(1.01, abs=0.003)
    assert max(errors_mm(walked, report.devices)) < 4.0


def turned_color(serial: str, degrees: float) -> bytes:
    """A factory calibration whose color camera is turned against where it truly is."""
    content = json.loads(make_calibration(serial))
    camera = next(
        each for each in content["CalibrationInformation"]["Cameras"] if each["Location"].endswith("PV0")
    )
    angle = np.radians(degrees)
    turn = np.array(((np.cos(angle), 0, np.sin(angle)), (0, 1, 0), (-np.sin(angle), 0, np.cos(angle))))
    rotation = turn @ np.reshape(camera["Rt"]["Rotation"], (3, 3))
    camera["Rt"]["Rotation"] = rotation.ravel().tolist()
    return json.dumps(content).encode()


def test_a_unit_whose_factory_pose_is_wrong_is_named_and_calibrated_right(
    walked: Walked, tmp_path: Path
) -> None:
    wrong = {"left": turned_color(SERIALS["left"], 0.6)}
    report = calibrated(make_walk(tmp_path / "walk", walked.rig, walked.film, walked.world, wrong))
    assert told(report) == {("factory-pose-off", "left")}, report.findings
    assert max(errors_mm(walked, report.devices)) < 3.0


def test_a_camera_that_stands_elsewhere_than_before_is_named(
    walked: Walked, once: Calibrated, tmp_path: Path
) -> None:
    bump = {"left": {"bump": {"at_s": 0.0, "turn_deg": 0.5, "move_mm": 8.0}}}
    moved = walked_world(walked.rig, devices=bump)
    film = {**walked.film, **film_walk(moved, walked.rig, ["left"])}
    take = make_walk(tmp_path / "walk", walked.rig, film, walked.world)
    report = calibrated(take, board=None, earlier=once.file, checks=True)
    assert (report.verdict, told(report)) == ("bad", {("camera-moved", "left")}), report.compared
    holds = concluded(walked, once, earlier=once.file, checks=True)
    assert (holds.verdict, told(holds)) == ("good", set())


@pytest.mark.parametrize("world", ["gravity", "floor"])
def test_the_world_has_up_where_it_is(
    walked: Walked, once: Calibrated, world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(
        "kinect_sync.takes.opened_take.mean_acceleration",
        lambda path: (read.append(path), mean_acceleration(path))[1],
    )
    report = concluded(walked, once, world=world)
    assert len(read) == len(set(read)) == len(SERIALS)
    assert report.world == world
    truth = walked.world.truth().devices
    for device in report.devices:
        assert device.depth is not None
        found, true = np.array(device.depth.camera_to_world), truth[device.name].world_from_depth
        assert np.degrees(np.arccos(min(1.0, found[2, :3] @ true[2, :3]))) < 0.3
        if world == "floor":
            assert found[2, 3] == pytest.approx(true[2, 3], abs=0.01)
    assert report.measures is not None
    assert all((each.gravity_deg or 0.0) < 0.3 for each in report.measures.devices)


def test_a_mirrored_print_is_told_from_none(walked: Walked, tmp_path: Path) -> None:
    board = {"columns": 6, "rows": 4, "square_m": 0.14, "marker_m": 0.105, "mirrored": True}
    world = walked_world(
        walked.rig, board=board, walk={"stations": 2, "seed": 3, "near_m": 1.2, "far_m": 1.6}
    )
    film = film_walk(world, walked.rig)
    report = calibrated(make_walk(tmp_path / "walk", walked.rig, film, world))
    assert (report.verdict, told(report)) == ("bad", {("board-mirrored", None)})


def test_the_board_that_was_laid_down_first_is_solved_on(
    walked: Walked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.review.calibrating.walk.MOST_POSES", 4)
    report = calibrated(walked.take, world="board", stop=SECOND_HALF)
    assert report.world_pulse == 0


def copy_of(walked: Walked, path: Path) -> Path:
    shutil.copytree(walked.take, path)
    return path


def test_a_recording_that_was_cut_off_is_looked_at_as_far_as_it_goes(walked: Walked, tmp_path: Path) -> None:
    take = copy_of(walked, tmp_path / "walk")
    recording = take / "left.mkv"
    recording.write_bytes(recording.read_bytes()[: recording.stat().st_size * 3 // 4])
    report = calibrated(take, start=SECOND_HALF)
    assert ("image-not-in-file", "left") in told(report)
    assert [each.name for each in report.devices] == list(SERIALS)


def test_an_image_that_is_broken_costs_itself(walked: Walked, tmp_path: Path) -> None:
    take = copy_of(walked, tmp_path / "walk")
    content = (take / "left.mkv").read_bytes()
    (take / "left.mkv").write_bytes(content.replace(b"\xff\xd8", b"\xff\x00", 1))
    report = calibrated(take, stop=SECOND_HALF)
    (found,) = [each for each in report.findings if each.code == "images-broken"]
    assert (found.device, found.what[:9]) == ("left", "1 of its ")
    assert [each.name for each in report.devices] == list(SERIALS)


def test_a_recording_that_is_not_there_is_told_with_where_it_is(walked: Walked, tmp_path: Path) -> None:
    take = copy_of(walked, tmp_path / "walk")
    (take / "left.mkv").unlink()
    with pytest.raises(UsageError) as refused:
        calibrated(take)
    assert [(each.code, each.device) for each in refused.value.findings] == [("recording-missing", "left")]
    others = calibrated(take, devices=("front", "right"), stop=SECOND_HALF)
    assert [each.name for each in others.devices] == ["front", "right"]
    manifest = json.loads((take / "take.json").read_text())
    host = {"name": "b", "computer": "b", "clock": "c", "system": "", "machine": "", "ksync": "0.2.0"}
    manifest |= {"format": 2, "hosts": [host]}
    manifest["devices"][1]["host"] = "b"
    (take / "take.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError) as elsewhere:
        calibrated(take)
    assert [(each.code, each.device) for each in elsewhere.value.findings] == [("file-elsewhere", "left")]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to a POSIX process group")
def test_an_interruption_leaves_no_process_and_no_file(walked: Walked, tmp_path: Path) -> None:
    for folder in fresh_folders(tmp_path):
        folder.mkdir()
        options = ("--board", BOARD, "-o", folder / "c.json", "--jobs", "2", "--quiet")
        ended = run_interrupted("calibrate", walked.take, *options)
        if not ended.out:  # or else the calibration was faster
            break
    assert (ended.code, ended.out, ended.err, ended.left) == (130, "", "", [])
    assert list(folder.iterdir()) == []


def test_a_program_calibrates_and_checks_and_loads(walked: Walked, tmp_path: Path) -> None:
    take = ks.open_take(walked.take)
    assert take.calibration is None
    report = ks.calibrate(take, tmp_path / "c.json", board=BOARD, every=APART, stop=SECOND_HALF)
    calibration = ks.load_calibration(tmp_path / "c.json")
    assert calibration.devices == report.devices
    assert ks.check_calibration(take, tmp_path / "c.json").verdict == "good"
    put_calibration_beside(walked.take, calibration)
    try:
        assert ks.open_take(walked.take).calibration == calibration
    finally:
        (walked.take / "rig_calibration.json").unlink()


# --- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return make_run(monkeypatch, capsys)


def test_the_command_prints_what_it_is_worth_and_writes_it_once(
    walked: Walked, tmp_path: Path, run: Run
) -> None:
    arguments = ("calibrate", walked.take, "--board", BOARD, "-o", tmp_path / "c.json", "--jobs", 1,
                 "--every", APART, "--stop", SECOND_HALF)  # fmt: skip
    done = run(*arguments)
    assert done.code == 1  # eight poses are few
    assert "calibrated, and not to be relied on: two devices' depth of one board is" in done.out
    assert f"calibration: {tmp_path / 'c.json'}" in done.out
    again = run(*arguments, "--json")
    assert (again.code, again.report["verdict"]) == (2, "refused")
    assert [each["code"] for each in again.report["findings"]] == ["file-exists"]
    checked = run(
        "calibrate", walked.take, "--check", tmp_path / "c.json", "--jobs", 1, "--stop", SECOND_HALF
    )
    assert checked.code == 0
    assert checked.out.startswith("the calibration holds")
    turned = run("calibrate", "--check", walked.take)
    assert (turned.code, "names no calibration" in turned.err) == (2, True), turned.err
    unsaid = run("calibrate", "--check", tmp_path / "c.json")
    assert (unsaid.code, "ksync calibrate TAKE --check" in unsaid.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        pytest.param(("--board", "lovely"), 2, "lovely", id="no board"),
        pytest.param(("--refine", "none.json"), 2, "none.json can't be read", id="no such calibration"),
        pytest.param(("--check",), 2, "names no calibration", id="the take names none"),
        pytest.param(("--check", "c.json", "-o", "d.json"), 2, "--check writes nothing", id="both"),
        pytest.param(("--start", "9", "--stop", "9"), 2, "nothing to look at", id="no pulse"),
        pytest.param(("--devices", "front,nobody"), 2, "no device nobody", id="a device of nobody"),
    ],
)
def test_what_can_not_be_done_is_told_before_a_look(
    walked: Walked, run: Run, options: tuple[str, ...], code: int, word: str
) -> None:
    done = run("calibrate", walked.take, *options)
    assert done.code == code, done
    assert word in done.err


def test_a_board_that_is_not_there_is_told(walked: Walked, tmp_path: Path, run: Run) -> None:
    other = "charuco-6x4-140-105-DICT_4X4_100"
    arguments = ("--board", other, "-o", tmp_path / "c.json", "--jobs", 1, "--stop", SECOND_HALF // 2)
    done = run("calibrate", walked.take, *arguments)
    assert (done.code, done.out) == (1, "not calibrated\n")
    assert "no camera saw the board" in done.err
    assert not (tmp_path / "c.json").exists()

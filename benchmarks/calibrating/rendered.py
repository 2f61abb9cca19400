"""Nine devices in a ring on rendered JPEGs, beside a chain of stereo calibrations on the same images."""

from __future__ import annotations

import io
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.detection.detecting import detect
from kinect_sync.calibration.detection.infrared import to_gray
from kinect_sync.calibration.solving.judging import judge
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import BoardView, Camera, DepthPatch
from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.room.description import Ring, WalkFields, WorldFields
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.review.calibrating.patches import find_patch
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.model import RigFields
from tests.calibration.walks import cube

RIG = Path(__file__).parents[2] / "configs" / "daisy_chain_9.yaml"
STATIONS = 60
BOARD = Board(
    kind=BoardKind.CHARUCO, columns=8, rows=5, square_m=0.1, marker_m=0.075, dictionary="DICT_5X5_100"
)
FIRST_FRAMES = 20
"""So many the example takes."""


@dataclass
class Filmed:
    """What one device's images show."""

    views: list[BoardView]
    raw: list[BoardView]
    """Color by OpenCV's own detector."""
    patches: list[DepthPatch]


@cache
def rig() -> RigFields:
    return load_rig(RIG).rig


@cache
def world() -> World:
    """Nine devices in a ring of 2 m, none of which is off by anything, and a board."""
    return World.of(WorldFields(ring=Ring(), walk=WalkFields(stations=STATIONS)), rig())


@cache
def geometries() -> dict[str, DeviceGeometry]:
    devices = {}
    for device in rig().devices:
        settings = rig().settings_of(device)
        factory = parse_calibration(make_calibration(device.serial), device.name)
        devices[device.name] = factory.in_mode(settings.depth_mode, settings.color_resolution)
    return devices


def film(name: str) -> Filmed:
    """Render a device's images of each station, and look for the board in them."""
    filmed = Filmed([], [], [])
    lens = geometries()[name].depth
    for pulse in world().held_pulses():
        gray = np.asarray(Image.open(io.BytesIO(world().jpeg(name, pulse))).convert("L"))
        infrared, depth = world().render(name, "ir", pulse), world().render(name, "depth", pulse)
        time_us = pulse * 1e6 / 30
        ids, pixels = detect(gray, BOARD)
        if len(ids):
            filmed.views.append(BoardView(name, Camera.COLOR, pulse, time_us, ids, pixels))
        ids, pixels = _detect_as_opencv(gray)
        if len(ids):
            filmed.raw.append(BoardView(name, Camera.COLOR, pulse, time_us, ids, pixels))
        ids, pixels = detect(to_gray(infrared), BOARD)
        if len(ids):
            filmed.views.append(BoardView(name, Camera.DEPTH, pulse, time_us, ids, pixels))
            patch = None if lens is None else find_patch(depth, infrared, lens, BOARD, ids, pixels)
            if patch is not None:
                filmed.patches.append(DepthPatch(name, pulse, time_us, *patch))
    return filmed


def _detect_as_opencv(gray: Numbers) -> tuple[Numbers, Numbers]:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    size = (BOARD.columns, BOARD.rows)
    board = cv2.aruco.CharucoBoard(size, BOARD.square_m, BOARD.marker_m, dictionary)
    corners, ids, _, _ = cv2.aruco.CharucoDetector(board).detectBoard(gray)
    if ids is None or len(ids) < 6:
        return np.empty(0, np.int64), np.empty((0, 2))
    return ids.ravel().astype(np.int64), corners.reshape(-1, 2).astype(np.float64)


# --- the chain --------------------------------------------------------------------------------------------


def chain(views: Iterable[BoardView], first: int | None) -> dict[str, Pose]:
    """Return world_from_color by `cv2.stereoCalibrate` from neighbour to neighbour, intrinsics fixed."""
    seen = {(view.device, view.pulse): view for view in views if view.camera is Camera.COLOR}
    names = list(geometries())
    poses = {names[0]: Pose.of(np.eye(3), np.zeros(3))}
    for left, right in pairwise(names):
        pulses = [pulse for pulse in world().held_pulses() if {(left, pulse), (right, pulse)} <= seen.keys()]
        shared = [_shared(seen[left, pulse], seen[right, pulse]) for pulse in pulses]
        shared = [each for each in shared if len(each[0]) >= 6][:first]
        poses[right] = poses[left] @ _stereo(left, right, shared).inverse()
    return poses


def _shared(left: BoardView, right: BoardView) -> tuple[Numbers, Numbers, Numbers]:
    ids, mine, theirs = np.intersect1d(left.ids, right.ids, return_indices=True)
    return BOARD.corners[ids], left.pixels[mine], right.pixels[theirs]


def _stereo(left: str, right: str, shared: list[tuple[Numbers, Numbers, Numbers]]) -> Pose:
    """Return right_from_left."""
    points, mine, theirs = ([each.astype(np.float32) for each in part] for part in zip(*shared, strict=True))
    lenses = [geometries()[name].color for name in (left, right)]
    known = [part for lens in lenses if lens for part in (lens.camera_matrix, lens.coefficients)]
    flags = cv2.CALIB_FIX_INTRINSIC | cv2.CALIB_RATIONAL_MODEL
    found = cv2.stereoCalibrate(points, mine, theirs, *known, (1280, 720), flags=flags)
    return Pose.of(found[5], found[6].ravel())


# --- how good that is -------------------------------------------------------------------------------------


def transfer_mm(found: dict[str, Pose]) -> Numbers:
    """How far points of one color camera are carried wrongly into another, on average, for each pair."""
    truth = {name: _pose(each.world_from_color) for name, each in world().truth().devices.items()}
    errors = []
    names = list(found)
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            there = truth[second].inverse().apply(cube())
            true = truth[first].inverse() @ truth[second]
            mine = found[first].inverse() @ found[second]
            errors.append(1000 * np.linalg.norm(true.apply(there) - mine.apply(there), axis=1).mean())
    return np.array(errors)


def _pose(matrix: Numbers) -> Pose:
    return Pose.of(matrix[:3, :3], matrix[:3, 3])


def compare_on_images(_seeds: int, crowd: ProcessPoolExecutor) -> None:
    filmed = list(crowd.map(film, list(geometries())))
    views = [view for each in filmed for view in each.views]
    raw = [view for each in filmed for view in each.raw]
    patches = [patch for each in filmed for patch in each.patches]
    solution = solve(BOARD, geometries(), views, patches)
    judgement = judge(BOARD, geometries(), views, patches, solution)
    mine = {name: each.cameras[Camera.COLOR].world_from_camera for name, each in solution.devices.items()}
    only = solve(BOARD, geometries(), raw)
    opencv = {name: each.cameras[Camera.COLOR].world_from_camera for name, each in only.devices.items()}
    print(f"rendered: {len(mine)} in a ring, {STATIONS} poses, {len(views)} views: transfer error in mm")
    ours = transfer_mm(mine)
    _tell("ksync", ours, ours, f" (goals 0.3 and 1); noise {solution.noise}")
    _tell("ksync on OpenCV's own corners", transfer_mm(opencv), ours)
    _tell(
        "green_screen's way: chain, OpenCV's corners, 20 frames", transfer_mm(chain(raw, FIRST_FRAMES)), ours
    )
    _tell("chain, OpenCV's corners, all frames", transfer_mm(chain(raw, None)), ours)
    _tell("chain, ksync's corners, all frames", transfer_mm(chain(views, None)), ours)
    print(f"  told: depth against depth {judgement.depth_mm:.2f} mm, scale {solution.board_scale:.5f}")
    print(f"  told: faults {[fault.kind.value for fault in judgement.faults] or 'none'}")


def _tell(name: str, errors: Numbers, ours: Numbers, more: str = "") -> None:
    times = np.median(errors) / np.median(ours)
    print(f"  {name}: median {np.median(errors):.2f}, largest {errors.max():.2f}, {times:.1f} ×{more}")

"""Rigs and walks that were never filmed: true poses, and the corners and depths that cameras would tell of.

Images are not rendered: a corner is where OpenCV projects it through a camera's true lens, plus noise. The
truth may differ from what the factory said in all the ways that real rigs do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kinect_sync.calibration.board import Board, BoardKind
from kinect_sync.calibration.views import BoardView, Camera, DepthPatch
from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.geometry.lens import Lens
from kinect_sync.geometry.parsing import parse_calibration
from kinect_sync.geometry.poses import Numbers, Pose
from kinect_sync.rig.modes import ColorResolution, DepthMode

A1 = Board(kind=BoardKind.CHARUCO, columns=8, rows=5, square_m=0.1, marker_m=0.075, dictionary="DICT_5X5_100")
PULSE_US = 1e6 / 30
STEEPEST_DEG = 60.0
PATCH_STEP_PX = 9


@dataclass(frozen=True)
class Wrong:
    """What is not as it should be."""

    scale: float = 1.0
    """The board is printed so much larger."""
    bow_m: float = 0.0
    """So far the middle of the board stands out."""
    mirrored: bool = False
    """The board is printed as its mirror image."""
    color_depth_deg: float = 0.0
    """Typical turn of the pose between cameras against the factory's."""
    color_depth_mm: float = 0.0
    one_color_depth_deg: float = 0.0
    """The same of the second device alone."""
    focal: float = 0.0
    """Typical part by which focal lengths differ from the factory's."""
    centre_px: float = 0.0
    one_focal: float = 0.0
    """The same of the second device's color camera alone."""
    one_centre_px: float = 0.0
    depth_mm: float = 0.0
    """Typical offset of depth."""
    depth_part: float = 0.0
    """Typical part by which depth grows too fast."""
    one_depth_mm: float = 0.0
    """Offset of the second device's depth."""
    bump_deg: float = 0.0
    """So far the third device (or the last) turns half-way through the walk."""
    bump_mm: float = 0.0
    wrong_corners: float = 0.0
    """Part of the corners that are somewhere else."""
    shifted_views: float = 0.0
    """Part of the views whose corners are those of the next column."""


TYPICAL = Wrong(
    color_depth_deg=0.1,
    color_depth_mm=1.0,
    focal=0.001,
    centre_px=0.5,
    depth_mm=4.0,
    depth_part=0.001,
)
"""What good units are off by."""


@dataclass(frozen=True)
class Walk:
    """A board that was walked through a rig: what was seen, and what is true."""

    board: Board
    devices: dict[str, DeviceGeometry]
    """As the factory says."""
    views: list[BoardView]
    patches: list[DepthPatch]
    world_from_color: dict[str, Pose]
    """Before a bump."""
    color_from_depth: dict[str, Pose]
    world_from_board: dict[int, Pose]
    depth_offset_m: dict[str, float]
    """What was added to depth."""
    depth_part: dict[str, float]
    """By what part of it depth grows too fast."""
    depth_lens: dict[str, Lens]
    """As it truly is."""
    bumped: str = ""
    bump_pulse: int = 0

    def world_from(self, device: str, camera: Camera) -> Pose:
        """Where a camera truly is."""
        color = self.world_from_color[device]
        return color if camera is Camera.COLOR else color @ self.color_from_depth[device]

    def with_few_sights(self, device: str, count: int) -> Walk:
        """The same walk, of which a device saw the board so many times, and others with it."""
        others = {view.pulse for view in self.views if view.device != device}
        mine = sorted(others & {view.pulse for view in self.views if view.device == device})
        kept = set(mine[:: len(mine) // count][:count])
        views = [view for view in self.views if view.device != device or view.pulse in kept]
        patches = [patch for patch in self.patches if patch.device != device or patch.pulse in kept]
        return replace(self, views=views, patches=patches)


@cache
def factory_geometry(number: int, color: bool = True, depth: bool = True) -> DeviceGeometry:
    """A device's lenses in 720p and NFOV."""
    raw = make_calibration(f"{450112 + number:012d}")
    calibration = parse_calibration(raw, "device")
    return calibration.in_mode(
        DepthMode.NFOV_UNBINNED if depth else DepthMode.OFF,
        ColorResolution.RES_720P if color else ColorResolution.OFF,
    )


# --- where things are -------------------------------------------------------------------------------------


def turned(vector: Numbers) -> Numbers:
    """The rotation about a vector by its length in radians."""
    return cv2.Rodrigues(np.asarray(vector, np.float64))[0]


def looking(at: Numbers, target: Numbers) -> Pose:
    """The world_from_camera of a camera at a place that looks at another; the world's z is up."""
    forward = (target - at) / np.linalg.norm(target - at)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    return Pose.of(np.stack((right, np.cross(forward, right), forward), 1), at)


def ring(count: int, radius_m: float = 2.0, height_m: float = 1.6) -> list[Pose]:
    """Cameras in a ring that look at its middle."""
    angles = 2 * np.pi * np.arange(count) / count
    return [
        looking(np.array((radius_m * np.cos(a), radius_m * np.sin(a), height_m)), np.array((0.0, 0.0, 1.0)))
        for a in angles
    ]


def arc(count: int, angle_deg: float, radius_m: float = 2.0, height_m: float = 1.6) -> list[Pose]:
    """Cameras on a part of a ring, most of which see boards that face -y."""
    angles = np.radians(np.linspace(-90 - angle_deg / 2, -90 + angle_deg / 2, count))
    return [
        looking(np.array((radius_m * np.cos(a), radius_m * np.sin(a), height_m)), np.array((0.0, 0.0, 1.0)))
        for a in angles
    ]


def line(count: int, apart_m: float = 1.2) -> list[Pose]:
    """Cameras side by side that look the same way: first and last share no view."""
    return [
        looking(np.array((apart_m * n, 0.0, 1.2)), np.array((apart_m * n, 5.0, 1.2))) for n in range(count)
    ]


def board_poses(rng: np.random.Generator, count: int, centres: Numbers, facing: str = "out") -> list[Pose]:
    """Boards near some places: upright more or less, turned to any side, or towards -y."""
    poses = []
    for number in range(count):
        centre = centres[number % len(centres)] + rng.uniform(-0.5, 0.5, 3) * (1.0, 1.0, 0.8)
        yaw = rng.uniform(0, 2 * np.pi) if facing == "out" else rng.normal(-np.pi / 2, 0.5)
        tilt, roll = rng.uniform(-0.6, 0.6), rng.uniform(-0.5, 0.5)
        normal = np.array((np.cos(yaw) * np.cos(tilt), np.sin(yaw) * np.cos(tilt), np.sin(tilt)))
        rotation = np.array(looking(normal, np.zeros(3)).rotation) @ turned(np.array((0, 0, roll)))
        middle = np.array((*A1.size_m, 0.0)) / 2
        poses.append(Pose.of(rotation, centre - rotation @ middle))
    return poses


# --- what is seen -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Device:
    """A device as it truly is."""

    name: str
    said: DeviceGeometry
    color: Lens
    depth: Lens
    color_from_world: Pose
    depth_from_color: Pose
    offset_m: float
    part: float

    def camera(self, camera: Camera) -> tuple[Lens, Pose]:
        if camera is Camera.COLOR:
            return self.color, self.color_from_world
        return self.depth, self.depth_from_color @ self.color_from_world


@dataclass
class Filming:
    """How a walk is filmed."""

    poses: Sequence[Pose]
    boards: Sequence[Pose]
    seed: int = 1
    wrong: Wrong = field(default_factory=Wrong)
    color_noise_px: float = 0.07
    depth_noise_px: float = 0.10
    depth_noise_m: float = 0.003
    color: bool = True
    infrared: bool = True
    depth: bool = True
    board: Board = A1
    pulse_step: int = 10

    def film(self) -> Walk:
        """See each board with each camera."""
        rng = np.random.default_rng(self.seed)
        devices = [self._device(rng, number, pose) for number, pose in enumerate(self.poses)]
        bumped = devices[min(2, len(devices) - 1)]
        half = len(self.boards) // 2
        views: list[BoardView] = []
        patches: list[DepthPatch] = []
        for number, pose in enumerate(self.boards):
            for device in devices:
                now = self._bumped(device) if device is bumped and number >= half else device
                views += self._views(rng, now, pose, number * self.pulse_step)
                if self.depth:
                    patches += _patches(rng, now, pose, number * self.pulse_step, self)
        cameras = [camera for camera in Camera if self._is_on(camera)]
        return Walk(
            board=self.board,
            devices={each.name: each.said for each in devices},
            views=[view for view in views if view.camera in cameras],
            patches=patches,
            world_from_color={each.name: each.color_from_world.inverse() for each in devices},
            color_from_depth={each.name: each.depth_from_color.inverse() for each in devices},
            world_from_board={n * self.pulse_step: pose for n, pose in enumerate(self.boards)},
            depth_offset_m={each.name: each.offset_m for each in devices},
            depth_part={each.name: each.part for each in devices},
            depth_lens={each.name: each.depth for each in devices},
            bumped=bumped.name,
            bump_pulse=half * self.pulse_step,
        )

    def _is_on(self, camera: Camera) -> bool:
        return self.color if camera is Camera.COLOR else self.infrared

    def _device(self, rng: np.random.Generator, number: int, pose: Pose) -> _Device:
        wrong, said = self.wrong, factory_geometry(number)
        only = number == min(1, len(self.poses) - 1)
        turn = rng.normal(0, np.radians(wrong.color_depth_deg), 3)
        if only and wrong.one_color_depth_deg:
            turn = _direction(rng) * np.radians(wrong.one_color_depth_deg)
        slip = Pose.of(turned(turn), rng.normal(0, wrong.color_depth_mm / 1000, 3))
        focal, centre = (wrong.one_focal, wrong.one_centre_px) if only else (0.0, 0.0)
        if said.color is None or said.depth is None:
            raise ValueError("both cameras are on")
        return _Device(
            name=f"d{number}",
            said=factory_geometry(number, self.color, self.infrared or self.depth),
            color=_other_lens(rng, said.color, wrong.focal, wrong.centre_px, focal, centre),
            depth=_other_lens(rng, said.depth, 0.7 * wrong.focal, 0.6 * wrong.centre_px, 0.0, 0.0),
            color_from_world=pose.inverse(),
            depth_from_color=slip @ said.depth_from_color,
            offset_m=(rng.normal(0, wrong.depth_mm) + only * wrong.one_depth_mm) / 1000,
            part=rng.normal(0, wrong.depth_part),
        )

    def _bumped(self, device: _Device) -> _Device:
        rng = np.random.default_rng((self.seed, 7))
        turn = _direction(rng) * np.radians(self.wrong.bump_deg)
        bump = Pose.of(turned(turn), _direction(rng) * self.wrong.bump_mm / 1000)
        return replace(device, color_from_world=bump @ device.color_from_world)

    def _views(self, rng: np.random.Generator, device: _Device, board: Pose, pulse: int) -> list[BoardView]:
        views = []
        points = _printed(self.board, self.wrong)
        for camera, noise in ((Camera.COLOR, self.color_noise_px), (Camera.DEPTH, self.depth_noise_px)):
            lens, camera_from_world = device.camera(camera)
            pose = camera_from_world @ board
            pixels, seen = _seen(lens, pose, points)
            if seen.sum() < 6:
                continue
            ids = np.flatnonzero(seen)
            found = pixels[ids] + rng.normal(0, noise, (len(ids), 2))
            stray = rng.random(len(ids)) < self.wrong.wrong_corners
            found[stray] += rng.uniform(-20, 20, (int(stray.sum()), 2))
            if rng.random() < self.wrong.shifted_views:
                across = self.board.columns - 1
                inside = ids % across < across - 1
                ids, found = ids[inside] + 1, found[inside]
            delay_us = 0.0 if camera is Camera.COLOR else 160.0
            views.append(BoardView(device.name, camera, pulse, pulse * PULSE_US + delay_us, ids, found))
        return views


def _direction(rng: np.random.Generator) -> Numbers:
    direction = rng.normal(0, 1, 3)
    return direction / np.linalg.norm(direction)


def _other_lens(
    rng: np.random.Generator, lens: Lens, focal: float, centre: float, more_focal: float, more_centre: float
) -> Lens:
    part = rng.normal(0, focal) + more_focal
    off = rng.normal(0, centre, 2) + more_centre * np.array((1.0, -1.0)) / np.sqrt(2)
    return lens.model_copy(
        update={
            "fx": lens.fx * (1 + part),
            "fy": lens.fy * (1 + part),
            "cx": lens.cx + off[0],
            "cy": lens.cy + off[1],
        }
    )


def _printed(board: Board, wrong: Wrong) -> Numbers:
    points = board.corners * wrong.scale
    width, _ = board.size_m
    if wrong.mirrored:
        points[:, 0] = width - points[:, 0]
    points[:, 2] = wrong.bow_m * (1 - ((points[:, 0] / width - 0.5) * 2) ** 2)
    return points


def project(lens: Lens, pose: Pose, points: Numbers) -> Numbers:
    """Where OpenCV puts points of another frame in an image."""
    turn = cv2.Rodrigues(np.array(pose.rotation))[0]
    shift = np.array(pose.translation_m)
    return cv2.projectPoints(points, turn, shift, lens.camera_matrix, lens.coefficients)[0][:, 0]


def _seen(lens: Lens, pose: Pose, points: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    there = pose.apply(points)
    middle, normal = there.mean(0), np.array(pose.rotation)[:, 2]
    steep = middle @ normal / np.linalg.norm(middle) < np.cos(np.radians(STEEPEST_DEG))
    if steep or (there[:, 2] < 0.4).any():
        return np.zeros((len(points), 2)), np.zeros(len(points), bool)
    pixels = project(lens, pose, points)
    in_view = (np.abs(there[:, :2] / there[:, 2:]) < 0.85).all(1)
    inside = (pixels > 4).all(1) & (pixels < np.array((lens.width, lens.height)) - 5).all(1)
    return pixels, inside & in_view


def _patches(
    rng: np.random.Generator, device: _Device, board: Pose, pulse: int, filming: Filming
) -> list[DepthPatch]:
    lens, depth_from_world = device.camera(Camera.DEPTH)
    pose = depth_from_world @ board
    pixels, seen = _seen(lens, pose, filming.board.corners)
    if seen.sum() < 6:
        return []
    low, high = pixels[seen].min(0), pixels[seen].max(0)
    grid = np.stack(
        np.meshgrid(*(np.arange(a, b, PATCH_STEP_PX) for a, b in zip(low, high, strict=True))), -1
    )
    grid = np.rint(grid.reshape(-1, 2))
    rays, valid = lens.unproject(grid)
    normal = np.array(pose.rotation)[:, 2]
    z_m = (normal @ np.array(pose.translation_m)) / (rays @ normal)
    flat = pose.inverse().apply(rays * z_m[:, None])
    size = np.array(filming.board.size_m)
    inside = valid & (flat[:, :2] > 0.03).all(1) & (flat[:, :2] < size - 0.03).all(1)
    z_m = z_m[inside]
    z_m = z_m * (1 + device.part) + device.offset_m + rng.normal(0, filming.depth_noise_m, len(z_m))
    return [DepthPatch(device.name, pulse, pulse * PULSE_US + 160.0, grid[inside], z_m)]


# --- how good a solution is -------------------------------------------------------------------------------


def cube(centre: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Numbers:
    """Points of a cube of 1 m."""
    steps = np.linspace(-0.5, 0.5, 5)
    return np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 3) + np.array(centre)


def transfer_errors_mm(
    walk: Walk, found: dict[str, Pose], points: Numbers | None = None
) -> dict[tuple[str, str], float]:
    """How far points of one color camera are carried wrongly into another, on average, for each pair."""
    points = cube() if points is None else points
    errors = {}
    names = list(found)
    for first in names:
        for second in names:
            if first < second:
                true = walk.world_from_color[first].inverse() @ walk.world_from_color[second]
                mine = found[first].inverse() @ found[second]
                there = walk.world_from_color[second].inverse().apply(points)
                errors[first, second] = 1000 * float(
                    np.linalg.norm(true.apply(there) - mine.apply(there), axis=1).mean()
                )
    return errors


def cloud_gaps_mm(walk: Walk, found: dict[str, Pose], offsets_m: dict[str, float]) -> Numbers:
    """How far apart the clouds of each two devices put the same points, as the devices truly see them.

    A point's pixel is the true one; what is made of it is the factory's and the calibration's. `found` are
    the poses of depth cameras in one world, `offsets_m` what is to be added to depth.
    """
    points = cube()
    clouds = np.array([_seen_as(walk, name, found[name], offsets_m[name], points) for name in found])
    first, second = np.triu_indices(len(clouds), 1)
    gaps = 1000 * np.linalg.norm(clouds[first] - clouds[second], axis=-1).ravel()
    return gaps[np.isfinite(gaps)]


def _seen_as(walk: Walk, name: str, found: Pose, offset_m: float, points: Numbers) -> Numbers:
    there = walk.world_from(name, Camera.DEPTH).inverse().apply(points)
    lens, said = walk.depth_lens[name], walk.devices[name].depth
    if said is None:
        raise ValueError("the depth camera is on")
    pixels, _ = lens.project(there)
    rays, _ = said.unproject(pixels)
    z_m = there[:, 2] * (1 + walk.depth_part[name]) + walk.depth_offset_m[name] + offset_m
    inside = (pixels > 0).all(1) & (pixels < (lens.width - 1, lens.height - 1)).all(1)
    return np.where(inside[:, None], found.apply(rays * z_m[:, None]), np.nan)


def film_ring(devices: int = 9, poses: int = 60, seed: int = 1, **how: object) -> Walk:
    """The usual rig: a ring of 2 m, and a board in its middle."""
    rng = np.random.default_rng((seed, 3))
    boards = board_poses(rng, poses, np.array([(0.0, 0.0, 1.0)]))
    return Filming(ring(devices), boards, seed=seed, **how).film()  # type: ignore[arg-type]


def film_arc(devices: int = 5, poses: int = 40, seed: int = 1, angle_deg: float = 120, **how: object) -> Walk:
    """A smaller rig, whose devices share most of their views."""
    rng = np.random.default_rng((seed, 3))
    boards = board_poses(rng, poses, np.array([(0.0, 0.0, 1.0)]), "front")
    return Filming(arc(devices, angle_deg), boards, seed=seed, **how).film()  # type: ignore[arg-type]


def film_chain(devices: int = 6, poses: int = 100, seed: int = 5) -> Walk:
    """Side by side: each shares its view with its neighbours alone."""
    centres = np.array([(1.2 * n + 0.6, 2.3, 1.2) for n in range(devices - 1)])
    rng = np.random.default_rng(seed)
    return Filming(line(devices), board_poses(rng, poses, centres, "front"), seed=seed).film()

"""How well a rig is calibrated, how honest that is told, and how fast.

    python -m benchmarks.calibration [--seeds N] [--only ROW ...] [--processes N]

Rows, each with the goal that it is held against:

- `corners`: nine devices in a ring of 2 m, 60 poses, corners with noise alone: how far points of one camera
  are carried wrongly into another, and how the actual errors compare with the σ that was told.
- `clouds`: the same with what good units are known to be off by, and 4 mm of depth bias: how far apart the
  clouds of two devices put the same points.
- `faults`: every fault of a rig, a board or a walk, and good rigs: how often it is named, and what else is.
  Of the ring, of three and four devices in an arc, and of walks in which a device hardly sees the board.
- `speed`: nine devices and 200 poses, beside `scipy.optimize.least_squares` with the same residuals, where
  SciPy is installed.
- `rendered`: the ring of 60 poses from rendered JPEGs, beside a chain of `cv2.stereoCalibrate` with fixed
  intrinsics on the same images, as Microsoft's green_screen does it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.calibrating.least_squares import time_least_squares
from benchmarks.calibrating.rendered import compare_on_images
from kinect_sync.calibration.solving.judging import blame, judge
from kinect_sync.calibration.solving.reading import relative_sigmas
from kinect_sync.calibration.solving.solution import Solution
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import Camera
from kinect_sync.geometry.poses import Pose
from tests.calibration.walks import (
    TYPICAL,
    Walk,
    Wrong,
    cloud_gaps_mm,
    film_arc,
    film_ring,
    transfer_errors_mm,
)

DEVICES, POSES = 9, 60
Told = set[tuple[str, str | None]]
"""Faults by their names, each with its device."""
WRONG_VIEWS = replace(TYPICAL, wrong_corners=0.02, shifted_views=0.05)
FAULTS: dict[str, tuple[Wrong, Told]] = {
    "none: an ideal rig": (Wrong(), set()),
    "none: typical units": (TYPICAL, set()),
    "none: 2 % wrong corners, 5 % shifted views": (WRONG_VIEWS, set()),
    "board printed 1 % large": (replace(TYPICAL, scale=1.01), {("board_scale", None)}),
    "board printed 0.3 % large": (replace(TYPICAL, scale=1.003), {("board_scale", None)}),
    "board mirrored": (replace(TYPICAL, mirrored=True), {("board_mirrored", None)}),
    "board bent by 3 mm": (replace(TYPICAL, bow_m=0.003), {("board_bent", None)}),
    "color-depth pose 0.6° off": (replace(TYPICAL, one_color_depth_deg=0.6), {("factory_pose", "d1")}),
    "focal length 1 % off": (replace(TYPICAL, one_focal=0.01), {("factory_lens", "d1")}),
    "principal point 6 px off": (replace(TYPICAL, one_centre_px=6), {("factory_lens", "d1")}),
    "depth 30 mm off": (replace(TYPICAL, one_depth_mm=30), {("depth_offset", "d1")}),
    "depth 30 mm off, others ideal": (Wrong(one_depth_mm=30), {("depth_offset", "d1")}),
    "bumped by 0.3° and 6 mm": (replace(TYPICAL, bump_deg=0.3, bump_mm=6), {("camera_moved", "d2")}),
    "bumped by 0.18° and 4 mm": (replace(TYPICAL, bump_deg=0.18, bump_mm=4), {("camera_moved", "d2")}),
}
"""What is wrong, and which faults are to be named with which device."""


@dataclass(frozen=True)
class Rig:
    """A rig, a walk through it, and the faults that it is tried with."""

    film: Callable[[int, Wrong], Walk]
    """By the seed, and what is wrong."""
    faults: tuple[str, ...] = tuple(FAULTS)
    expected: Told = field(default_factory=set)
    """Faults that the walk has besides."""


def ring_without(seed: int, wrong: Wrong) -> Walk:
    walk = film_ring(DEVICES, POSES, seed, wrong=wrong)
    return replace(walk, views=[view for view in walk.views if view.device != "d4"])


GOOD = ("none: an ideal rig", "none: typical units")
TYPICAL_ALONE = ("none: typical units",)
SMALL = tuple(name for name in FAULTS if not name.startswith(("board", "focal", "principal")))
RIGS = {
    "9 in a ring": Rig(lambda seed, wrong: film_ring(DEVICES, POSES, seed, wrong=wrong)),
    "9, and d4 sees no board": Rig(ring_without, TYPICAL_ALONE, {("unconnected", "d4")}),
    "9, 12 poses": Rig(
        lambda seed, wrong: film_ring(DEVICES, 12, seed, wrong=wrong), GOOD, {("too_few_poses", None)}
    ),
    "4 in an arc": Rig(lambda seed, wrong: film_arc(4, POSES, seed, wrong=wrong), SMALL),
    "3 in an arc": Rig(lambda seed, wrong: film_arc(3, POSES, seed, wrong=wrong), SMALL),
    **{
        f"4, of which d1 saw the board {count} times": Rig(
            lambda seed, wrong, count=count: film_arc(4, 40, seed, wrong=wrong).with_few_sights("d1", count),
            TYPICAL_ALONE,
        )
        for count in (1, 2, 3)
    },
}
"""Who stands where, and which poses the board took."""


def solved(walk: Walk) -> Solution:
    return solve(walk.board, walk.devices, walk.views, walk.patches)


def places(solution: Solution, camera: Camera) -> dict[str, Pose]:
    return {name: each.cameras[camera].world_from_camera for name, each in solution.devices.items()}


# --- corners ----------------------------------------------------------------------------------------------


def try_corners(seed: int) -> tuple[list[float], list[tuple[float, float]]]:
    """Return transfer errors in mm, and squares of errors of pairs in units of their σ: shift and turn."""
    walk = film_ring(DEVICES, POSES, seed)
    solution = solved(walk)
    found = places(solution, Camera.COLOR)
    errors = list(transfer_errors_mm(walk, found).values())
    names, ratios = list(found), []
    if solution.fit is None:
        raise RuntimeError("nothing was solved")
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            one, other = names[first], names[second]
            true = walk.world_from_color[one].inverse() @ walk.world_from_color[other]
            off = (found[one].inverse() @ found[other]) @ true.inverse()
            sigma_m, sigma_rad = relative_sigmas(solution.fit, first, second)
            turn = np.array(off.rotation)
            axis = np.array((turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1])) / 2
            shift = np.array(off.translation_m)
            ratios.append(((shift**2).mean() / sigma_m**2, (axis**2).mean() / sigma_rad**2))
    return errors, ratios


def tell_corners(seeds: int, crowd: ProcessPoolExecutor) -> None:
    tried = list(crowd.map(try_corners, range(1, seeds + 1)))
    medians = [float(np.median(errors)) for errors, _ in tried]
    worst = [max(errors) for errors, _ in tried]
    print(f"corners: {DEVICES} in a ring, {POSES} poses, {seeds} seeds: transfer error in mm")
    print(f"  median {np.median(medians):.2f} (worst seed {max(medians):.2f}; goal 0.3)")
    print(f"  largest of 36 pairs {np.median(worst):.2f} (worst seed {max(worst):.2f}; goal 1)")
    shift, turn = np.sqrt(np.mean([pair for _, ratios in tried for pair in ratios], axis=0))
    print(f"  actual error / σ: shift {shift:.2f}, turn {turn:.2f} (goal 0.8 to 1.25)")


# --- clouds -----------------------------------------------------------------------------------------------


def try_clouds(seed: int) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float], float]:
    """Return median and nine of ten of the gaps: with all, without offsets, without IR; and what is told."""
    walk = film_ring(DEVICES, 100, seed, wrong=TYPICAL)
    solution = solved(walk)
    offsets = {name: each.depth_offset_mm / 1000 for name, each in solution.devices.items()}
    nothing = dict.fromkeys(offsets, 0.0)
    color = solve(walk.board, walk.devices, [view for view in walk.views if view.camera is Camera.COLOR])
    judgement = judge(walk.board, walk.devices, walk.views, walk.patches, solution)
    ways = ((solution, offsets), (solution, nothing), (color, nothing))
    gaps = [cloud_gaps_mm(walk, places(each, Camera.DEPTH), add) for each, add in ways]
    whole, without, plain = ((float(np.median(g)), float(np.percentile(g, 90))) for g in gaps)
    return whole, without, plain, judgement.depth_mm or 0.0


def tell_clouds(seeds: int, crowd: ProcessPoolExecutor) -> None:
    tried = np.array([np.hstack(each) for each in crowd.map(try_clouds, range(1, seeds + 1))])
    middle = np.median(tried, axis=0)
    print(f"clouds: typical units, 100 poses, {seeds} seeds: gap between two clouds, median and 9 of 10, mm")
    print(f"  as solved {middle[0]:.2f} and {middle[1]:.2f} (worst seed {tried[:, 0].max():.2f}; goal 1.5)")
    print(f"  without depth offsets {middle[2]:.2f} and {middle[3]:.2f}")
    print(f"  color alone {middle[4]:.2f} and {middle[5]:.2f}")
    print(f"  told as depth against depth: {middle[6]:.2f}")


# --- faults -----------------------------------------------------------------------------------------------


def try_fault(rig: str, fault: str, seed: int) -> frozenset[tuple[str, str | None]]:
    """Return the faults that are told, with their devices: with both, where it may have been either."""
    walk = RIGS[rig].film(seed, FAULTS[fault][0])
    faults = blame(walk.board, solved(walk))
    return frozenset(
        (fault.kind.value, device)
        for fault in faults
        for device in dict.fromkeys((fault.device, fault.other or fault.device))
    )


def tell_faults(seeds: int, crowd: ProcessPoolExecutor) -> None:
    for title, rig in RIGS.items():
        print(f"faults: {title}, {seeds} seeds: named, and what else is")
        for name in rig.faults:
            expected = FAULTS[name][1] | rig.expected
            told = list(crowd.map(try_fault, [title] * seeds, [name] * seeds, range(1, seeds + 1)))
            named = sum(expected <= each for each in told)
            more = Counter(
                f"{kind} {device or ''}".strip() for each in told for kind, device in each - expected
            )
            besides = ", ".join(f"{count} x {each}" for each, count in more.items()) or "nothing"
            print(f"  {name}: {named} of {seeds}; besides: {besides}", flush=True)


# --- speed ------------------------------------------------------------------------------------------------


def tell_speed(_seeds: int, _crowd: ProcessPoolExecutor) -> None:
    walk = film_ring(DEVICES, 200)
    corners = sum(len(view.ids) for view in walk.views)
    took = []
    for _ in range(3):
        begin = time.perf_counter()
        solution = solved(walk)
        took.append(time.perf_counter() - begin)
    print(f"speed: {DEVICES} devices, 200 poses, {len(walk.views)} views, {corners} corners, depth")
    print(f"  solved, from views to σ, outliers and depth: {min(took):.2f} s (goal 2)")
    for line in time_least_squares(walk, solution):
        print(f"  {line}")


ROWS: dict[str, Callable[[int, ProcessPoolExecutor], None]] = {
    "corners": tell_corners,
    "clouds": tell_clouds,
    "faults": tell_faults,
    "speed": tell_speed,
    "rendered": compare_on_images,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", nargs="*", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as crowd:
        for name in options.only:
            begin = time.perf_counter()
            ROWS[name](options.seeds, crowd)
            print(f"  ({time.perf_counter() - begin:.0f} s)", flush=True)


if __name__ == "__main__":
    main()

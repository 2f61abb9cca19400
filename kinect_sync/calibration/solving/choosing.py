"""Which pulses of a walk to solve on: still ones, spread over the cameras' images, distances and pairs.

A board that moves is seen askew by a rolling shutter, and color and depth see it at different times: what is
still to a third of a pixel from pulse to pulse is neither. Sixty to a hundred such poses leave noise with
less than a camera's factory errors; more only cost time.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from kinect_sync.calibration.views import BoardView, Camera
from kinect_sync.geometry.distortion import Flags
from kinect_sync.geometry.poses import Numbers

STILL_PX = 0.3
"""Motion of the corners from one pulse to the next up to which a board is still."""
SLOW_PX = 1.5
"""Up to this a pulse is taken where there are too few still ones."""
SAME_PX = 3.0
"""A board whose corners are nearer to where they were is held at the same place."""
NEAREST_PULSES = 6
"""Two sights that are further apart say nothing of the motion between them."""
ACROSS, DOWN = 4, 3
"""Cells of an image over which views are spread."""
SIZES = 1.25
"""Boards whose sizes in an image differ by this factor are at different distances."""


def measure_motion(views: Sequence[BoardView]) -> dict[int, float]:
    """Return how many pixels corners move per pulse, for each pulse that has another one near.

    The motion of the camera that sees most of it, towards the nearest other sight; no longer than it takes to
    be still on both sides counts as still, so the slower side is taken.
    """
    tracks: dict[tuple[str, Camera], list[BoardView]] = defaultdict(list)
    for view in views:
        tracks[view.device, view.camera].append(view)
    motions: dict[int, dict[int, float]] = defaultdict(dict)
    for track in tracks.values():
        track.sort(key=lambda view: view.pulse)
        for before, after in itertools.pairwise(track):
            moved = _motion(before, after)
            for pulse, side in ((before.pulse, 1), (after.pulse, -1)):
                if moved is not None:
                    motions[pulse][side] = max(moved, motions[pulse].get(side, 0.0))
    return {pulse: min(sides.values()) for pulse, sides in motions.items()}


def _motion(before: BoardView, after: BoardView) -> float | None:
    pulses = after.pulse - before.pulse
    _, mine, theirs = np.intersect1d(before.ids, after.ids, return_indices=True)
    if pulses > NEAREST_PULSES or pulses < 1 or len(mine) < 4:
        return None
    moved = np.linalg.norm(after.pixels[theirs] - before.pixels[mine], axis=1)
    return float(np.median(moved)) / pulses


def choose_pulses(
    views: Sequence[BoardView], sizes: Mapping[Camera, tuple[int, int]], most: int = 100
) -> list[int]:
    """Choose up to `most` pulses to solve on, in order.

    `sizes` are of the images, across and down. Pulses whose motion nobody can tell, as no other is near, may
    show a board that is carried: they are left out. Deterministic.
    """
    motion = measure_motion(views)
    shared = _seen_by_several(views)
    still = _once_each([pulse for pulse in shared if motion.get(pulse, np.inf) <= STILL_PX], views)
    chosen = _spread(views, still, sizes, most)
    if len(chosen) < most:
        slow = [pulse for pulse in shared if STILL_PX < motion.get(pulse, np.inf) <= SLOW_PX]
        slow = sorted(slow, key=lambda pulse: motion[pulse])[: most - len(chosen)]
        chosen = sorted([*chosen, *slow])
    return chosen


def first_still(views: Sequence[BoardView]) -> int | None:
    """Return the first pulse at which the board is seen still, by whomever: where it was laid down.

    Pulses whose motion nobody can tell count only where it is told of none. None where nobody saw it.
    """
    motion = measure_motion(views)
    still = [pulse for pulse, moved in motion.items() if moved <= STILL_PX]
    return min(still or [view.pulse for view in views], default=None)


def _once_each(pulses: Sequence[int], views: Sequence[BoardView]) -> list[int]:
    """Leave out pulses at which the board is still where it was at the one before.

    A place that is solved on and told on would tell of itself alone.
    """
    sights: dict[int, dict[tuple[str, Camera], BoardView]] = defaultdict(dict)
    for view in views:
        sights[view.pulse][view.device, view.camera] = view
    kept: list[int] = []
    for pulse in pulses:
        if not kept or not _is_where_it_was(sights[kept[-1]], sights[pulse]):
            kept.append(pulse)
    return kept


def _is_where_it_was(
    before: Mapping[tuple[str, Camera], BoardView], now: Mapping[tuple[str, Camera], BoardView]
) -> bool:
    moved = [_moved_px(before[camera], now[camera]) for camera in before.keys() & now.keys()]
    return bool(moved) and max(moved) < SAME_PX


def _moved_px(before: BoardView, after: BoardView) -> float:
    """Return how far the middle corner has moved; infinitely far where the two have none in common."""
    _, mine, theirs = np.intersect1d(before.ids, after.ids, return_indices=True)
    if not len(mine):
        return np.inf
    return float(np.median(np.linalg.norm(after.pixels[theirs] - before.pixels[mine], axis=1)))


def _seen_by_several(views: Sequence[BoardView]) -> list[int]:
    """Return the pulses at which two devices saw the board; of a single one, both its cameras."""
    alone = len({view.device for view in views}) == 1
    saw: dict[int, set[object]] = defaultdict(set)
    for view in views:
        saw[view.pulse].add(view.camera if alone else view.device)
    return sorted(pulse for pulse, those in saw.items() if len(those) > 1)


def _spread(
    views: Sequence[BoardView], pulses: Sequence[int], sizes: Mapping[Camera, tuple[int, int]], most: int
) -> list[int]:
    """Take the pulse that adds most to what the chosen ones saw, again and again."""
    features = _features(views, pulses, sizes)
    counts = np.zeros(features.shape[1])
    left = np.ones(len(pulses), bool)
    chosen = []
    for _ in range(min(most, len(pulses))):
        gain = np.where(left, features @ (1 / (1 + counts) ** 2), -1.0)
        best = int(np.argmax(gain))
        left[best] = False
        counts += features[best]
        chosen.append(pulses[best])
    return sorted(chosen)


def _features(
    views: Sequence[BoardView], pulses: Sequence[int], sizes: Mapping[Camera, tuple[int, int]]
) -> Flags:
    """Return what each pulse shows: parts of images, distances, pairs; shape (pulses, features)."""
    rows = {pulse: row for row, pulse in enumerate(pulses)}
    shown: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    devices: dict[int, set[str]] = defaultdict(set)
    for view in views:
        if view.pulse in rows:
            shown[view.pulse] |= set(_places(view, sizes[view.camera]))
            devices[view.pulse].add(view.device)
    for pulse, names in devices.items():
        ordered = sorted(names)
        shown[pulse] |= {(a, b) for n, a in enumerate(ordered) for b in ordered[n + 1 :]}
    columns = {
        each: n for n, each in enumerate(dict.fromkeys(f for p in pulses for f in sorted(shown[p], key=repr)))
    }
    features = np.zeros((len(pulses), len(columns)), bool)
    for pulse, row in rows.items():
        features[row, [columns[each] for each in shown[pulse]]] = True
    return features


def _places(view: BoardView, size: tuple[int, int]) -> list[tuple[object, ...]]:
    cells = (view.pixels / np.array(size) * (ACROSS, DOWN)).astype(int)
    spread: Numbers = np.linalg.norm(np.ptp(view.pixels, axis=0)) / max(np.sqrt(len(view.ids)), 1)
    distance = int(np.log(max(float(spread), 1.0)) / np.log(SIZES))
    who = (view.device, view.camera.value)
    return [(*who, distance, int(across), int(down)) for across, down in np.unique(cells, axis=0)]

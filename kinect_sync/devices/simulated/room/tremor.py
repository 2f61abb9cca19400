"""How still hands hold a board: not quite, so that no two images of one place are the same."""

from __future__ import annotations

import math

import numpy as np

from kinect_sync.devices.simulated.room.poses import Matrix, Vector, pose, rotation

MOMENTS = 3
"""So many places around the one where the board is held; each is drawn once, and they come by turns."""
_PER_S = 10.0
"""Moments in a second: hands tremble at 6 to 12 Hz ("Increased gravitational force reveals the mechanical,
resonant nature of physiological tremor", J Physiol 593, 2015), and sway more slowly."""
_BEFORE_PULSE = 1 / 6
"""Moments change so much of one before a tenth of a second, half-way between two pulses at 30 fps: all
cameras see the same one at a pulse, whatever the delays that keep lasers apart."""


def moment_at(time_s: float) -> int:
    """Return which of its places a board that is held is at."""
    return math.floor(time_s * _PER_S + _BEFORE_PULSE) % MOMENTS


def tremble(
    world_from_board: Matrix, centre: Vector, spread: tuple[float, float], seed: list[int]
) -> tuple[Matrix, ...]:
    """Return the places of a board that is held at one, which is their mean.

    `centre` of the board is in its frame. `spread` is the standard deviation along each axis in metres, and
    of the turn about each in degrees.
    """
    chance = np.random.default_rng(seed)
    luck = chance.standard_normal((MOMENTS, 2, 3))
    aside = (luck - luck.mean(axis=0)) * math.sqrt(MOMENTS / (MOMENTS - 1))
    there, back = pose(np.eye(3), centre), pose(np.eye(3), -centre)
    metres, degrees = spread
    return tuple(
        world_from_board @ there @ _nudge(shift * metres, turn * math.radians(degrees)) @ back
        for shift, turn in aside
    )


def _nudge(shift_m: Vector, turn_rad: Vector) -> Matrix:
    angle = float(np.linalg.norm(turn_rad))
    return pose(rotation(turn_rad, angle) if angle else np.eye(3), shift_m)

"""Rigs for tests of lasers, and a second opinion on when lasers meet that shares no code with the package."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from kinect_sync.rig.model import Camera, DeviceSpec, RigFields

NFOV, WFOV, PASSIVE = "nfov_unbinned", "wfov_unbinned", "passive_ir"

PITCH_US = {"nfov_2x2binned": 1575, NFOV: 1575, "wfov_2x2binned": 1575, WFOV: 2515}
"""From the hardware specification; a mode that is not here fires no laser."""
TICKS = {30: 3000, 15: 6000, 5: 18000}
"""90 kHz ticks in a period."""


HEAD = """\
# the studio
name: studio
topology: daisy_chain   # cable order
camera: {depth_mode: nfov_unbinned, fps: 30, gain: 128}
"""


def laser_rig_text(count: int, *, tail: str = "") -> str:
    """A rig file of cameras cam-0, cam-1, … without delays, and with comments; `tail` is added."""
    devices = "".join(
        f'  - name: cam-{number}   # number {number}\n    serial: "{number + 1:012}"\n'
        f"    role: {'subordinate' if number else 'master'}\n"
        for number in range(count)
    )
    return f"{HEAD}devices:\n{devices}{tail}"


def make_rig(modes, fps=30, delays=(), color_off=(), overlaps=(), hardware="azure_kinect", **fields):
    """A chain of devices d0, d1, …; `delays` are (subordinate, depth) delays by device number."""
    delays = dict(delays)
    devices = [
        DeviceSpec.model_validate(
            {
                "name": f"d{number}",
                "serial": f"{number + 1:012}",
                "role": "subordinate" if number or fields.get("external_trigger") else "master",
                "depth_mode": mode,
                "color_resolution": "off" if number in color_off else None,
                "subordinate_delay_off_master_usec": delays.get(number, (0, 0))[0],
                "depth_delay_off_color_usec": delays.get(number, (0, 0))[1],
            }
        )
        for number, mode in enumerate(modes)
    ]
    return RigFields(
        name="rig",
        topology=fields.pop("topology", "daisy_chain"),
        hardware=hardware,
        camera=Camera(fps=fps, color_resolution="720p"),
        devices=tuple(devices),
        overlaps=overlaps,
        **fields,
    )


def devices_of(*numbers: int) -> tuple[str, ...]:
    """Names of devices by their numbers."""
    return tuple(f"d{number}" for number in numbers)


def gap_table_us(mode: str, other: str, fps: int, distances_ticks) -> np.ndarray:
    """Smallest gap of two lasers whose exposures are centred so many ticks apart, pulse by pulse in float µs.

    Deliberately naive: distances of pulse centres on a circle.
    """
    period_us = 1e6 / fps
    mine = (np.arange(9) - 4) * PITCH_US[mode]
    theirs = (np.arange(9) - 4) * PITCH_US[other]
    between = (theirs[None, :] - mine[:, None]).ravel()
    distance = np.asarray(distances_ticks)[..., None] * (100 / 9) + between
    around = np.mod(distance, period_us)
    return np.minimum(around, period_us - around).min(axis=-1) - 125.0


def smallest_gap_us(modes: Sequence[str], fps: int, ticks: Sequence[int], pairs=None) -> float:
    """Smallest gap of a whole rig, by the naive table; infinite where nothing can meet."""
    lit = [number for number, mode in enumerate(modes) if mode in PITCH_US]
    pairs = combinations(lit, 2) if pairs is None else [p for p in pairs if set(p) <= set(lit)]
    return min(
        (float(gap_table_us(modes[a], modes[b], fps, ticks[b] - ticks[a])) for a, b in pairs), default=np.inf
    )

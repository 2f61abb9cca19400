"""Pairing of color and depth blocks into captures."""

from __future__ import annotations

import numpy as np
import pytest

from kinect_sync.timing.pairing import pair_images
from kinect_sync.timing.table import MISSING

P = 33_333
CASES = [
    # (what the file holds, color, depth, delay, pairs)
    ("whole captures", [0, P], [0, P], 0, [(0, 0), (P, P)]),
    ("a delay of nearly a period", [0, P], [30_000, P + 30_000], 30_000, [(0, 30_000), (P, P + 30_000)]),
    ("a negative delay", [P, 2 * P], [P - 160, 2 * P - 160], -160, [(P, P - 160), (2 * P, 2 * P - 160)]),
    ("color missing in the middle", [0, 2 * P], [0, P, 2 * P], 0, [(0, 0), (MISSING, P), (2 * P, 2 * P)]),
    ("depth missing in the middle", [0, P, 2 * P], [0, 2 * P], 0, [(0, 0), (P, MISSING), (2 * P, 2 * P)]),
    ("color only", [0, P], [], 0, [(0, MISSING), (P, MISSING)]),
    ("depth only", [], [0, P], 0, [(MISSING, 0), (MISSING, P)]),
    ("nothing at all", [], [], 0, []),
]  # fmt: skip


@pytest.mark.parametrize(("case", "color", "depth", "delay", "pairs"), CASES, ids=[c[0] for c in CASES])
def test_images_are_paired_by_their_moment(case, color, depth, delay, pairs) -> None:
    found = pair_images(
        np.array(color, np.int64), np.array(depth, np.int64), depth_delay_us=delay, period_us=P
    )
    assert list(zip(*(each.tolist() for each in found), strict=True)) == pairs

"""Tell how much moves, as a number per row: which part of all depth has changed since the row before.

python examples/motion_meter.py --simulate
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np
from options import parser, run, stream

import kinect_sync as ks

MOVED_MM = 50
"""Ten times the noise of a Kinect at three metres."""


def moved_percent(now: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray]) -> float:
    """Return which part of the pixels that measured both times measured something else."""
    measured = moved = 0
    for name in now.keys() & before.keys():
        both = (now[name] > 0) & (before[name] > 0)
        apart_mm = np.abs(now[name][both].astype(np.int32) - before[name][both])
        measured += len(apart_mm)
        moved += np.count_nonzero(apart_mm > MOVED_MM)
    return 100 * moved / max(measured, 1)


def depth_of(row: ks.LiveRow) -> dict[str, np.ndarray]:
    """Copy the depth of a row, whose memory is written again soon; nothing where that was sooner."""
    try:
        held = row.hold()
    except ks.UsageError:
        return {}
    return {name: capture.depth for name, capture in held.items() if capture.hole is None}


def main() -> None:
    """Print a line per row."""
    told = parser(__doc__).parse_args()
    before: dict[str, np.ndarray] = {}
    with stream(told) as rows:
        for row in islice(rows, told.frames):
            if now := depth_of(row):
                percent = moved_percent(now, before)
                print(f"{row.pulse:6} {percent:6.2f} % {'#' * round(percent)}", flush=True)
                before = now


if __name__ == "__main__":
    run(main)

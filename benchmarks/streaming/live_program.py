"""A program that takes live rows and touches every image; it runs in a process of its own.

    python -m benchmarks.streaming.live_program RIG SECONDS [TAKES]

It records beside where there is a folder for takes. In each row it takes the JPEG, depth and IR of every
device, and reads in each which capture it really is of, as it is marked. Its stdout is what it took, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import kinect_sync as ks
from kinect_sync.steady import steady_ns
from tests.marking import read_color_mark, read_depth_mark


def touch(capture: Any) -> int | None:
    """Look at each image of a capture; return its number, as all of them must be marked."""
    if capture.hole is not None:
        return None
    marks = {read_color_mark(capture.color_jpeg), read_depth_mark(capture.depth), read_depth_mark(capture.ir)}
    (mark,) = marks
    return mark[1] if mark is not None else None


def take_rows(rig: str, seconds: float, takes: str | None) -> dict[str, Any]:
    """Take the rows of so many seconds, and return what came."""
    taken: list[dict[str, Any]] = []
    overwritten = 0
    with ks.stream(ks.load_rig(rig), duration_s=seconds, record=takes) as rows:
        for row in rows:
            given_ns = steady_ns()
            numbers = [touch(capture) for capture in row.values()]
            overwritten += not row.is_intact
            taken.append({"pulse": row.pulse, "given_ns": given_ns, "numbers": numbers})
    report = rows.report
    return {
        "rows": taken,
        "overwritten": overwritten,
        "verdict": report.verdict.value,
        "pulses": report.pulses,
        "complete": report.complete,
        "missed": report.missed,
        "late": sum(device.late for device in report.devices),
        "dropped": sum(device.dropped for device in report.devices),
        "findings": [finding.what for finding in report.findings],
    }


def main(arguments: Sequence[str]) -> None:
    rig, seconds, *takes = arguments
    json.dump(take_rows(rig, float(seconds), takes[0] if takes else None), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])

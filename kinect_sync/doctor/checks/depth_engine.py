"""Whether the depth engine is here: a closed library that computes depth on the GPU."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, problem
from kinect_sync.findings import model as declare
from kinect_sync.host.graphics import find_library
from kinect_sync.host.sdk import find_file

_LIBRARY = "libdepthengine.so.2.0"

DEPTH_ENGINE = declare.answer(
    "depth-engine",
    "The depth engine's library is not here: no depth without it.",
    "install `pyk4a-bundle`, which brings it, or the SDK's package libk4a1.4",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Look for it in pyk4a's wheel and where the loader would."""
    if not it.uses_depth:
        yield ok(DEPTH_ENGINE, "no device of this rig has its depth camera on")
        return
    place = find_file(it.host, "libdepthengine.so") or find_library(it.host, _LIBRARY)
    if place is None:
        yield problem(DEPTH_ENGINE, f"{_LIBRARY} is not here: no depth without it")
    else:
        yield ok(DEPTH_ENGINE, f"the depth engine is {place}")


CHECK = check.Check(
    "depth-engine", check.DEPTH_ENGINE, 30, run, lambda it: it.host.is_linux or not it.uses_depth
)

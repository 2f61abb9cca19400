"""Whether the libraries are here that the depth engine is linked to: libGL and libX11."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, problem
from kinect_sync.findings import model as declare
from kinect_sync.host.graphics import ENGINE_NEEDS, find_library

LIBRARY_GL = declare.answer(
    "library-gl",
    "libGL.so.1 is not here, and the depth engine is linked to it.",
    "install the graphics driver, or Mesa with `sudo apt install libgl1 libgl1-mesa-dri`",
)
LIBRARY_X11 = declare.answer(
    "library-x11",
    "libX11.so.6 is not here, and the depth engine is linked to it.",
    "install it with `sudo apt install libx11-6`",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Look for each where the loader would."""
    for library, kind in zip(ENGINE_NEEDS, (LIBRARY_GL, LIBRARY_X11), strict=True):
        place = find_library(it.host, library)
        if place is None:
            yield problem(kind, f"{library} is not here, and the depth engine is linked to it")
        else:
            yield ok(kind, f"{library} is {place}")


CHECK = check.Check(
    "graphics-libraries", check.DEPTH_ENGINE, 20, run, lambda it: it.host.is_linux and it.uses_depth
)

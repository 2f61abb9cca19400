"""Whether there is a display for the depth engine, a closed library that computes depth on the GPU.

On Linux it makes its OpenGL context through X11's GLX. Where that fails, start_cameras fails, and the SDK's
log says 204.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, problem, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.graphics import serves_display

DISPLAY = declare.answer(
    "display",
    "The depth engine needs OpenGL 4.4 through a display, and there is none that serves.",
    "run where somebody is logged in on the screen, and over ssh say which: export DISPLAY=:0",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Judge what DISPLAY names."""
    display = it.host.environment.get("DISPLAY", "")
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if not display:
        yield problem(DISPLAY, "DISPLAY is not set: the depth engine can't start (error 204)")
    elif local is None:
        told = f"DISPLAY is {display}, a screen elsewhere, which rarely has OpenGL 4.4 for this computer"
        yield warning(DISPLAY, told)
    elif not serves_display(it.host, local[1]):
        yield warning(DISPLAY, f"DISPLAY is {display}, but no X server listens there")
    else:
        yield ok(DISPLAY, f"DISPLAY is {display}, and an X server is there")


CHECK = check.Check("display", check.DEPTH_ENGINE, 10, run, lambda it: it.host.is_linux and it.uses_depth)

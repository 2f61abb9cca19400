"""Whether OpenGL is recent enough for the depth engine, which needs a 4.4 context (`dewrapper.c`).

Nothing is started here, so that the driver's version stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, unknown
from kinect_sync.findings import model as declare
from kinect_sync.host.graphics import ENGINE_NEEDS, find_library

OPENGL = declare.note(
    "opengl",
    "The version of OpenGL or DirectX is not told without starting it.",
    "run `glxinfo -B` on that display, and look for core profile version 4.4 or more",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Say where to look; without the libraries there is no driver to wonder about."""
    if it.host.system == "win32":
        told = (
            "the depth engine needs DirectX 11 or OpenGL 4.4, and Windows tells neither without starting it"
        )
        yield unknown(OPENGL, told, "look with `dxdiag` for feature level 11_0, and open k4aviewer once")
    elif not it.host.is_linux:
        told = f"the SDK has no depth engine for {it.host.system}"
        yield unknown(OPENGL, told, "use Linux or Windows on x64")
    elif all(find_library(it.host, library) for library in ENGINE_NEEDS):
        told = "only a started driver tells its OpenGL version, and the depth engine needs 4.4"
        yield unknown(OPENGL, told)


CHECK = check.Check("opengl", check.DEPTH_ENGINE, 50, run, lambda it: it.uses_depth)

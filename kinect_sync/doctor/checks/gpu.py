"""Whether there is a graphics device for the depth engine to compute on."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.graphics import GPU_NODES, find_gpu

GPU = declare.warning(
    "gpu",
    "There is no graphics device: the CPU would have to compute depth.",
    "install the graphics driver, or give the container its GPU",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Look for the node of one."""
    found = find_gpu(it.host)
    if found is None:
        looked = ", ".join(GPU_NODES)
        yield warning(GPU, f"there is no graphics device ({looked}): the CPU would have to compute depth")
    else:
        yield ok(GPU, f"a graphics device is there: {found}")


CHECK = check.Check("gpu", check.DEPTH_ENGINE, 40, run, lambda it: it.host.is_linux and it.uses_depth)

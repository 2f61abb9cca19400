"""Whether the depth engine can start: a closed library that computes depth on the GPU.

It needs an OpenGL 4.4 context (`dewrapper.c`), on Linux through X11's GLX: `libdepthengine.so.2.0` is linked
to libGL and libX11. Where that fails, start_cameras fails, and the SDK's log says 204. Nothing is started
here, so the driver's OpenGL version stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kinect_sync.findings import Kind
from kinect_sync.findings.host import DEPTH_ENGINE, DISPLAY, GPU, LIBRARY_GL, LIBRARY_X11, OPENGL
from kinect_sync.host.checks import CheckResult, ok, problem, unknown, warning
from kinect_sync.host.sdk import find_file
from kinect_sync.host.view import Host

_LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/lib64",
    "/usr/lib",
    "/usr/local/lib",
)
_LIBRARIES = {"libGL.so.1": LIBRARY_GL, "libX11.so.6": LIBRARY_X11}
_DEPTH_ENGINE = "libdepthengine.so.2.0"
_GPU_NODES = ("/dev/dri", "/dev/nvidia0", "/dev/nvhost-gpu")


def check_depth_engine(host: Host) -> tuple[CheckResult, ...]:
    """Check what the depth engine needs, without starting it."""
    if not host.is_linux:
        return (_elsewhere(host),)
    return tuple(_check(host))


def _elsewhere(host: Host) -> CheckResult:
    if host.system == "win32":
        return unknown(
            OPENGL,
            "the depth engine needs DirectX 11 or OpenGL 4.4, and Windows tells neither without starting it",
            "look with `dxdiag` for feature level 11_0, and open k4aviewer once",
        )
    return unknown(OPENGL, f"the SDK has no depth engine for {host.system}", "use Linux or Windows on x64")


def _check(host: Host) -> Iterator[CheckResult]:
    yield _judge_display(host)
    missing = False
    for library, kind in _LIBRARIES.items():
        place = find_library(host, library)
        missing = missing or place is None
        yield _judge_library(kind, library, place)
    yield _judge_engine(host)
    yield _judge_gpu(host)
    if not missing:
        yield unknown(
            OPENGL,
            "only a started driver tells its OpenGL version, and the depth engine needs 4.4",
        )


def _judge_display(host: Host) -> CheckResult:
    display = host.environment.get("DISPLAY", "")
    if not display:
        return problem(DISPLAY, "DISPLAY is not set: the depth engine can't start (error 204)")
    local = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if local is None:
        told = f"DISPLAY is {display}, a screen elsewhere, which rarely has OpenGL 4.4 for this computer"
        return warning(DISPLAY, told)
    if not _is_served(host, f"/tmp/.X11-unix/X{local[1]}"):
        return warning(DISPLAY, f"DISPLAY is {display}, but no X server listens there")
    return ok(DISPLAY, f"DISPLAY is {display}, and an X server is there")


def _is_served(host: Host, socket: str) -> bool:
    """Look for the X server's socket, as a file or by name alone."""
    if host.exists(socket):
        return True
    try:
        return re.search(rf"@{re.escape(socket)}$", host.read("/proc/net/unix"), re.MULTILINE) is not None
    except OSError:
        return False


def _judge_library(kind: Kind, library: str, place: str | None) -> CheckResult:
    if place is None:
        return problem(kind, f"{library} is not here, and the depth engine is linked to it")
    return ok(kind, f"{library} is {place}")


def _judge_engine(host: Host) -> CheckResult:
    place = find_file(host, "libdepthengine.so") or find_library(host, _DEPTH_ENGINE)
    if place is None:
        return problem(DEPTH_ENGINE, f"{_DEPTH_ENGINE} is not here: no depth without it")
    return ok(DEPTH_ENGINE, f"the depth engine is {place}")


def _judge_gpu(host: Host) -> CheckResult:
    found = next((node for node in _GPU_NODES if host.exists(node)), None)
    if found is None:
        return warning(
            GPU,
            f"there is no graphics device ({', '.join(_GPU_NODES)}): the CPU would have to compute depth",
        )
    return ok(GPU, f"a graphics device is there: {found}")


def find_library(host: Host, library: str) -> str | None:
    """Return where the loader would find a library; None where it would not."""
    cached = host.run(("/sbin/ldconfig", "-p")) or ""
    found = re.search(rf"^\s*{re.escape(library)} \(.*\) => (\S+)$", cached, re.MULTILINE)
    if found:
        return found[1]
    own = [folder for folder in host.environment.get("LD_LIBRARY_PATH", "").split(":") if folder]
    places = (f"{folder.rstrip('/')}/{library}" for folder in (*own, *_LIBRARY_FOLDERS))
    return next((place for place in places if host.exists(place)), None)

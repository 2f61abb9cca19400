"""Whether there is a display for the depth engine, a closed library that computes depth on the GPU.

On Linux it makes its OpenGL context through X11's GLX. Where that fails, start_cameras fails, and the SDK's
log says 204. Over ssh the X server's cookie (XAUTHORITY) is missing as often as DISPLAY.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, problem, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.graphics import is_over_ssh, serves_display, session_authority, x_authority
from kinect_sync.host.view import Host

DISPLAY = declare.answer(
    "display",
    "The depth engine needs OpenGL 4.4 through a display, and there is none that serves.",
    "run where somebody is logged in on the screen, and over ssh export DISPLAY=:0 and XAUTHORITY",
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
        yield _judge_cookie(it.host, display)


def _judge_cookie(host: Host, display: str) -> CheckResult:
    """Judge whether the X server lets this user in: without its cookie it does so at its own screen alone."""
    named, file = host.environment.get("XAUTHORITY"), x_authority(host)
    there = file is not None and host.exists(file)
    if named and not there:
        told = f"DISPLAY is {display}, and XAUTHORITY names {named}, which is not there"
        return warning(DISPLAY, told, _find_cookie(host))
    if is_over_ssh(host) and not there:
        told = f"DISPLAY is {display}, and over ssh nothing says where its X server's cookie is"
        return warning(DISPLAY, told, _find_cookie(host))
    return ok(DISPLAY, f"DISPLAY is {display}, and an X server is there")


def _find_cookie(host: Host) -> str:
    if found := session_authority(host):
        return f"export XAUTHORITY={found}"
    return "export XAUTHORITY as `echo $XAUTHORITY` says in a terminal on that screen"


CHECK = check.Check("display", check.DEPTH_ENGINE, 10, run, lambda it: it.host.is_linux and it.uses_depth)

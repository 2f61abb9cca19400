"""A worker of another host: `python -m tests.director.elsewhere ASSIGNMENT NAME HOURS`.

Everything is as in the worker's own process, but for a steady clock that is hours ahead, with which its
captures are stamped as well.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kinect_sync.benches.launching import read_assignment
from kinect_sync.benches.opening import open_bench
from kinect_sync.captures import Capture
from kinect_sync.host.identity import HostIdentity
from kinect_sync.worker.serving import serve
from kinect_sync.worker.site import Site


class AheadDevice:
    """A device whose captures reach a host that is ahead."""

    def __init__(self, device: Any, ahead_ns: int) -> None:
        self._device = device
        self._ahead_ns = ahead_ns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)

    def get_capture(self, timeout_ms: int) -> Capture | None:
        capture = self._device.get_capture(timeout_ms)
        return capture and replace(capture, host_time_ns=capture.host_time_ns + self._ahead_ns)


class AheadBench:
    """A bench on a host that is ahead."""

    def __init__(self, bench: Any, ahead_ns: int) -> None:
        self._bench = bench
        self._ahead_ns = ahead_ns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bench, name)

    def open(self, *arguments: Any) -> AheadDevice:
        return AheadDevice(self._bench.open(*arguments), self._ahead_ns)


def main(arguments: Sequence[str]) -> None:
    assignment, name, hours = read_assignment(arguments[0]), arguments[1], float(arguments[2])
    ahead_ns = round(hours * 3600e9)
    site = Site(
        takes=assignment.takes,
        host=HostIdentity(name=name, clock=f"the clock of {name}"),
        steady_ns=lambda: time.monotonic_ns() + ahead_ns,
    )
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(lambda: AheadBench(open_bench(assignment.bench), ahead_ns), os.fdopen(0, "rb"), events, site)


if __name__ == "__main__":
    main(sys.argv[1:])

"""The process of one device: whatever native libraries print there keeps nobody waiting."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.launching import Assignment, assignment_text, worker_environment
from kinect_sync.wire.messages import Inventory, Look, Ready, Stop, as_line, read_event
from tests.cli.commands import PATIENCE_S
from tests.virtual_k4a.bench import VirtualDevice
from tests.virtual_k4a.fixtures import MakeBench

ROOT = Path(__file__).parents[2]
WARNINGS = 5_000
"""Some 600 kB of log, where a pipe takes 64 kB."""


def test_a_director_that_does_not_listen_keeps_no_sdk_from_logging(virtual_k4a: MakeBench) -> None:
    bench = virtual_k4a([VirtualDevice("000123456712", warns=WARNINGS)])
    command = [
        sys.executable,
        "-m",
        "kinect_sync.benches.worker",
        assignment_text(Assignment(bench=Kinects())),
    ]
    environment = bench.environment() | worker_environment() | {"PYTHONPATH": str(ROOT)}
    environment["LD_PRELOAD"] = bench.environment()["LD_PRELOAD"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, cwd=ROOT, **pipes) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(as_line(Look()) + as_line(Stop()))
        worker.stdin.flush()
        try:
            worker.wait(timeout=PATIENCE_S)
        finally:
            worker.kill()
        events = worker.stdout.read().splitlines()
    ready, inventory = map(read_event, events)
    assert isinstance(ready, Ready)
    assert isinstance(inventory, Inventory)
    assert inventory.devices[0].serial == "000123456712"

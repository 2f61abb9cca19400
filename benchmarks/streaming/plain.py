"""Starts the programs over plain pyk4a, and reads what they print."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.streaming.stage import Stage

MODULE = "benchmarks.streaming.plain_programs"


def rows_of(stage: Stage, program: str, seconds: float, **plan: Any) -> list[list[int | None]]:
    """Run a program that finds rows for so many seconds, and return them."""
    process = _start(stage, program, {"devices": stage.plans(), "seconds": seconds, **plan})
    output, _ = process.communicate()
    if process.returncode:
        raise ValueError(f"{program} ended with {process.returncode}")
    rows: list[list[int | None]] = json.loads(output)
    return rows


@contextmanager
def readers(stage: Stage) -> Iterator[list[int]]:
    """Have a process for each device that reads and discards, the master's started last; yield their ids."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for plan in reversed(stage.plans()):
            processes.append(_start(stage, "discard", plan, stdin=subprocess.PIPE))
            _await_start(processes[-1])
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.communicate(b"")


def _start(stage: Stage, program: str, plan: object, **pipes: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", MODULE, program, json.dumps(plan)]
    environment = stage.bench.environment()
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, **pipes)


def _await_start(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is None or not process.stdout.readline():
        raise ValueError("a reader did not start")

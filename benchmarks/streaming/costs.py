"""What a run over virtual Kinects costs while it goes on: processor time per capture, and memory."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.processes import command_of, family, processor_s
from benchmarks.streaming.stage import Stage

SETTLE_S = 2.0
"""From the first second in which all devices gave captures to the moment from which costs count."""
LOOK_S = 0.5
PATIENCE_S = 90.0
PARTS = {"kinect_sync.benches.worker": "workers", "director": "director"}
"""What a process is, by what stands in its command line; the others are the program."""


@dataclass(frozen=True)
class Cost:
    """What a stretch of a run cost."""

    captures: int
    """That all devices gave meanwhile, by their journal."""
    processor_ms: Mapping[str, float]
    """Per capture, of each part of the run."""

    @property
    def all_ms(self) -> float:
        """Of all processes."""
        return sum(self.processor_ms.values())


def part_of(pid: int) -> str:
    """Return which part of a run a process is."""
    command = command_of(pid)
    return next((part for words, part in PARTS.items() if words in command), "program")


def measure(stage: Stage, pids: Sequence[int], seconds: float) -> Cost:
    """Wait until all devices give captures, then see for some seconds what these and their children cost."""
    await_running(stage)
    time.sleep(SETTLE_S)
    everyone = [each for pid in pids for each in family(pid)]
    before, from_ns = {pid: processor_s(pid) for pid in everyone}, time.monotonic_ns()
    time.sleep(seconds)
    after, until_ns = {pid: processor_s(pid) for pid in everyone}, time.monotonic_ns()
    captures = stage.delivered(from_ns, until_ns)
    spent: dict[str, float] = {}
    for pid in everyone:
        part = part_of(pid)
        spent[part] = spent.get(part, 0.0) + 1000 * (after[pid] - before[pid]) / captures
    return Cost(captures, spent)


def await_running(stage: Stage) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not stage.is_running():
        if time.monotonic() > until_s:
            raise ValueError("not all devices gave captures")
        time.sleep(LOOK_S)

"""From the bench that is wanted to one that can be opened: the command line and the library go this way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kinect_sync.benches.choice import BenchChoice, Kinects, Simulation
from kinect_sync.benches.playback import playback
from kinect_sync.benches.simulation import simulation
from kinect_sync.benches.wanted import LiveBench, Played, WantedBench
from kinect_sync.director.take import TakePlan
from kinect_sync.findings import Finding
from kinect_sync.rig.model import RigFields


@dataclass(frozen=True, slots=True)
class PreparedTake:
    """A take that can be recorded, and the bench to record it from."""

    plan: TakePlan
    """What was planned; of recordings, as far as they go."""
    bench: BenchChoice
    findings: tuple[Finding, ...] = ()
    """What is to be told before: of recordings that are played, or of the computer."""


@contextmanager
def prepared_take(plan: TakePlan, wanted: WantedBench) -> Iterator[PreparedTake]:
    """Prepare the bench of a take for as long as the context lasts.

    Raises UsageError where recordings can't be played as the rig says, and RigError where a file of faults
    can't be read.
    """
    if isinstance(wanted, Played):
        with playback(plan, wanted.folder, fast=wanted.fast) as planned:
            yield PreparedTake(planned.plan, planned.bench, planned.findings)
        return
    with _live_bench(plan.rig, wanted) as bench:
        yield PreparedTake(plan, bench)


@contextmanager
def prepared_bench(rig: RigFields, wanted: LiveBench) -> Iterator[BenchChoice]:
    """Prepare a bench for as long as the context lasts; RigError where a file of faults can't be read.

    Of what is not kept nobody sees an image: a room, which takes time to draw, is left out.
    """
    with _live_bench(rig, wanted) as bench:
        yield bench.without_room() if isinstance(bench, Simulation) else bench


@contextmanager
def _live_bench(rig: RigFields, wanted: LiveBench) -> Iterator[BenchChoice]:
    if isinstance(wanted, Kinects):
        yield wanted
        return
    with simulation(rig, wanted.faults) as bench:
        yield bench

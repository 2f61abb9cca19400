"""The bench that a command's options choose, and what the commands that ask one have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.preparing import prepared_bench
from kinect_sync.benches.wanted import LiveBench, Simulated
from kinect_sync.benches.workplaces import Lookouts, Workplaces, lookouts, own_lookouts, workplaces
from kinect_sync.cli.findings import show_findings, show_warnings
from kinect_sync.director.link import Launch
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.rig import Rig

EPILOG = "Exit codes: 0 {good}; 1 {bad}; 2 usage or rig file; 3 device or SDK; 130 interrupted."


def load_optional_rig(rig: str | None, simulate: str | None) -> Rig | None:
    """Load RIG where one is given; a simulated bench needs one, as that says what is there."""
    if rig is None:
        if simulate is not None:
            given = f" ({simulate!r} was taken for FAULTS)" if simulate else ""
            raise click.UsageError(
                f"--simulate simulates what a rig file describes: name RIG before it{given}"
            )
        return None
    loaded = load_rig(rig)
    show_warnings(loaded.warnings)
    return loaded.rig


@contextmanager
def chosen_bench(rig: Rig | None, simulate: str | None) -> Iterator[Launch]:
    """Choose Kinects of this computer, or a simulation of the rig, and give what starts a worker there."""
    if rig is None:
        yield worker_launcher(Kinects())
        return
    with prepared_bench(rig, wanted_bench(simulate)) as bench:
        yield worker_launcher(bench)


@contextmanager
def chosen_workplaces(rig: Rig, simulate: str | None, studio: Path) -> Iterator[Workplaces]:
    """Choose Kinects, or a simulation of the rig, wherever its devices are."""
    with prepared_bench(rig, wanted_bench(simulate)) as bench, workplaces(rig, bench, studio) as work:
        show_findings(work.findings)
        yield work


@contextmanager
def chosen_lookouts(rig: Rig | None, simulate: str | None, studio: Path) -> Iterator[Lookouts]:
    """Choose the bench, wherever its devices may be, and give what looks at it there."""
    if rig is None:
        yield own_lookouts(Kinects())
        return
    with prepared_bench(rig, wanted_bench(simulate)) as bench, lookouts(rig, bench, studio) as out:
        show_findings(out.findings)
        yield out


def wanted_bench(simulate: str | None) -> LiveBench:
    """Return the bench that --simulate says, or else Kinects."""
    if simulate is None:
        return Kinects()
    return Simulated(faults=Path(simulate) if simulate else None)

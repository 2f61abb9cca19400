"""What stands in for Kinects in a run: a simulated rig, or recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from kinect_sync.benches.wanted import Played, WantedBench
from kinect_sync.cli.bench import wanted_bench


@dataclass(frozen=True, slots=True)
class StandIn:
    """What --simulate, --playback and --fast say, if anything."""

    simulate: str | None
    playback: Path | None
    fast: bool

    @property
    def wanted(self) -> WantedBench:
        """The bench that is meant."""
        if self.playback is not None:
            return Played(folder=self.playback, fast=self.fast)
        return wanted_bench(self.simulate)

    def check(self) -> None:
        """Refuse options that say different things, or go with one that is not there."""
        if self.simulate is not None and self.playback is not None:
            raise click.UsageError("--simulate and --playback both say what to record: give one of them")
        if self.fast and self.playback is None:
            raise click.UsageError("--fast says how to play recordings: give them with --playback")

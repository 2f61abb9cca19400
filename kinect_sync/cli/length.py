"""How long a run is, as operators say it: in seconds, in captures of each device, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import click

from kinect_sync.timing.pulses import pulses_in


@dataclass(frozen=True, slots=True)
class Length:
    """What --duration and --captures say, if anything."""

    seconds: float | None
    captures: int | None

    def check(self) -> None:
        """Refuse to be told twice."""
        if self.seconds is not None and self.captures is not None:
            raise click.UsageError("--duration and --captures both say how long: give one of them")

    def pulses(self, fps: int) -> int | None:
        """Return it in pulses; None where the run goes on until somebody ends it."""
        return self.captures or (pulses_in(self.seconds, fps) if self.seconds else None)

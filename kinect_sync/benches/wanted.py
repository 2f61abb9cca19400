"""Which bench somebody wants, said before it is known what will be on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.benches.choice import Kinects
from kinect_sync.values import Value


class Simulated(Value):
    """The rig, simulated."""

    kind: Literal["simulated"] = "simulated"
    faults: Path | None = None
    """A YAML file with what is wrong with it."""


class Played(Value):
    """Recordings, played as if their devices were there."""

    kind: Literal["played"] = "played"
    folder: Path
    """A take, or a folder of MKV files that were recorded together."""
    fast: bool = False
    """As fast as they can be read, not in real time."""


WantedBench = Annotated[Kinects | Simulated | Played, Field(discriminator="kind")]
"""A bench to record from."""
LiveBench = Kinects | Simulated
"""A bench whose devices answer whatever they are asked; played ones do no more than they did."""

"""How soon a rig records, and how soon a dead cable is named: from the command, over virtual Kinects.

    python -m benchmarks.starting [--turns N] [--json]

The real command, pyk4a and libk4a's data structures start nine virtual devices that take 1.5 s each to open,
as real ones do; and a chain of three fast ones whose second cable is plugged and broken. Told are seconds,
the median of some turns and their range: until the first device records, and until the sentence is there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.cli.commands import CONFIGS, Command, ksync
from tests.virtual_k4a.bench import VirtualBench, chain

NINE = CONFIGS / "daisy_chain_9.yaml"
THREE = CONFIGS / "daisy_chain_3.yaml"
OPEN_US = 1_500_000
"""What a real device takes to open, about."""


def serials_of(rig: Path) -> list[str]:
    """Return the serial numbers of a rig, master first."""
    from kinect_sync.rig.loading import load_rig

    return [device.serial for device in load_rig(rig).rig.devices]


def seconds_until(words: bytes, command: Command, began_s: float) -> float:
    """Return how long it took from the start of the command until its talk had these words."""
    if command.process.stderr is None:
        raise ValueError("the command's talk is not kept")
    for line in command.process.stderr:
        if words in line:
            return time.perf_counter() - began_s
    raise ValueError(f"the command ended and never said {words!r}")


def time_until(words: bytes, bench: VirtualBench, *arguments: object) -> float:
    """Run `ksync start` over a bench until it says something."""
    began_s = time.perf_counter()
    with ksync("start", *arguments, environment=bench.environment()) as command:
        return seconds_until(words, command, began_s)


def first_pulse_of_nine(folder: Path) -> float:
    bench = VirtualBench(
        folder / "bench", [replace(each, open_us=OPEN_US) for each in chain(*serials_of(NINE))]
    )
    return time_until(b": recording", bench, NINE, "-o", folder, "--captures", 1)


def cable_named(folder: Path) -> float:
    master, left, right = chain(*serials_of(THREE))
    bench = VirtualBench(folder / "bench", [master, left, replace(right, cut=True)])
    return time_until(b"cable", bench, THREE, "-o", folder, "--captures", 1)


def tell(name: str, seconds: Sequence[float]) -> None:
    """Print the median of some turns, and their range."""
    print(f"{name:<52}{statistics.median(seconds):6.1f} s  ({min(seconds):.1f} to {max(seconds):.1f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    measured: dict[str, list[float]] = {}
    for name, measure in (
        ("nine devices of 1.5 s each, until the first records", first_pulse_of_nine),
        ("a dead cable in a chain of three, until it is named", cable_named),
    ):
        for _ in range(arguments.turns):
            with tempfile.TemporaryDirectory() as folder:
                measured.setdefault(name, []).append(measure(Path(folder)))
    if arguments.as_json:
        print(json.dumps(measured, indent=2))
        return
    for name, seconds in measured.items():
        tell(name, seconds)


if __name__ == "__main__":
    main()

"""Live rows over virtual Kinects: what they cost, how old they are, and which pulses become one at all.

    python -m benchmarks.stream [--only PART ...] [--devices N] [--seconds S] [--rounds N] [--stopped S]
                                [--directory DIR] [--json]

The real pyk4a and libk4a's data structures run over devices whose images are made on the same processors.

- `cost`: devices at 30 fps, 720p MJPG and NFOV unbinned. Processor time of all processes for each capture: of
  a program that takes rows with `ks.stream` and touches every image, against plain pyk4a readers, a process
  for each device, that discard what they read; and of the same while it records, against `ksync start`. All
  of them by turns; of each way the run is told that is the middle one by its time. Of rows, how many were
  whole, and how long before they were given the SDK had returned their last capture.
- `rows`: how many of the whole pulses become a row, for good clocks, for clocks that drift, for captures that
  are dropped, and with a depth delay: by `ks.stream`; by the way of Microsoft's green_screen, which compares
  color, or depth where it is told so; and by a loop that reads the devices by turns. What mixes pulses is
  counted, too. The sample waits for ever for a capture, and for 60 s for a row, and then ends its program;
  here it is ended with the time.
- `memory`: of the program, its director and the workers at its peak, and of the rings; and what a recording
  loses when the program beside it is stopped (SIGSTOP), and how the memory of the others grows meanwhile.

Processes are looked at in /proc: Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.processes import Peak, anonymous_megabytes, family, mapped_megabytes
from benchmarks.streaming.costs import SETTLE_S, Cost, await_running, measure, part_of
from benchmarks.streaming.live import ages_ms, first_in, live, numbers_in, taken_by
from benchmarks.streaming.plain import readers, rows_of
from benchmarks.streaming.stage import CONDITIONS, FPS, Condition, Stage, count_rows, set_up
from tests.cli.commands import ksync

BEFORE_S = 5.0
"""What a run takes longer than what is measured of it."""
PLAIN, START = "plain pyk4a readers", "ksync start"
STREAM, RECORDING = "ks.stream", "ks.stream, recording"
AGAINST = {STREAM: PLAIN, RECORDING: START}
COUNTED = ("captures", "pulses", "given", "whole", "overwritten", "lost")
Figures = dict[str, Any]

# --- what it costs --------------------------------------------------------------------------------------


def cost_of_plain(stage: Stage, seconds: float, _takes: Path) -> Figures:
    with readers(stage) as pids:
        return told(measure(stage, pids, seconds))


def cost_of_start(stage: Stage, seconds: float, takes: Path) -> Figures:
    options = ["-o", takes, "--duration", seconds + BEFORE_S, "--quiet", "--json"]
    with ksync("start", stage.rig, *options, environment=stage.bench.environment()) as command:
        cost = measure(stage, [command.process.pid], seconds)
        report = command.finish().report
    return told(cost) | {"lost": sum(device["dropped"] for device in report["devices"])}


def cost_of_stream(stage: Stage, seconds: float, takes: Path | None) -> Figures:
    with live(stage, seconds + BEFORE_S, takes) as command:
        cost = measure(stage, [command.process.pid], seconds)
        taken = taken_by(command)
    return told(cost) | rows_told(stage, taken)


def told(cost: Cost) -> Figures:
    return {"captures": cost.captures, "ms": cost.all_ms, "parts_ms": dict(cost.processor_ms)}


def rows_told(stage: Stage, taken: Figures) -> Figures:
    ages = sorted(ages_ms(stage, taken))
    return {
        "pulses": taken["pulses"],
        "given": len(taken["rows"]),
        "whole": sum(None not in row["numbers"] for row in taken["rows"]),
        "overwritten": taken["overwritten"],
        "lost": taken["dropped"],
        "age_ms": {"median": statistics.median(ages), "99 %": ages[int(len(ages) * 0.99)], "most": ages[-1]},
    }


WAYS: dict[str, Callable[[Stage, float, Path], Figures]] = {
    PLAIN: cost_of_plain,
    STREAM: lambda stage, seconds, _: cost_of_stream(stage, seconds, None),
    START: cost_of_start,
    RECORDING: cost_of_stream,
}


def compare_costs(options: argparse.Namespace) -> Figures:
    """Measure all ways by turns."""
    rounds = [measure_all(options) for _ in range(options.rounds)]
    found = {way: middle([each[way] for each in rounds]) for way in WAYS}
    for way, other in AGAINST.items():
        ratios = sorted(each[way]["ms"] / each[other]["ms"] for each in rounds)
        found[way] |= {"ratio": statistics.median(ratios), "ratios": ratios}
    return found


def measure_all(options: argparse.Namespace) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for way, measured in WAYS.items():
        with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.directory) as folder:
            stage = set_up(Path(folder) / "stage", None, 0, options.devices)
            found[way] = measured(stage, options.seconds, Path(folder) / "takes")
    return found


def middle(runs: list[Figures]) -> Figures:
    """Return the run that is the middle one by its time, with what is counted of all runs."""
    run = sorted(runs, key=lambda each: each["ms"])[len(runs) // 2]
    return run | {count: sum(each[count] for each in runs) for count in COUNTED if count in run}


# --- which pulses become a row --------------------------------------------------------------------------


def rows_by_stream(stage: Stage, seconds: float) -> Figures:
    with live(stage, seconds) as command:
        taken = taken_by(command)
    return count_rows(numbers_in(taken), stage.whole_pulses(round(seconds * FPS), first_in(taken)))


def rows_by(program: str, **plan: bool) -> Callable[[Stage, float], Figures]:
    """Return what looks for rows by a program over plain pyk4a, for a second more than is counted."""

    def count(stage: Stage, seconds: float) -> Figures:
        rows = rows_of(stage, program, seconds + 1.0, **plan)
        return count_rows(rows, stage.whole_pulses(round(seconds * FPS)))

    return count


FINDERS: dict[str, Callable[[Stage, float], Figures]] = {
    STREAM: rows_by_stream,
    "green_screen, by color": rows_by("green_screen", by_depth=False),
    "green_screen, by depth": rows_by("green_screen", by_depth=True),
    "read by turns": rows_by("by_luck"),
}


def compare_rows(options: argparse.Namespace) -> Figures:
    """Look for rows in every way under every condition."""
    found: Figures = {}
    for condition in CONDITIONS:
        found[condition.name] = {
            way: find_rows(condition, find, options.devices, options.seconds) for way, find in FINDERS.items()
        }
    return found


def find_rows(
    condition: Condition, find: Callable[[Stage, float], Figures], devices: int, seconds: float
) -> Figures:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        return find(set_up(Path(folder) / "stage", condition, round(seconds * FPS), devices), seconds)


# --- memory ---------------------------------------------------------------------------------------------


def look_at_memory(options: argparse.Namespace) -> Figures:
    """Stop a program beside a recording, and see what it and the others have of memory."""
    seconds = BEFORE_S + 2 * options.stopped
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.directory) as folder:
        stage = set_up(Path(folder) / "stage", None, 0, options.devices)
        with live(stage, seconds, Path(folder) / "takes") as command:
            pid = command.process.pid
            peak = Peak(pid, part_of)
            await_running(stage)
            time.sleep(SETTLE_S)
            rings, sizes = mapped_megabytes(pid, ".ring"), [others_megabytes(pid)]
            time.sleep(options.stopped)
            sizes.append(others_megabytes(pid))
            os.kill(pid, signal.SIGSTOP)
            time.sleep(options.stopped)
            sizes.append(others_megabytes(pid))
            os.kill(pid, signal.SIGCONT)
            taken, peaks = taken_by(command), peak.stop()
    return {
        "megabytes": {part or "all": size for part, size in peaks.items()},
        "rings_megabytes": rings,
        "grown_megabytes": {"before": sizes[1] - sizes[0], "stopped": sizes[2] - sizes[1]},
        "missed": taken["missed"],
        "lost": taken["dropped"],
        "pulses": taken["pulses"],
        "stopped_s": options.stopped,
    }


def others_megabytes(program: int) -> float:
    """Return the memory that director and workers have allocated; rings are files in memory."""
    return sum(anonymous_megabytes(each) for each in family(program) if each != program)


# --- what is told ---------------------------------------------------------------------------------------


def tell_costs(found: Figures) -> None:
    for way, each in found.items():
        parts = ", ".join(f"{part} {spent:.2f}" for part, spent in each["parts_ms"].items())
        line = f"{way}: {each['ms']:.2f} ms of processor time a capture ({parts})"
        if "ratio" in each:
            low, high = each["ratios"][0], each["ratios"][-1]
            line += f"; {each['ratio']:.2f} ({low:.2f} to {high:.2f}) times {AGAINST[way]}"
        print(line)
        if "given" in each:
            ages = ", ".join(f"{name} {age:.1f} ms" for name, age in each["age_ms"].items())
            whole = f"{each['whole']} of {each['pulses']} rows whole, {each['overwritten']} overwritten"
            print(f"  {whole}; given after {ages}")
        if "lost" in each:
            print(f"  {each['lost']} captures lost")


def tell_rows(found: Figures) -> None:
    for condition, ways in found.items():
        print(f"{condition}:")
        for way, each in ways.items():
            share = 100 * each["rows"] / each["whole"]
            mixed = f", {each['mixed']} that mix pulses" if each["mixed"] else ""
            print(f"  {way}: {share:.1f} % of the whole pulses ({each['rows']} of {each['whole']}){mixed}")


def tell_memory(found: Figures) -> None:
    sizes = ", ".join(f"{part} {size:.0f} MB" for part, size in found["megabytes"].items())
    grown = found["grown_megabytes"]
    print(f"memory at its peak: {sizes}; rings of {found['rings_megabytes']:.0f} MB")
    print(
        f"the program stopped for {found['stopped_s']:.0f} s: {found['missed']} rows missed, {found['lost']} "
        f"captures lost; director and workers grew by {grown['stopped']:.1f} MB, and in as long before by "
        f"{grown['before']:.1f} MB"
    )


PARTS = {
    "cost": (compare_costs, tell_costs),
    "rows": (compare_rows, tell_rows),
    "memory": (look_at_memory, tell_memory),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--devices", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=10.0, help="what is measured of each run")
    parser.add_argument("--rounds", type=int, default=3, help="how often each cost is measured")
    parser.add_argument(
        "--stopped", type=float, default=5.0, help="for how many seconds a program is stopped"
    )
    parser.add_argument("--directory", type=Path, help="a disk to record to")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    results = {part: PARTS[part][0](options) for part in options.only}
    if options.as_json:
        print(json.dumps(results, indent=2))
        return
    for part, found in results.items():
        PARTS[part][1](found)


if __name__ == "__main__":
    main()

"""What a take loses when it is disturbed at any moment: signals to the command and to its workers, at random.

    python -m benchmarks.trials [--rounds N] [--at-once N] [--seed N] [--directory DIR] [--json]

Each round records three simulated cameras by the real command and disturbs it once, between its first
instant and its last. Then everything is held against everything: no process is left, nothing is said in a
traceback, index, report and files agree, every row is one true pulse (the images are marked with it), and
recordings that nobody closed open in libk4arecord. Told are, for each way, how often it was tried, how it
ended, and the captures that other devices than the disturbed one lost. Processes are found in /proc: Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.cli.commands import CONFIGS, Command, Ended, ksync, run_ksync
from tests.cli.read_back import check_bookkeeping, read_recorded, read_rows, read_take

RIG = CONFIGS / "daisy_chain_3.yaml"
NAMES = ("front", "left", "right")
DURATION_S = 3.0
LATEST_S = 9.0
"""From the command to its last word, about."""
UNKNOWN = "unknown"
"""A worker that had no file yet."""
LEAVE_S = 30.0
"""What workers may take to leave whose director was killed: a device gets 15 s to close."""


@dataclass
class Trial:
    """One round."""

    way: str
    at_s: float
    ended: str = ""
    disturbed: str | None = None
    holes: Counter[str] = field(default_factory=Counter)
    """Of the devices that were left alone, by reason."""
    faults: list[str] = field(default_factory=list)
    """What should not have been."""


Disturb = Callable[[Command, random.Random], str | None]
"""Disturbs a run; returns the device that was hit, if it was one."""


def interrupt(command: Command, _chance: random.Random, *, number: int) -> None:
    command.process.send_signal(number)


def hit_worker(command: Command, chance: random.Random, *, numbers: tuple[int, ...]) -> str | None:
    """Send signals to one worker, up to five seconds apart."""
    workers = command.workers()
    if not workers:
        return None
    worker = chance.choice(workers)
    device = next((Path(name).stem for name in worker.files), None)
    _send([worker.pid], numbers, chance)
    return device or UNKNOWN


def pause_all(command: Command, chance: random.Random) -> None:
    """Pause everything, as a virtual machine or a container is paused."""
    _send([command.process.pid, *command.processes()], (signal.SIGSTOP, signal.SIGCONT), chance)


def _send(pids: list[int], numbers: tuple[int, ...], chance: random.Random) -> None:
    for position, number in enumerate(numbers):
        if position:
            time.sleep(chance.uniform(0.2, 5.0))
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


WAYS: dict[str, Disturb] = {
    "SIGINT to the command": partial(interrupt, number=signal.SIGINT),
    "SIGTERM to the command": partial(interrupt, number=signal.SIGTERM),
    "SIGKILL to the command": partial(interrupt, number=signal.SIGKILL),
    "SIGKILL to a worker": partial(hit_worker, numbers=(signal.SIGKILL,)),
    "a worker stands still for a while": partial(hit_worker, numbers=(signal.SIGSTOP, signal.SIGCONT)),
    "a worker stands still, then SIGKILL": partial(hit_worker, numbers=(signal.SIGSTOP, signal.SIGKILL)),
    "everything stands still for a while": pause_all,
}


def run_trial(way: str, directory: Path, seed: int) -> Trial:
    """Record, disturb, and hold everything against everything."""
    chance = random.Random(seed)
    trial = Trial(way, chance.uniform(0.0, LATEST_S))
    arguments = ["start", RIG, "-o", directory, "--name", "take", "--simulate", "--duration", DURATION_S]
    with ksync(*arguments, start_new_session=True) as command:
        time.sleep(trial.at_s)
        trial.disturbed = WAYS[way](command, chance)
        ended = command.finish()
        _await_none(command)
        left = command.processes()
    trial.ended = f"exit code {ended.code}"
    if left:
        trial.faults.append(f"{len(left)} processes are left")
    if "Traceback" in ended.err:
        trial.faults.append(ended.err)
    try:
        _check_take(directory / "take", ended, trial)
    except Exception as error:
        trial.faults.append(f"{type(error).__name__}: {error}")
    return trial


def _await_none(command: Command) -> None:
    deadline_s = time.monotonic() + LEAVE_S
    while command.processes() and time.monotonic() < deadline_s:
        time.sleep(0.1)


def _check_take(folder: Path, ended: Ended, trial: Trial) -> None:
    if not (folder / "take.json").is_file():
        return
    state = json.loads((folder / "take.json").read_text())["state"]
    if state == "recording":
        if ended.code >= 0:
            trial.faults.append(f"take.json was not completed, with exit code {ended.code}")
        _check_unfinished(folder)
        return
    if not all((folder / f"{name}.mkv").is_file() for name in NAMES):
        _check_never_begun(folder, trial)
        return
    take = read_take(folder)
    check_bookkeeping(take)
    for name in NAMES:
        if trial.disturbed not in (name, UNKNOWN):
            trial.holes.update(take.holes(name).values())


def _check_never_begun(folder: Path, trial: Trial) -> None:
    """See that a device without a file is the one that was hit, before it had captured anything."""
    report = json.loads((folder / "take.json").read_text())["report"]
    for device in report["devices"]:
        missing = not (folder / f"{device['name']}.mkv").is_file()
        if missing and (trial.disturbed not in (device["name"], UNKNOWN) or device["captures"]):
            raise ValueError(f"{device['name']} has no file, and captured {device['captures']}")
    trial.ended += ", before its file was begun"


def _check_unfinished(folder: Path) -> None:
    """See that every recording opens, and that the rows which were decided are of their pulses."""
    recorded = {
        name: read_recorded(folder / f"{name}.mkv").pulses
        for name in NAMES
        if (folder / f"{name}.mkv").is_file() and (folder / f"{name}.mkv").stat().st_size
    }
    rows = read_rows(folder / "alignment.csv") if (folder / "alignment.csv").is_file() else []
    for name, pulses in recorded.items():
        told = [cell.capture for row in rows if (cell := row[name]).capture is not None]
        if told != list(range(len(told))) or len(told) > len(pulses):
            raise ValueError(f"{name}: the index tells of captures that the file has not")
    inspected = run_ksync("inspect", folder)
    if inspected.code not in (0, 1):
        raise ValueError(f"inspect: exit code {inspected.code}: {inspected.err}")


def tell(trials: list[Trial]) -> None:
    """Print a line for each way."""
    for way in WAYS:
        mine = [trial for trial in trials if trial.way == way]
        ends = ", ".join(f"{count} x {end}" for end, count in Counter(trial.ended for trial in mine).items())
        holes: Counter[str] = sum((trial.holes for trial in mine), Counter())
        lost = ", ".join(f"{count} {reason}" for reason, count in holes.items()) or "none"
        print(f"{way}: {len(mine)} times: {ends}; holes of devices that were left alone: {lost}")
    for trial in trials:
        for fault in trial.faults:
            print(f"FAULT {trial.way} at {trial.at_s:.2f} s ({trial.ended}): {fault}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="of each way")
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", type=Path, help="where to record (a new folder here, removed after)")
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    ways = [way for _ in range(arguments.rounds) for way in WAYS]
    with (
        tempfile.TemporaryDirectory(prefix="trials-", dir=arguments.directory) as folder,
        ThreadPoolExecutor(arguments.at_once) as crowd,
    ):
        rounds = [
            crowd.submit(run_trial, way, Path(folder) / str(number), arguments.seed + number)
            for number, way in enumerate(ways)
        ]
        trials = [each.result() for each in rounds]
    if arguments.as_json:
        print(json.dumps([vars(trial) for trial in trials], indent=2))
    else:
        tell(trials)
    sys.exit(any(trial.faults for trial in trials))


if __name__ == "__main__":
    main()

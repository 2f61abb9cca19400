"""Sets that libk4arecord writes over virtual Kinects, in one process per device, as k4arecorder does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.errors import KsyncError
from kinect_sync.review.inspection.examining import Examination
from kinect_sync.review.inspection.members import Member
from kinect_sync.takes.mkv.reader import read_recording
from tests.cli.commands import PATIENCE_S, wait_until
from tests.virtual_k4a.bench import VirtualBench

ROOT = Path(__file__).parents[2]


def record_as_k4arecorder_does(
    bench: VirtualBench,
    folder: Path,
    plans: Mapping[int, Mapping[str, Any]],
    *,
    pause_s: float = 0.0,
    then: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Record devices in processes of their own, started in the order of the plans, `pause_s` in between.

    `then` is done when all are started. Returns the files in the order of the devices.
    """
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        started = []
        for index, wanted in plans.items():
            time.sleep(pause_s if started else 0.0)  # a late start is a matter of real time
            plan = {"index": index, "target": str(folder / _file(index)), **wanted}
            started.append((_start(stack, bench, plan), plan))
        then()
        by_end = sorted(started, key=lambda each: "until_told" in each[1])
        for process, plan in by_end:
            _finish(process, plan)
    return [folder / _file(index) for index in sorted(plans)]


def _file(index: int) -> str:
    return f"device-{index}.mkv"


def _start(stack: ExitStack, bench: VirtualBench, plan: dict[str, Any]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.review.sdk_recorder", json.dumps(plan)]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, env=bench.environment(), **pipes))
    stack.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    return process


def wait_for_writer(path: Path, captures: int) -> None:
    """Wait for the SDK's own thread, which writes the file, and is two seconds behind at most."""

    def images() -> int:
        try:
            return len(read_recording(path).color_us)
        except KsyncError:  # its beginning is half written
            return 0

    wait_until(lambda: images() > captures // 4, "the thread that writes the file is not far behind")


def _finish(process: subprocess.Popen[bytes], plan: Mapping[str, Any]) -> None:
    if "stop_after" in plan:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        wait_for_writer(Path(plan["target"]), plan["stop_after"])
        process.kill()
        process.communicate()
        return
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err.decode()


def check_against_the_log(bench: VirtualBench, examination: Examination, names: Sequence[str]) -> None:
    """The alignment is the one that the log of the virtual devices gives: each row, each hole, both ends.

    `names` are the recordings' names in the order of the bench's devices. Those that were left out of the
    alignment are left out here.
    """
    table = examination.table
    assert table is not None
    members = {each.name: each for each in examination.members}
    serials = dict(zip(names, (each.serial for each in bench.devices), strict=True))
    columns = [pulses_of(bench, serials[each.name], members[each.name]) for each in table.devices]
    # What the recorder's death cut off is beyond the end.
    whole = [
        {pulse for pulse, number in column.items() if number != members[each.name].cut_off}
        for each, column in zip(table.devices, columns, strict=True)
    ]
    common = sorted(set.intersection(*whole))
    # A take goes on where a device is lost, other sets end with the last pulse that all files have.
    taken = examination.sources.manifest is not None
    rows = range(common[0], max(map(max, columns)) + 1 if taken else common[-1] + 1)
    wanted = [[column.get(pulse, -1) for column in columns] for pulse in rows]
    assert np.array_equal(table.captures, wanted), _first_difference(table.captures.tolist(), wanted)


def pulses_of(bench: VirtualBench, serial: str, member: Member) -> dict[int, int]:
    """The pulse that each capture of a file was taken at, by the log, and its number in the file."""
    log = bench.log(serial)
    by_color = {each.color_usec: each.number for each in log if each.color_usec >= 0}
    by_depth = {each.depth_usec: each.number for each in log if each.depth_usec >= 0}
    times = zip(member.stamps.color_us.tolist(), member.stamps.depth_us.tolist(), strict=True)
    pulses = [by_color[color] if color in by_color else by_depth[depth] for color, depth in times]
    return {pulse: capture for capture, pulse in enumerate(pulses)}


def _first_difference(found: list[list[int]], wanted: list[list[int]]) -> str:
    rows = zip(found, wanted, strict=False)
    differs = next(((row, *pair) for row, pair in enumerate(rows) if pair[0] != pair[1]), None)
    return f"{len(found)} rows, and the log says {len(wanted)}; first difference {differs}"

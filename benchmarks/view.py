"""What a viewer costs: nine simulated cameras that record, and nobody, somebody or ten who look.

    python -m benchmarks.view [--directory DIR] [--seconds S] [--rounds N] [--json]

Rounds go through all ways by turns, so that what else the computer does meets each alike. Told are for each
way the captures that were lost, the most that waited for the disk, the viewer's processor time as a share
of one core while a page pulled ten times a second, its memory at its peak, and how long the first pictures
of all cameras took from the page's address. Processes are looked at in /proc: Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path

from benchmarks.processes import peak_megabytes, processor_s
from kinect_sync.viewer.serving.files import page_files
from tests.cli.commands import CONFIGS
from tests.cli.programs import Program
from tests.cli.reaper import read_proc
from tests.viewer.pulling import Browser

RIG = CONFIGS / "daisy_chain_9.yaml"
PERIOD_S = 0.1
"""How often a page asks."""
HANGS_AFTER_S = 2.0


@dataclass
class Run:
    """One take."""

    way: str
    lost: int
    captures: int
    waited_megabytes: float
    core_percent: float | None = None
    megabytes: float | None = None
    first_s: float | None = None
    pulls_per_s: float | None = None


# --- whoever looks --------------------------------------------------------------------------------------


def look(address: str) -> None:
    """Pull as the page does until it is ended; say the time of the first pull, and then each that ends."""
    began_s = time.monotonic()
    browser, query = Browser(address).enter(), "size=full"
    while True:
        at_s = time.monotonic()
        try:
            answered = browser.pull(query)
        except (OSError, HTTPException):  # the viewer was killed, also in the middle of an answer
            return
        if answered.status != 200:  # it is too busy
            continue
        devices = answered.head["devices"]
        query = "size=full&since=" + ",".join(f"{each['name']}:{each['stamp']}" for each in devices)
        print(
            f"{time.monotonic() - began_s:.3f} {sum(each['color'] is not None for each in devices)}",
            flush=True,
        )
        time.sleep(max(0.0, PERIOD_S - (time.monotonic() - at_s)))


@contextmanager
def looking(address: str, many: int = 1) -> Iterator[list[subprocess.Popen[str]]]:
    """So many pages, each in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.view", "--look", address]
    pages = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(many)]
    try:
        yield pages
    finally:
        for page in pages:
            page.kill()
            page.wait()


# --- takes ----------------------------------------------------------------------------------------------

Disturb = Callable[[int, list[subprocess.Popen[str]]], None]
"""Disturbs a viewer, by its process, or the pages."""


def nothing(_viewer: int, _pages: list[subprocess.Popen[str]]) -> None:
    """Let all go on."""


def stop_viewer(viewer: int, _pages: list[subprocess.Popen[str]]) -> None:
    os.kill(viewer, signal.SIGSTOP)


def kill_viewer(viewer: int, _pages: list[subprocess.Popen[str]]) -> None:
    os.kill(viewer, signal.SIGKILL)


def stop_pages(_viewer: int, pages: list[subprocess.Popen[str]]) -> None:
    for page in pages:
        page.send_signal(signal.SIGSTOP)


WAYS: dict[str, tuple[int, Disturb]] = {
    "one page": (1, nothing),
    "ten pages": (10, nothing),
    "the page stands still": (1, stop_pages),
    "the viewer stands still": (1, stop_viewer),
    "the viewer is killed": (1, kill_viewer),
}
WITHOUT = "no viewer"


def record(way: str, directory: Path, seconds: float) -> Run:
    """Record nine cameras, looked at in one way."""
    arguments = ["start", RIG, "--simulate", "--quiet", "--json", "--duration", seconds, "-o", directory]
    recorder = Program(*arguments, "--name", "take", *([] if way == WITHOUT else ["--view"]))
    try:
        run = Run(way, 0, 0, 0.0)
        if way != WITHOUT:
            watch(recorder, run, seconds, *WAYS[way])
        report = recorder.wait().report
        run.captures = sum(each["captures"] for each in report["devices"])
        run.lost = sum(each["dropped"] for each in report["devices"])
        run.waited_megabytes = most_waited(directory / "take" / "load.csv")
    finally:
        recorder.end()
        shutil.rmtree(directory / "take", ignore_errors=True)
    return run


def watch(recorder: Program, run: Run, seconds: float, many: int, disturb: Disturb) -> None:
    """Look at the page while the take is recorded, and measure what that costs."""
    recorder.talk.wait_for("view: http://")
    address = next(line for _, line in recorder.talk.lines if line.startswith("view: "))[6:]
    (viewer,) = [each for each in recorder.processes() if b"\0view\0" in read_proc(each, "cmdline")]
    until_s = time.monotonic() + seconds - 2.0
    with looking(address, many) as pages:
        run.first_s = first_pictures(pages[0])
        before, began_s = processor_s(viewer), time.monotonic()
        time.sleep(HANGS_AFTER_S)
        disturb(viewer, pages)
        time.sleep(max(0.0, until_s - time.monotonic()))
        if disturb is nothing:
            passed_s = time.monotonic() - began_s
            run.core_percent = 100 * (processor_s(viewer) - before) / passed_s
            run.megabytes = peak_megabytes(viewer)
            pages[0].kill()
            run.pulls_per_s = sum(1 for _ in pages[0].stdout or ()) / passed_s


def first_pictures(page: subprocess.Popen[str]) -> float:
    """Return when there was a picture of every camera."""
    for line in page.stdout or ():
        taken_s, cameras = line.split()
        if int(cameras) == 9:
            return float(taken_s)
    return float("nan")


def most_waited(load: Path) -> float:
    """Return the most that waited for the disk, in MB, of one device."""
    header, *rows = load.read_text().splitlines()
    columns = [at for at, name in enumerate(header.split(",")) if name.endswith("queue_peak_bytes")]
    return max((float(row.split(",")[at] or 0) for row in rows for at in columns), default=0.0) / 1e6


# --- what is told ---------------------------------------------------------------------------------------


MEASURED = {
    "core_percent": "% of a core",
    "megabytes": "MB",
    "first_s": "s to all pictures",
    "pulls_per_s": "pulls a second",
}


def tell(runs: list[Run]) -> None:
    """Print a line for each way."""
    print(f"page: {page_nbytes()} bytes")
    for way in (WITHOUT, *WAYS):
        mine = [run for run in runs if run.way == way]
        told = [f"{sum(run.lost for run in mine)} of {sum(run.captures for run in mine)} captures lost"]
        told.append(f"at most {max(run.waited_megabytes for run in mine):.1f} MB waited")
        for name, unit in MEASURED.items():
            values = [value for run in mine if (value := getattr(run, name)) is not None]
            if values:
                told.append(f"{statistics.median(values):.2f} {unit}")
        print(f"{way}: {', '.join(told)}")


def page_nbytes() -> int:
    return sum(len(file.content) for path, file in page_files().items() if path != "/")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="a disk to record to")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--look", metavar="ADDRESS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.look:
        look(options.look)
        return
    runs = []
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.directory) as folder:
        for _ in range(options.rounds):
            runs += [record(way, Path(folder), options.seconds) for way in (WITHOUT, *WAYS)]
    if options.as_json:
        print(json.dumps({"page_nbytes": page_nbytes(), "runs": [asdict(run) for run in runs]}, indent=2))
    else:
        tell(runs)


if __name__ == "__main__":
    main()

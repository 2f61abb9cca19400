"""What processes cost, as /proc has it: processor time and memory, of one or of one with all that it started.

Linux. A process that ends meanwhile costs nothing from then on but what its parent has on its account.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.cli.reaper import PROC, read_proc

TICKS = os.sysconf("SC_CLK_TCK")
EVERY_S = 0.25
"""How often memory is looked at whose peak is asked for."""


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it, as far as their parents live."""
    try:
        tasks = (PROC / str(pid) / "task").iterdir()
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(each for child in children for each in family(child))]


def processor_s(pid: int, *, reaped: bool = False) -> float:
    """Return the processor time of a process; where it is asked, with that of children that have ended."""
    fields = read_proc(pid, "stat").rpartition(b")")[2].split()
    return sum(map(int, fields[11 : 15 if reaped else 13])) / TICKS


def family_processor_s(pid: int) -> float:
    """Return the processor time of a process and of all that it started, living or not."""
    return sum(processor_s(each, reaped=True) for each in family(pid))


def peak_megabytes(pid: int) -> float:
    """Return the most memory that a process had, with what others share with it."""
    return _kilobytes(pid, "status", "VmHWM") / 1000


def share_megabytes(pid: int) -> float:
    """Return the memory of a process: pages that several have count for each in part."""
    return _kilobytes(pid, "smaps_rollup", "Pss") / 1000


def own_megabytes(pid: int) -> float:
    """Return the memory that a process has for itself: without what others share with it."""
    return _kilobytes(pid, "smaps_rollup", "Private_Clean", "Private_Dirty") / 1000


def anonymous_megabytes(pid: int) -> float:
    """Return the memory that a process has allocated: without files that it maps, in memory or elsewhere."""
    return _kilobytes(pid, "smaps_rollup", "Anonymous") / 1000


def command_of(pid: int) -> str:
    """Return the command line of a process."""
    return read_proc(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()


class Peak:
    """The most memory that a process and its children had at once, looked at while it goes on."""

    def __init__(self, pid: int, group: Callable[[int], str] = lambda _: "") -> None:
        """Begin to look; `group` says of each process with which others its memory is added up."""
        self._pid = pid
        self._group = group
        self._most: dict[str, float] = {"": 0.0}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> Mapping[str, float]:
        """Look no more; return the megabytes of each group at its peak, and of all under no name."""
        self._over.set()
        self._thread.join()
        return dict(self._most)

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            now: dict[str, float] = {}
            for each in family(self._pid):
                size = share_megabytes(each)
                for group in {"", self._group(each)}:
                    now[group] = now.get(group, 0.0) + size
            for group, size in now.items():
                self._most[group] = max(self._most.get(group, 0.0), size)


def _kilobytes(pid: int, file: str, *names: str) -> int:
    lines = (line.partition(b":") for line in read_proc(pid, file).splitlines())
    return sum(int(rest.split()[0]) for name, _, rest in lines if name.decode() in names)


def mapped_megabytes(pid: int, ending: str) -> float:
    """Return how large the files are that a process maps and whose names end so."""
    places = (line.split(None, 5) for line in read_proc(pid, "maps").decode().splitlines())
    files = {Path(place[5]) for place in places if len(place) == 6 and place[5].endswith(ending)}
    return sum(file.stat().st_size for file in files) / 1e6

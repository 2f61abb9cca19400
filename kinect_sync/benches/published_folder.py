"""The folder in which captures are published for others: private, in memory, gone at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from kinect_sync.benches.held_folder import held_folder, remove_left
from kinect_sync.errors import BenchError
from kinect_sync.findings.viewing import NEWEST_UNPUBLISHED
from kinect_sync.rig.model import HERE, DeviceSpec, RigFields
from kinect_sync.wire.lodging import Place
from kinect_sync.wire.ring_layout import ring_nbytes

PREFIX = "ksync-rig-"
MEMORY_VARIABLE = "KSYNC_MEMORY"
"""Names the folder that such folders are made in."""
LODGED_NBYTES = 1 << 26
"""Room for one device of a host, of which nothing is known yet: twelve captures at 720p take half of it."""
MEMORY = Path("/dev/shm")


@contextmanager
def published_folder(nbytes: int = 0, environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Have an empty folder that nobody else may look into, for as long as the context lasts.

    There is room for `nbytes` in it now. What processes that were killed left in memory before is removed.
    BenchError where there can be none, with the room that it takes.
    """
    with ExitStack() as stack:
        try:
            place = _place_with_room(cleared_places(environment), nbytes)
            folder = stack.enter_context(held_folder(place, PREFIX))
        except OSError as error:
            what = f"no folder can be made for what the devices give: {error.strerror or error}"
            raise BenchError(NEWEST_UNPUBLISHED.found(what)) from error
        yield folder


@contextmanager
def lodged_folder(place: Place, environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Have such a folder for the rings of a worker that lodges, and name it to the agent.

    Where there can be none, it is where the worker lodges, on whatever disk that is.
    """
    with ExitStack() as stack:
        folder = place.folder
        with suppress(BenchError):
            folder = stack.enter_context(published_folder(LODGED_NBYTES, environment))
        with suppress(OSError):  # no room: nobody finds the rings, and a recording needs none
            place.rings.write_bytes(os.fsencode(folder))
        yield folder


def _publishing_places(environment: Mapping[str, str]) -> Sequence[Path]:
    """Return where such folders may be, the best first: where KSYNC_MEMORY says, or else in memory.

    Captures are written over each other: a disk would only be worn by it, and be busy where a take is
    recorded. So it has to be named, by TMPDIR, unless the system knows no files in memory.
    """
    if environment.get(MEMORY_VARIABLE):
        return [Path(environment[MEMORY_VARIABLE])]
    runtime, temporary = (environment.get(name) for name in ("XDG_RUNTIME_DIR", "TMPDIR"))
    in_memory = [each for each in (MEMORY, runtime and Path(runtime)) if each and _is_usable(each)]
    named = [Path(temporary)] if temporary and _is_usable(Path(temporary)) else []
    return [*in_memory, *named] or [Path(tempfile.gettempdir())]


def cleared_places(environment: Mapping[str, str] = os.environ) -> Sequence[Path]:
    """Return where such folders may be, the best first; what killed processes left there is gone then."""
    places = _publishing_places(environment)
    for each in places:
        remove_left(each, PREFIX)
    return places


def rings_nbytes(rig: RigFields, captures: int, *, all_here: bool = False) -> int:
    """Return the room for rings of so many captures of each device that is connected to this computer.

    One of which nobody knows where it is counts only where `all_here` says so, as of what is played.
    """
    here = [each for each in rig.devices if all_here or not rig.hosts or each.host == HERE]
    return _rings_of(here, rig, captures)


def lodged_room(environment: Mapping[str, str] = os.environ) -> int | None:
    """Measure the room for rings of workers that lodge here; None where they are not in memory, or unknown.

    What processes that were killed left there before is removed.
    """
    with suppress(OSError, BenchError):
        place = _place_with_room(cleared_places(environment), LODGED_NBYTES)
        return shutil.disk_usage(place).free
    return None


def see_room_elsewhere(
    rig: RigFields, captures: int, elsewhere: Mapping[str, str], rooms: Mapping[str, int | None]
) -> None:
    """See that rings of so many captures have room at other hosts, by device; BenchError with hosts without.

    `rooms` is what hosts told; one that did not tell is not asked for more.
    """
    found = []
    for host, room in rooms.items():
        there = [each for each in rig.devices if elsewhere.get(each.name) == host]
        nbytes = _rings_of(there, rig, captures)
        if room is not None and nbytes > room:
            what = f"what the devices of `{host}` give takes {nbytes / 1e6:.0f} MB in memory there"
            found.append(NEWEST_UNPUBLISHED.found(f"{what}; {room / 1e6:.0f} MB are free"))
    if found:
        raise BenchError(*found)


def _rings_of(devices: Iterable[DeviceSpec], rig: RigFields, captures: int) -> int:
    return sum(ring_nbytes(rig.settings_of(each), captures) for each in devices)


def _place_with_room(places: Sequence[Path], nbytes: int) -> Path:
    rooms = {place: shutil.disk_usage(place).free for place in places}
    found = next((place for place, free in rooms.items() if free >= nbytes), None)
    if found is None:
        free = ", ".join(f"{room / 1e6:.0f} MB are free in {place}" for place, room in rooms.items())
        raise BenchError(
            NEWEST_UNPUBLISHED.found(f"what the devices give takes {nbytes / 1e6:.0f} MB in memory; {free}")
        )
    return found


def _is_usable(place: Path) -> bool:
    return os.access(place, os.W_OK | os.X_OK)

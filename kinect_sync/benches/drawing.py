"""What simulated cameras will see of a room, drawn on all cores before they start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kinect_sync.benches.choice import BenchChoice, Simulation
from kinect_sync.errors import BenchError, Interrupted
from kinect_sync.findings.bench import ROOM_NOT_DRAWN
from kinect_sync.rig.model import DeviceSettings, RigFields

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from kinect_sync.devices.simulated.room.drawing import Batch, Settings
    from kinect_sync.devices.simulated.room.plan import RoomPlan

Progress = Callable[[int, int], None]
"""Takes how many images are drawn, and how many there will be."""

_BEFORE_AND_AFTER_S = 8
"""A take begins some seconds after the first pulse, and so many of them are drawn besides its own."""
_FEW = 12
"""So many images are drawn sooner than processes have started."""


def _untold(done: int, total: int) -> None:
    """Tell nobody."""


def draw_room(
    bench: BenchChoice,
    rig: RigFields,
    pulses: int | None,
    progress: Progress = _untold,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Draw what the devices of a rig will see of a room in a take of so many pulses; None is the whole walk.

    What was drawn before is not drawn again. Without a room there is nothing to do. Raises Interrupted where
    `stopping` returns true meanwhile, and BenchError where a process that draws is ended from outside.
    """
    if not isinstance(bench, Simulation) or bench.world.room is None:
        return
    from kinect_sync.devices.simulated.room.drawing import batches_of

    plan, settings = bench.world.room, _settings(bench, rig)
    most = None if pulses is None else pulses + _BEFORE_AND_AFTER_S * rig.camera.fps
    batches = batches_of(plan, settings, most)
    done, total = 0, sum(len(batch) for batch in batches)
    if total:
        progress(done, total)
    for drawn in _drawn(plan, settings, batches):
        done += drawn
        progress(done, total)
        if stopping():
            raise Interrupted


def _settings(bench: Simulation, rig: RigFields) -> dict[str, tuple[DeviceSettings, float]]:
    """Return by name what the devices that are there start with, and how much too late they expose."""
    late_us = {device.name: float(device.faults.bias_us) for device in bench.world.devices if device.name}
    return {
        device.name: (rig.settings_of(device), late_us[device.name])
        for device in rig.devices
        if device.name in late_us
    }


def _drawn(plan: RoomPlan, settings: Settings, batches: list[Batch]) -> Iterator[int]:
    """Draw batches, and yield how many images each had."""
    from concurrent.futures.process import BrokenProcessPool

    from kinect_sync.devices.simulated.room.drawing import begin_drawing, draw
    from kinect_sync.host.view import usable_cores
    from kinect_sync.review.processes import process_pool

    processes = usable_cores() or 1
    if processes == 1 or sum(len(batch) for batch in batches) < _FEW:
        begin_drawing(plan, settings)
        yield from map(draw, batches)
        return
    with process_pool(processes, begin_drawing, plan, settings) as pool:
        try:
            yield from _drawn_there(pool, batches)
        except BrokenProcessPool as error:
            raise BenchError(ROOM_NOT_DRAWN.found("a process that drew the room has died")) from error


def _drawn_there(pool: ProcessPoolExecutor, batches: list[Batch]) -> Iterator[int]:
    from concurrent.futures import as_completed

    from kinect_sync.devices.simulated.room.drawing import draw
    from kinect_sync.review.processes import interrupt_held

    with interrupt_held():  # the processes begin here
        waiting = [pool.submit(draw, batch) for batch in batches]
    for finished in as_completed(waiting):
        yield finished.result()

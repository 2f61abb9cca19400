"""Of which pulses a take has no whole capture: half ones, too, have a reason."""

from __future__ import annotations

from kinect_sync.director.take_holes import TakeHoles
from kinect_sync.timing.alignment import Cell, HoleReason, Row


def row(pulse: int, *holes: HoleReason | None) -> Row:
    return Row(pulse, tuple(Cell(pulse, None, None, None, None, hole) for hole in holes))


def test_the_holes_of_each_device_are_told_as_ranges() -> None:
    holes = TakeHoles(["front", "left"])
    holes.on_rows([row(0, None, None), row(1, None, HoleReason.QUEUE_FULL)])
    holes.on_rows([row(2, HoleReason.HALF_CAPTURE, HoleReason.DEVICE_LOST)])
    assert holes.ranges == {"front": ((2, 2),), "left": ((1, 2),)}

"""How the board is walked: where it is at any time, and since when it has been held still there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.description import WalkFields
from kinect_sync.devices.simulated.room.poses import Matrix, Vector, between, facing, pose
from kinect_sync.devices.simulated.room.stations import Chooser
from kinect_sync.devices.simulated.room.tremor import moment_at, tremble


@dataclass(frozen=True)
class Walk:
    """A board that is held still and moved by turns, by the time since the first pulse."""

    stations: tuple[Matrix, ...]
    """world_from_board where it is held, the origin in the board's frame."""
    held: tuple[tuple[Matrix, ...], ...]
    """The same at each station, moment by moment: hands tremble. All of them are one where they do not."""
    begins_s: float
    hold_s: float
    move_s: float

    @property
    def ends_s(self) -> float:
        """From then on it stays where it is."""
        last = len(self.stations) - 1
        return self.begins_s + last * (self.hold_s + self.move_s)

    def world_from_board(self, time_s: float) -> Matrix:
        """Return where the board is."""
        station, part = self._progress(time_s)
        if part == 0:
            return self.held[station][self._moment(time_s)]
        return self.carried(time_s)

    def carried(self, time_s: float) -> Matrix:
        """Return where it is on its way; what hands tremble meanwhile is nothing beside it."""
        station, part = self._progress(time_s)
        if part == 0:
            return self.stations[station]
        # The jerk is least: so hands move.
        smooth = part**3 * (10 - 15 * part + 6 * part**2)
        return between(self.stations[station], self.stations[station + 1], smooth)

    def held_at(self, time_s: float) -> tuple[int, int] | None:
        """Return the number of the station where it is held, and of the moment; None while it is moved."""
        station, part = self._progress(time_s)
        return (station, self._moment(time_s)) if part == 0 else None

    def still_s(self, station: int) -> tuple[float, float]:
        """Return from when until when it is held at a station; the last has no end."""
        period = self.hold_s + self.move_s
        end = self.begins_s + station * period
        begin = end - self.hold_s if station else -math.inf
        return begin, end if station < len(self.stations) - 1 else math.inf

    def _moment(self, time_s: float) -> int:
        return moment_at(time_s) % len(self.held[0])

    def _progress(self, time_s: float) -> tuple[int, float]:
        """Return the station that was last left or is held at, and how far the next one is reached."""
        last = len(self.stations) - 1
        since = time_s - self.begins_s
        if since <= 0:
            return 0, 0.0
        station, into = divmod(since, self.hold_s + self.move_s)
        if station >= last:
            return last, 0.0
        if into < self.move_s:
            return int(station), into / self.move_s
        return int(station) + 1, 0.0


def plan_walk(
    fields: WalkFields, board: Board, cameras: list[Matrix], room_m: tuple[float, float, float]
) -> Walk:
    """Plan the walk; `cameras` are the poses of those that are to see the board."""
    if isinstance(fields.stations, int):
        held = Chooser(fields, board, tuple(cameras), room_m).choose(fields.stations)
    else:
        held = [facing(np.array(s.position_m), np.array(s.faces_m), s.roll_deg) for s in fields.stations]
    centre = np.array([*board.size_m, 0.0]) / 2
    stations = tuple(at @ pose(np.eye(3), -centre) for at in held)
    return Walk(
        stations=stations,
        held=tuple(_held(fields, centre, number, at) for number, at in enumerate(stations)),
        begins_s=fields.begins_s,
        hold_s=fields.hold_s,
        move_s=fields.move_s,
    )


def _held(fields: WalkFields, centre: Vector, number: int, at: Matrix) -> tuple[Matrix, ...]:
    spread = fields.tremor_mm / 1000, fields.tremor_deg
    return tremble(at, centre, spread, [fields.seed, number]) if any(spread) else (at,)

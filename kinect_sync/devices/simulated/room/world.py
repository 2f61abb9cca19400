"""The room of a simulated bench as one value: what each camera sees at each pulse, and what is true."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kinect_sync.devices.simulated.room.album import Album
from kinect_sync.devices.simulated.room.board import Board
from kinect_sync.devices.simulated.room.description import Placed, WorldFields
from kinect_sync.devices.simulated.room.eye import Eye, Stage, album_name
from kinect_sync.devices.simulated.room.placing import place, stand
from kinect_sync.devices.simulated.room.plan import RoomPlan
from kinect_sync.devices.simulated.room.poses import Matrix
from kinect_sync.devices.simulated.room.scenery import Scenery
from kinect_sync.devices.simulated.room.units import Camera, Unit, make_unit
from kinect_sync.devices.simulated.room.walk import Walk, plan_walk
from kinect_sync.rig.model import DeviceSettings, RigFields

_CAMERAS: tuple[Camera, Camera] = ("color", "depth")
ImageKind = Literal["color", "ir", "depth"]


@dataclass(frozen=True)
class DeviceTruth:
    """What is true of one device; poses are 4 × 4, target_from_source."""

    world_from_depth: Matrix
    world_from_color: Matrix
    color_from_depth: Matrix
    bumped_at_s: float
    """Seconds from the first pulse; infinite where nobody runs into it."""
    world_from_depth_after: Matrix
    """From then on."""
    world_from_color_after: Matrix
    depth_bias_m: float
    depth_slope: float
    """Depth is measured as `z · (1 + depth_slope) + depth_bias_m`."""


@dataclass(frozen=True)
class Truth:
    """What whoever calibrates has to find out."""

    devices: dict[str, DeviceTruth]
    stations: tuple[Matrix, ...]
    """world_from_board where the board is held, in true metres, in the middle of its tremor; where it is at a
    pulse, `World.world_from_board` tells."""
    corners_m: NDArray[np.float64]
    """Where the board's corners truly are in its frame, (corners, 3)."""


class World:
    """A room with devices and a board in it."""

    def __init__(self, plan: RoomPlan, settings: dict[str, DeviceSettings] | None = None) -> None:
        """Build it; `settings` are by name what the devices are started with, of those that are asked for."""
        self._plan = plan
        self._settings = settings or {}
        self._eyes: dict[str, Eye] = {}

    @classmethod
    def of(cls, fields: WorldFields, rig: RigFields, albums: Path | None = None) -> World:
        """Build the room of a rig, whose devices are started as it says."""
        devices = tuple((device.name, device.serial) for device in rig.devices)
        settings = {device.name: rig.settings_of(device) for device in rig.devices}
        return cls(RoomPlan(fields=fields, devices=devices, albums=albums), settings)

    @classmethod
    def from_file(cls, path: Path | str, rig: RigFields, albums: Path | None = None) -> World:
        """Build the room that a file of faults describes; RigError as `load_faults`, or where it has none."""
        from kinect_sync.devices.simulated.faultfile import load_faults

        fields = load_faults(Path(path)).world
        return cls.of(fields or WorldFields(), rig, albums)

    @property
    def names(self) -> tuple[str, ...]:
        """The devices of the rig."""
        return tuple(name for name, _ in self._plan.devices)

    def render(self, device: str, camera: ImageKind, pulse: int) -> NDArray[Any]:
        """Return what a camera delivers at a pulse, counted from the first one.

        Color is (height, width, 3) RGB before it is compressed, IR and depth in mm are (height, width).
        """
        eye = self.eye(device)
        if camera == "color":
            return eye.picture(eye.shot("color", pulse))
        pair = eye.pair(eye.shot("depth", pulse))
        return pair.depth if camera == "depth" else pair.infrared

    def jpeg(self, device: str, pulse: int) -> bytes:
        """Return the color image of a pulse as the camera delivers it."""
        eye = self.eye(device)
        return eye.color(eye.shot("color", pulse))

    def held_pulses(self, device: str | None = None) -> list[int]:
        """Return one pulse for each station, in the middle of the time that the board is held there."""
        walk, fps = self.stage.walk, self.eye(device or self.names[0]).settings.fps
        if walk is None:
            return [0]
        pulses = []
        for at in range(len(walk.stations)):
            begin, end = walk.still_s(at)
            begin = max(begin, 0.0)
            middle = (begin + min(end, begin + walk.hold_s)) / 2
            pulses.append(round(middle * fps))
        return pulses

    def truth(self) -> Truth:
        """Return what is true."""
        devices = {name: _truth_of(unit) for name, unit in self.units.items()}
        walk, board = self.stage.walk, self.stage.board
        corners = np.zeros((0, 3)) if board is None else board.corners
        return Truth(devices, () if walk is None else walk.stations, corners)

    def world_from_board(self, time_s: float) -> Matrix | None:
        """Return where the board is, by the seconds from the first pulse; None where there is none."""
        return self.stage.walk.world_from_board(time_s) if self.stage.walk else None

    def eye(self, device: str, settings: DeviceSettings | None = None, late_us: float = 0.0) -> Eye:
        """Return the cameras of a device; those with `settings` of their own are made anew and not kept."""
        if settings is None and device in self._eyes:
            return self._eyes[device]
        own, unit = settings or self._settings[device], self.units[device]
        color, depth = (self._album(unit, camera, own) for camera in _CAMERAS)
        eye = Eye(self.stage, unit, own, (color, depth), late_us)
        if settings is None:
            self._eyes[device] = eye
        return eye

    @cached_property
    def units(self) -> dict[str, Unit]:
        """The devices in truth, by name."""
        fields, count = self._plan.fields, len(self._plan.devices)
        middle_s = _middle_s(fields)
        units = {}
        for at, (name, serial) in enumerate(self._plan.devices):
            placed = fields.devices.get(name, Placed())
            pose = place(placed, stand(fields.arrangement, at, count))
            units[name] = make_unit(serial, placed, pose, fields.typical_errors, fields.seed, middle_s)
        return units

    @cached_property
    def stage(self) -> Stage:
        """What there is to be seen."""
        fields = self._plan.fields
        scenery = Scenery(fields.room, fields.spheres, fields.boxes)
        if fields.board is None:
            return Stage(fields, scenery, None, None)
        board = Board(fields.board)
        return Stage(fields, scenery, board, self._plan_walk(board))

    def _plan_walk(self, board: Board) -> Walk:
        fields = self._plan.fields
        away = {name for name, placed in fields.devices.items() if placed.looks_away}
        seeing = [unit.world_from_depth for name, unit in self.units.items() if name not in away]
        cameras = seeing or [unit.world_from_depth for unit in self.units.values()]
        room = fields.room
        return plan_walk(fields.walk, board, cameras, (room.width_m, room.length_m, room.height_m))

    def _album(self, unit: Unit, camera: Camera, settings: DeviceSettings) -> Album:
        if self._plan.albums is None:
            return Album(None)
        return Album(self._plan.albums / album_name(self.stage, unit, camera, settings))


def _middle_s(fields: WorldFields) -> float:
    walk = fields.walk
    stations = walk.stations if isinstance(walk.stations, int) else len(walk.stations)
    return walk.begins_s + (stations - 1) * (walk.hold_s + walk.move_s) / 2


def _truth_of(unit: Unit) -> DeviceTruth:
    before, after = -1.0, unit.bumped_at_s
    return DeviceTruth(
        world_from_depth=unit.world_from("depth", before),
        world_from_color=unit.world_from("color", before),
        color_from_depth=unit.color_from_depth,
        bumped_at_s=unit.bumped_at_s,
        world_from_depth_after=unit.world_from("depth", after),
        world_from_color_after=unit.world_from("color", after),
        depth_bias_m=unit.depth_bias_m,
        depth_slope=unit.depth_slope,
    )

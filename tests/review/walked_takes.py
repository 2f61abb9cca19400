"""Takes of a walk with a board, made of rendered images in no more time than rendering takes.

The room is the simulated bench's own; at each station the board is held for two pulses of such a take.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.devices.simulated.calibration import make_calibration
from kinect_sync.devices.simulated.room.description import WorldFields
from kinect_sync.devices.simulated.room.world import World
from kinect_sync.rig.model import DeviceSettings, RigFields
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import ClockSample, Host, Manifest, TakeDevice, Versions
from kinect_sync.takes.manifest_file import write_manifest
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.takes.names import INDEX
from kinect_sync.timing.alignment import Cell, HoleReason, Row

SERIALS = {"front": "000123456712", "left": "000234567812", "right": "000345678912"}
BOARD = "charuco-6x4-140-105-DICT_5X5_100"
"""Large enough for IR images of 320 × 288 pixels."""
PERIOD_US = 200_000
APART = 10
"""Pulses from one station to the next: so far apart that nobody takes the way between them for motion."""
HELD = 2
"""Pulses for which the board is held at each."""
START_US = 1_000_000


def walked_rig() -> RigFields:
    """Three devices in a chain at 5 fps, with small depth images; the last has no color."""
    described = [
        {"name": name, "serial": serial, "role": "subordinate" if number else "master"}
        for number, (name, serial) in enumerate(SERIALS.items())
    ]
    described[-1]["color_resolution"] = "off"
    camera = {"color_resolution": "720p", "depth_mode": "nfov_2x2binned", "fps": 5}
    return RigFields.model_validate(
        {"name": "walked", "topology": "daisy_chain", "imu": True, "camera": camera, "devices": described}
    )


def walked_world(rig: RigFields, **fields: Any) -> World:
    """Devices on an arc before a board that is held at some stations by chance."""
    walk = {"stations": 16, "seed": 3, "near_m": 1.2, "far_m": 1.8}
    board = {"columns": 6, "rows": 4, "square_m": 0.14, "marker_m": 0.105}
    base = {"arc": {"radius_m": 1.8, "angle_deg": 70}, "walk": walk, "board": board}
    return World.of(WorldFields.model_validate(base | fields), rig)


Film = dict[str, list[Capture | None]]
"""The captures of each device, one for each station; None where it does not see the board."""


def film_walk(world: World, rig: RigFields, devices: Collection[str] | None = None) -> Film:
    """Render each station as the devices see it that do."""
    stations = list(zip(world.held_pulses(), world.truth().stations, strict=True))
    return {
        name: [
            _capture(rig, world, name, number, pulse) if sees(world, name, board) else None
            for number, (pulse, board) in enumerate(stations)
        ]
        for name in (world.names if devices is None else devices)
    }


def sees(world: World, device: str, world_from_board: Any) -> bool:
    """Whether a device has the board's front before it, more or less."""
    depth_from_board = np.linalg.inv(world.truth().devices[device].world_from_depth) @ world_from_board
    middle = depth_from_board[:3, :3] @ (world.truth().corners_m.mean(0)) + depth_from_board[:3, 3]
    away = middle / np.linalg.norm(middle)
    return bool(away[2] > 0.8 and away @ depth_from_board[:3, 2] > 0.5)


def make_walk(
    path: Path,
    rig: RigFields,
    film: Film,
    world: World,
    factories: Mapping[str, bytes] | None = None,
) -> Path:
    """Make a take of two pulses for each station, or nobody could tell that the board is held there.

    `factories` are other calibrations than the units' own.
    """
    path.mkdir(parents=True)
    settings = [rig.settings_of(device) for device in rig.devices]
    cells = {}
    for device in settings:
        factory = (factories or {}).get(device.name) or make_calibration(device.serial)
        cells[device.name] = _record(path, device, film[device.name], factory, world)
    index = IndexFile(path / INDEX, list(cells))
    for number, pulse in enumerate(_pulses(len(film[settings[0].name]))):
        index.append(Row(pulse, tuple(column[number] for column in cells.values())))
    index.close()
    write_manifest(path, _manifest(path, rig, settings))
    return path


def _record(
    path: Path, device: DeviceSettings, captures: Sequence[Capture | None], factory: bytes, world: World
) -> list[Cell]:
    file, cells, written = path / f"{device.name}.mkv", [], 0
    with MkvWriter(file, device, color_firmware=None, depth_firmware=None, calibration=factory) as mkv:
        for number, pulse in enumerate(_pulses(len(captures))):
            capture = _later(captures[number // HELD], pulse % APART * PERIOD_US)
            if capture is None:
                cells.append(Cell(None, None, None, None, None, HoleReason.SENSOR_DROPPED))
                continue
            mkv.write_imu([_felt(world, device.name, pulse * PERIOD_US + START_US)])
            mkv.write(capture)
            color_us = capture.color.device_timestamp_usec if capture.color else None
            depth_us = capture.ir.device_timestamp_usec if capture.ir else None
            cells.append(Cell(written, color_us, depth_us, None, 0.0, None))
            written += 1
    return cells


def _pulses(stations: int) -> list[int]:
    return [station * APART + pulse for station in range(stations) for pulse in range(HELD)]


def _later(capture: Capture | None, us: int) -> Capture | None:
    """The same images, taken later."""
    if capture is None:
        return None
    color, depth, ir = (
        None if each is None else replace(each, device_timestamp_usec=each.device_timestamp_usec + us)
        for each in (capture.color, capture.depth, capture.ir)
    )
    return replace(capture, color=color, depth=depth, ir=ir)


def _felt(world: World, device: str, at_us: int) -> ImuSample:
    return ImuSample(25.0, world.units[device].feels(0.0), at_us, (0.0, 0.0, 0.0), at_us)


def _capture(rig: RigFields, world: World, name: str, number: int, pulse: int) -> Capture:
    device = next(rig.settings_of(each) for each in rig.devices if each.name == name)
    at_us = START_US + number * APART * PERIOD_US
    color = depth = ir = None
    if device.has_color:
        color = Image(np.frombuffer(world.jpeg(name, pulse), np.uint8), at_us, 0)
    if device.has_ir:
        ir = Image(world.render(name, "ir", pulse), at_us, 0)
    if device.has_depth:
        depth = Image(world.render(name, "depth", pulse), at_us, 0)
    return Capture(color, depth, ir, 0)


def _manifest(path: Path, rig: RigFields, settings: list[DeviceSettings]) -> Manifest:
    devices = tuple(
        TakeDevice(file=f"{each.name}.mkv", settings=each, firmware=None, controls=None, jacks=None,
                   first_pulse_us=float(START_US), captures_before=0)
        for each in settings
    )  # fmt: skip
    return Manifest(
        state="finished",
        name=path.name,
        versions=Versions(ksync="0.2.0"),
        host=Host(name="host", system="Linux", machine="x86_64"),
        rig=rig,
        begin=ClockSample(monotonic_ns=1, utc_ns=1_700_000_000 * 10**9),
        end=ClockSample(monotonic_ns=2, utc_ns=1_700_000_100 * 10**9),
        reference=settings[0].name,
        devices=devices,
    )
